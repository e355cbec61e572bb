"""Progress that every face can show, and a cancel button that long work listens to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from workbench.core.errors import Cancelled

__all__ = ["Progress", "terminal_progress"]

Report = Callable[[float, str], None]


class Progress:
    """Tells a listener how far work has come, and stops it when somebody cancels.

    Work calls :meth:`step` between its stages; a face passes a ``report`` callback and may
    call :meth:`cancel` from any thread. Work that nobody watches uses ``Progress()``.

    Parameters
    ----------
    report : callable, optional
        Called as ``report(fraction, stage)`` with the fraction done in [0, 1].

    Examples
    --------
    >>> seen = []
    >>> progress = Progress(lambda done, stage: seen.append((done, stage)))
    >>> progress.step(0.5, "fitting")
    >>> seen
    [(0.5, 'fitting')]
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self._cancelled = threading.Event()
        self._low, self._high = 0.0, 1.0

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the work to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._cancelled.set()

    def step(self, fraction: float, stage: str) -> None:
        """Report a stage, or leave by raising when the work was cancelled.

        Raises
        ------
        Cancelled
            Somebody called :meth:`cancel`.
        """
        if self.cancelled:
            raise Cancelled(f"Cancelled before: {stage}.")
        if self._report is not None:
            share = min(max(fraction, 0.0), 1.0)
            self._report(self._low + share * (self._high - self._low), stage)

    def part(self, low: float, high: float) -> Progress:
        """Return a view on the share [low, high] of this progress, for a sub-task."""
        view = Progress(self._report)
        view._cancelled = self._cancelled
        span = self._high - self._low
        view._low, view._high = self._low + low * span, self._low + high * span
        return view


@contextmanager
def terminal_progress(title: str, *, disable: bool | None = None) -> Iterator[Progress]:
    """Show a progress bar in a terminal or notebook while the block runs.

    Parameters
    ----------
    title : str
        Text before the bar.
    disable : bool, optional
        Hide the bar. By default it is hidden where no terminal is attached.
    """
    from tqdm.auto import tqdm

    layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
    bar: Any
    with tqdm(total=100, desc=title, disable=disable, leave=False, bar_format=layout) as bar:

        def report(fraction: float, stage: str) -> None:
            bar.set_description_str(f"{title}: {stage}", refresh=False)
            bar.update(round(100 * fraction) - bar.n)

        yield Progress(report)
