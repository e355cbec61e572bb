"""Keeps processes beside the server that read streams and run monitors."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time

__all__ = ["LiveProcesses"]

log = logging.getLogger("workbench.live")
#: Seconds between two starts of a process that ends at once, growing; and for how long one that is
#: asked to end may take.
FIRST, LONGEST, END = 1.0, 60.0, 20.0


class LiveProcesses:
    """Some processes of ``workbench watch``.

    They have an event loop of their own: neither do pages wait for scores, nor scores for pages.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, name=f"workbench live {number}", daemon=True)
            for number in range(count)
        ]
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def _keep(self) -> None:
        pause = FIRST
        while not self._stopping.is_set():
            began = time.monotonic()
            with self._lock:
                if self._stopping.is_set():
                    return
                # A group of its own: Ctrl-C goes to us, and we end it in order.
                process = subprocess.Popen(  # noqa: S603 - our own interpreter
                    [sys.executable, "-m", "workbench", "watch", "--parent", str(os.getpid())],
                    stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
                self._running.add(process)
            code = process.wait()
            with self._lock:
                self._running.discard(process)
            if self._stopping.is_set():
                return
            log.warning("the process for live data ended (%d) and is started again", code)
            pause = FIRST if time.monotonic() - began > LONGEST else min(LONGEST, 2.0 * pause)
            self._stopping.wait(pause)

    def stop(self) -> None:
        """End them all, and wait for that."""
        with self._lock:
            self._stopping.set()
            running = list(self._running)
        for process in running:
            process.terminate()
        until = time.monotonic() + END
        for process in running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("the process for live data does not end, and is killed")
                process.kill()
                process.wait()
