"""One place for each monitor from which all pages read: the newest points, held once."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.core.points import Points
from workbench.core.stream import Monitor
from workbench.streams import kept_points

__all__ = ["Held", "Hub", "Hubs", "cells_of"]

log = logging.getLogger("workbench.streams")
#: Points that a hub holds, at most; and seconds between two looks at what is new.
MOST, EVERY = 100_000, 0.4
#: Seconds without a reader after which a hub rests.
REST = 20.0


class Held:
    """The newest points of a monitor, to be read by many.

    Parameters
    ----------
    most : int
        Points to hold.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._parts: deque[Points] = deque()
        self._rows = 0
        self._rates: deque[tuple[float, int]] = deque(maxlen=40)

    def add(self, points: Points) -> None:
        """Take points after those that are held; others' features begin anew."""
        with self._lock:
            parts = self._parts
            if parts and points.features != parts[-1].features:
                parts.clear()
                self._rows = 0
            parts.append(points)
            self._rows += len(points)
            while len(parts) > 1 and self._rows - len(parts[0]) > self._most // 2:
                self._rows -= len(parts.popleft())
            if len(parts) >= 64:  # many small ones become one, so that reading stays cheap
                small = [parts.pop() for _ in range(60)][::-1]
                parts.append(kept_points.join(small))

    def since(self, number: int) -> Points | None:
        """Return what is held from the point of a number on; None where there is nothing."""
        with self._lock:
            parts = [one for one in self._parts if one.start + len(one) > number]
        if not parts:
            return None
        first = max(0, number - parts[0].start)
        parts[0] = kept_points.cut(parts[0], first, len(parts[0]))
        return kept_points.join(parts)

    def note(self, points: int) -> None:
        """Take notice of how many points there were in all, now."""
        with self._lock:
            self._rates.append((time.monotonic(), points))

    def rate(self) -> float:
        """Return the points that came in a second, over the last ten seconds or so."""
        with self._lock:
            known = list(self._rates)
        if len(known) < 2 or known[-1][0] <= known[0][0]:
            return 0.0
        return (known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0])


class Hub:
    """Follows a monitor for all who look at it.

    Reading asks nobody and waits for nobody: a thread of the hub asks the database, while there
    are readers.

    Parameters
    ----------
    monitor : callable
        Returns the monitor as it stands, or None where it is gone.
    points : callable
        Called with a number and the most to return; returns points from there on, or None.
    most : int
        Points to hold.
    """

    def __init__(
        self,
        monitor: Callable[[], Monitor | None],
        points: Callable[[int, int], Points | None],
        most: int = MOST,
    ) -> None:
        self._ask, self._fetch, self._most = monitor, points, most
        self._held = Held(most)
        self._lock = threading.Lock()
        self._next: int | None = None
        self._read = time.monotonic()
        self._thread: threading.Thread | None = None
        #: The monitor as it was when the hub last looked.
        self.monitor: Monitor | None = None

    def since(self, number: int) -> Points | None:
        """Return what is held from the point of a number on; None where there is nothing."""
        self._wake()
        return self._held.since(number)

    def rate(self) -> float:
        """Return the points that came in a second, over the last ten seconds or so."""
        return self._held.rate()

    def look(self) -> None:
        """Ask for what is new, once."""
        self.monitor = monitor = self._ask()
        if monitor is None:
            return
        self._held.note(monitor.points)
        if self._next is None:
            self._next = max(0, monitor.points - self._most // 4)
        while (points := self._fetch(self._next, 20_000)) is not None:
            self._held.add(points)
            self._next = points.start + len(points)

    def _wake(self) -> None:
        self._read = time.monotonic()
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._thread = threading.Thread(target=self._follow, name="workbench hub", daemon=True)
            self._thread.start()

    def _follow(self) -> None:
        while time.monotonic() - self._read < REST:
            try:
                self.look()
            except Exception:  # the database may come back
                log.exception("what is new could not be asked for")
            time.sleep(EVERY)


class Hubs:
    """The hubs of a process, one for each monitor.

    Parameters
    ----------
    make : callable
        Called with the id of a monitor; returns its hub.
    most : int
        Hubs that are held; the one longest unread makes room.
    """

    def __init__(self, make: Callable[[str], Hub], most: int = 50) -> None:
        self._make, self._most = make, most
        self._lock = threading.Lock()
        self._hubs: dict[str, Hub] = {}

    def of(self, monitor: str) -> Hub:
        """Return the hub of a monitor."""
        with self._lock:
            hub = self._hubs.pop(monitor, None) or self._make(monitor)
            self._hubs[monitor] = hub
            while len(self._hubs) > self._most:
                del self._hubs[next(iter(self._hubs))]
            return hub


def cells_of(points: Points, width: float, lanes: dict[str, int], most: int) -> dict[str, Any]:
    """Return the worst severity of each entity in each stretch of time.

    Parameters
    ----------
    points : Points
    width : float
        Of a stretch, in milliseconds.
    lanes : dict of str to int
        Place of each entity; grows with new ones, up to ``most``, the last holds all others.
    most : int

    Returns
    -------
    dict
        ``at`` (float64, milliseconds), ``lane`` (int32), ``severity`` (float32), ``odd`` (int32):
        anomalous points in it.
    """
    names, codes = np.unique(points.entity.astype(str), return_inverse=True)
    for name in names:
        if name not in lanes:
            lanes[str(name)] = min(len(lanes), most - 1)
    lane = np.array([lanes[str(name)] for name in names], dtype=np.int64)[codes]
    stretch = np.floor(points.time.astype("datetime64[us]").astype(np.int64) / 1e3 / width)
    key = stretch.astype(np.int64) * most + lane
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    severity = np.nan_to_num(points.severity[order], nan=-1.0)
    return {
        "at": (key[first] // most) * width,
        "lane": (key[first] % most).astype(np.int32),
        "severity": np.maximum.reduceat(severity, first).astype(np.float32),
        "odd": np.add.reduceat(points.anomalous[order].astype(np.int32), first).astype(np.int32),
    }
