"""Work that takes a while, seen from the notebook cell that waits for it."""

from __future__ import annotations

import html
import threading
import time
from types import TracebackType
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from workbench.core.errors import Cancelled, Interrupted
from workbench.core.progress import Progress

__all__ = ["Waiting"]

#: Seconds before anything is shown: most work is done by then.
PATIENCE = 1.0
#: Seconds between two looks at the work. Looking costs the work nothing: a thread does it.
TICK = 0.25
STOPPING = "stops at the next step; the kernel's interrupt (i, i) stops it at once"


class Waiting:
    """A bar with the stage and a cancel button, shown in the output of the running cell.

    The button works while the cell runs where the kernel has subshells (ipykernel 7 with
    JupyterLab 4.4 or later); elsewhere the kernel's interrupt ends the work.

    Parameters
    ----------
    title : str
        What the work is called.

    Examples
    --------
    >>> with Waiting("Counting") as progress:  # doctest: +SKIP
    ...     progress.step(0.5, "halfway")
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._done, self._stage = 0.0, "starting"
        self._progress = Progress(self._report)
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._words: Any = None
        self._box: Any = None
        self._output: Any = None
        self._thread = threading.Thread(target=self._look, name="workbench waiting", daemon=True)

    def __enter__(self) -> Progress:
        """Begin to look at the work."""
        self._thread.start()
        return self._progress

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put one line with the time it took in the place of the bar, if there was one."""
        self._ended.set()
        self._thread.join()
        if self._output is not None:
            self._close(kind, error)
        if kind is KeyboardInterrupt:
            raise Interrupted(f"{self._title} was stopped at: {self._stage}.") from error

    def _close(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        how = "done in" if kind is None else "failed after"
        if isinstance(error, Cancelled | KeyboardInterrupt):
            how = "cancelled after"
        self._say(f"{self._title}: {how} {self._seconds:.1f} s")
        self._box.close()
        for part in self._box.children:
            part.close()

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _report(self, fraction: float, stage: str) -> None:
        self._done, self._stage = fraction, stage

    def _look(self) -> None:
        if self._ended.wait(PATIENCE):
            return
        self._show()
        while not self._ended.wait(TICK):
            self._words.value = self._picture()

    def _show(self) -> None:
        self._words = widgets.HTML(self._picture())
        button = widgets.Button(
            description="Cancel", icon="times", tooltip=f"Cancel: {STOPPING}",
            layout=widgets.Layout(width="auto"),
        )  # fmt: skip
        button.on_click(self._cancel)
        # ipykernel 7.4 sends what a widget says to the loop that made it: here the busy one. Its
        # click shall come where the front end sends it, a subshell that is free.
        if button.comm is not None:
            button.comm._reply_subshell_for = None
        layout = widgets.Layout(align_items="center", grid_gap="12px")
        self._box = widgets.HBox([self._words, button], layout=layout)
        shown: Any = display  # IPython is typed in part
        self._output = shown(self._box, display_id=True)

    def _cancel(self, button: Any) -> None:
        self._progress.cancel()
        button.disabled = True
        button.description = "Cancelling …"

    def _picture(self) -> str:
        told = f"{self._title}: {self._stage}, {self._seconds:.0f} s"
        return (
            f'<progress max="1" value="{self._done:.3f}" aria-label="{html.escape(self._title)}" '
            f'style="vertical-align: middle"></progress> {html.escape(told)}'
        )

    def _say(self, words: str) -> None:
        bundle = {"text/plain": words, "text/html": f"<small>{html.escape(words)}</small>"}
        self._output.update(bundle, raw=True)
