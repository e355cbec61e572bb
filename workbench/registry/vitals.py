"""How fast pages feel to the people who use them, as their browsers tell it.

The names and the limits are those of Google's web vitals (https://web.dev/articles/vitals), which
are met where three quarters of all visits meet them.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np

from workbench.core.errors import ParameterError

__all__ = ["VITALS", "Vital", "note_vital", "read_vitals"]

#: Largest value that is good, and from which on it is poor; seconds, layout shift without a unit.
VITALS = {
    "TTFB": (0.8, 1.8),
    "FCP": (1.8, 3.0),
    "LCP": (2.5, 4.0),
    "INP": (0.2, 0.5),
    "CLS": (0.1, 0.25),
}
#: Visits that are remembered of each page, and pages.
MOST_VISITS, MOST_PAGES = 1_000, 100
_lock = threading.Lock()
_told: dict[tuple[str, str], deque[float]] = {}


@dataclass(frozen=True)
class Vital:
    """One measure of one page.

    Attributes
    ----------
    page, name : str
    visits : int
        Behind the value, in this process since it began.
    value : float
        The third quartile: seconds, or layout shift.
    verdict : {"good", "fair", "poor"}
    """

    page: str
    name: str
    visits: int
    value: float
    verdict: str


def note_vital(page: str, name: str, value: float) -> None:
    """Remember what a browser measured.

    Raises
    ------
    ParameterError
        Nothing is measured by that name.
    """
    if name not in VITALS:
        raise ParameterError(f"No measure is called '{name}'. Known: {', '.join(VITALS)}.")
    with _lock:
        if (page, name) not in _told and len(_told) >= MOST_PAGES * len(VITALS):
            return
        _told.setdefault((page, name), deque(maxlen=MOST_VISITS)).append(float(value))


def read_vitals() -> list[Vital]:
    """Return what this process was told, page by page."""
    with _lock:
        known = {key: np.array(values) for key, values in _told.items()}
    found = []
    for (page, name), values in sorted(known.items()):
        value = float(np.quantile(values, 0.75))
        good, poor = VITALS[name]
        verdict = "good" if value <= good else "poor" if value > poor else "fair"
        found.append(Vital(page, name, len(values), value, verdict))
    return found
