"""The one call that goes up: how a result is shown, filled in by whoever can draw.

The detection rooms know nothing of notebooks or servers. A room that can draw registers a
:class:`Display` through the entry point group ``workbench.display``; it is imported the first
time that a result is shown.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from importlib import metadata
from typing import Any, ParamSpec, Protocol, TypeVar

from workbench.core.errors import MissingExtra
from workbench.core.progress import Progress

__all__ = ["Display", "browse", "display", "in_notebook", "set_display", "watched"]

P = ParamSpec("P")
R = TypeVar("R")


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

    def progress(self, title: str) -> AbstractContextManager[Progress]:
        """Show how far work has come while the block runs, and let a person cancel it."""
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


def in_notebook() -> bool:
    """Return whether a cell of a notebook is what called us."""
    shell = sys.modules.get("IPython")
    return shell is not None and getattr(shell.get_ipython(), "kernel", None) is not None


_watching: ContextVar[bool] = ContextVar("watching", default=False)


def watched(title: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a verb show its progress in a notebook cell, where nobody handed it one.

    Parameters
    ----------
    title : str
        What the work is called while one waits: "Detecting".

    Returns
    -------
    callable
        For a function with the keyword ``progress``; elsewhere than in a cell, inside of other
        work that is shown, or with the setting ``progress`` off, it changes nothing.
    """

    def decorate(work: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(work)
        def shown(*args: P.args, **kwargs: P.kwargs) -> R:
            if kwargs.get("progress") is not None or _watching.get() or not _to_be_seen():
                return work(*args, **kwargs)
            mark = _watching.set(True)
            try:
                with display().progress(title) as progress:
                    kwargs["progress"] = progress
                    return work(*args, **kwargs)
            finally:
                _watching.reset(mark)

        return shown

    return decorate


def _to_be_seen() -> bool:
    from workbench.core.settings import settings

    return in_notebook() and settings().progress
