"""How much memory a piece of work takes at its peak."""

from __future__ import annotations

import threading
from types import TracebackType

__all__ = ["PeakMemory"]

#: Seconds between two looks: short peaks of one array are seen, and it costs under 1 %.
EVERY = 0.005


class PeakMemory:
    """Watches how far the resident memory of this process grows while the block runs.

    Memory that the process holds free for reuse does not grow it, so that a first run shows more
    than a second; what other threads take is counted, too.

    Attributes
    ----------
    mib : float
        Growth at the peak in MiB, after the block.
    """

    mib = 0.0

    def __enter__(self) -> PeakMemory:
        import psutil

        self._process = psutil.Process()
        self._start = self._peak = self._process.memory_info().rss
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            self._peak = max(self._peak, self._process.memory_info().rss)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        self._peak = max(self._peak, self._process.memory_info().rss)
        self.mib = max(0, self._peak - self._start) / 2**20
