"""One thing that is odd: a row, or a stretch of time, with its severity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["BANDS", "Anomaly", "band"]

#: Lower end of each severity band on the scale 0-100, worst first.
BANDS: tuple[tuple[float, str], ...] = (
    (75.0, "critical"),
    (50.0, "high"),
    (25.0, "medium"),
    (3.0, "low"),
)


def band(severity: float) -> str:
    """Return the word for a severity of 0-100; below 3 it is "normal".

    Examples
    --------
    >>> band(80), band(10), band(0)
    ('critical', 'low', 'normal')
    """
    return next((word for floor, word in BANDS if severity >= floor), "normal")


@dataclass(frozen=True)
class Anomaly:
    """A row, or the rows [start, end) of one entity, that stand out together.

    Attributes
    ----------
    id : str
        Stable: the same data and detector give the same id.
    start, end : int
        Row positions in the order of time; ``end`` is one past the last.
    rows : tuple of int
        Row positions in the data as loaded, in the order of time.
    peak : int
        Row position (as loaded) of the highest score.
    score : float
        Highest score in it; higher is more anomalous.
    severity : float
        0-100.
    entity : object or None
        Which entity it belongs to.
    start_time, end_time : object or None
        Time stamps of the first and last row.
    """

    id: str
    start: int
    end: int
    rows: tuple[int, ...]
    peak: int
    score: float
    severity: float
    entity: Any = None
    start_time: Any = None
    end_time: Any = None

    @property
    def band(self) -> str:
        """Severity in a word: critical, high, medium, low or normal."""
        return band(self.severity)
