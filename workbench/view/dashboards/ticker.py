"""Calls some work again and again on the kernel's own loop: no thread that could be left behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

__all__ = ["Ticker"]


class Ticker:
    """Calls ``work`` every few seconds until it returns False.

    The calls take turns with what a person does, as a kernel answers one message at a time, so
    nothing needs a lock. Work that takes long rests for as long, so that a person is heard between.
    Without a running loop nothing is called: a test calls the work itself.

    Parameters
    ----------
    seconds : float
        Rest between two calls, at least.
    work : callable
        Returns whether to call it again; it catches its own errors.
    """

    def __init__(self, seconds: float, work: Callable[[], bool]) -> None:
        self._seconds, self._work = seconds, work
        self._task: asyncio.Task[None] | None = None

    @property
    def ticking(self) -> bool:
        """Whether the work will be called again."""
        return self._task is not None

    def start(self) -> None:
        """Begin to call the work, unless that goes on already."""
        if self._task is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._task = loop.create_task(self._run())

    def stop(self) -> None:
        """Call the work no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        try:
            while True:
                began = time.monotonic()
                if not self._work():
                    return
                await asyncio.sleep(max(self._seconds, time.monotonic() - began))
        finally:
            if self._task is asyncio.current_task():
                self._task = None
