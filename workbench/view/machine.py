"""How the machine does that serves pages and watches streams; asked rarely, told to all pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from workbench.view.wording import number, plural

__all__ = ["Machine"]

#: Seconds between two looks, for all pages of a process; and between two searches for processes.
EVERY, SEARCH = 5.0, 30.0
MEGA = 1 << 20


class Machine:
    """Says in a line what the server and the processes beside it take.

    Parameters
    ----------
    waiting : callable
        Returns how many messages wait to be delivered.

    Examples
    --------
    >>> "server" in Machine(lambda: 0).line()
    True
    """

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._waiting, self._lock = waiting, threading.Lock()
        self._line, self._looked, self._searched = "", float("-inf"), float("-inf")
        self._own: Any = None
        self._beside: list[Any] = []

    def line(self) -> str:
        """Return what was seen at the last look; who comes first after five seconds looks."""
        if time.monotonic() - self._looked > EVERY and self._lock.acquire(blocking=False):
            try:
                self._looked = time.monotonic()
                self._line = self._look()
            finally:
                self._lock.release()
        return self._line

    def _look(self) -> str:
        import psutil

        try:
            self._search()
            told = [f"server {_taken([self._own])}"]
        except psutil.Error:
            return ""
        try:
            if self._beside:
                told.append(f"watching {_taken(self._beside)}")
        except psutil.Error:  # one ended, and another takes its place
            self._searched = float("-inf")
        told.append(f"{plural(self._waiting(), 'message')} waiting")
        return " · ".join(told)

    def _search(self) -> None:
        """Find the processes that watch: those that this one started."""
        import psutil

        if self._own is None:
            self._own = psutil.Process()
            self._own.cpu_percent()
        if time.monotonic() - self._searched < SEARCH:
            return
        self._searched = time.monotonic()
        known = {one.pid: one for one in self._beside}
        found = [one for one in self._own.children() if "watch" in one.cmdline()]
        self._beside = [known.get(one.pid, one) for one in found]
        for one in found:
            if one.pid not in known:
                one.cpu_percent()  # shares are counted from here on


def _taken(processes: list[Any]) -> str:
    """Return CPU since the last look and memory now, in words."""
    share = sum(one.cpu_percent() for one in processes)
    memory = sum(one.memory_info().rss for one in processes) / MEGA
    return f"{number(round(share))} % CPU, {number(round(memory))} MB"
