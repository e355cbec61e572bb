"""The one call that goes up: how a result is shown, filled in by whoever can draw.

The detection rooms know nothing of notebooks or servers. A room that can draw registers a
:class:`Display` through the entry point group ``workbench.display``; it is imported the first
time that a result is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Any, Protocol

from workbench.core.errors import MissingExtra

__all__ = ["Display", "browse", "display", "set_display"]


class Display(Protocol):
    """What a room that draws must be able to do."""

    def mimebundle(self, result: Any) -> dict[str, Any] | None:
        """Return the MIME bundle that shows ``result`` in a notebook cell, or None."""
        ...

    def explore(self, result: Any) -> Any:
        """Return the interactive tools for ``result``."""
        ...

    def label(self, result: Any, rows: Sequence[int]) -> Any:
        """Return the tools to say what rows of ``result`` are, in the order given."""
        ...

    def selected(self, result: Any) -> Sequence[int]:
        """Return the rows that are brushed or selected in the view of ``result``."""
        ...


_display: Display | None = None


def set_display(new: Display | None) -> None:
    """Use ``new`` to show results from now on; None looks the entry point up again."""
    global _display
    _display = new


def display() -> Display:
    """Return the registered display, loading it by its entry point on first use.

    Raises
    ------
    MissingExtra
        No installed package can show results.
    """
    global _display
    if _display is None:
        for point in metadata.entry_points(group="workbench.display"):
            _display = point.load()()
            break
        else:
            raise MissingExtra(
                "Nothing that can show results is installed: "
                "pip install 'anomaly-workbench[notebook]'"
            )
    return _display


def browse(result: Any) -> str:
    """Open the page of ``result`` in the browser and return its address.

    Whoever serves pages registers the function that does it through the entry point group
    ``workbench.browser``.

    Raises
    ------
    MissingExtra
        No installed package serves pages.
    """
    for point in metadata.entry_points(group="workbench.browser"):
        return str(point.load()(result))
    raise MissingExtra("Nothing that serves pages is installed: pip install anomaly-workbench")
