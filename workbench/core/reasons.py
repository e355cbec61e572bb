"""What goes with an explanation: what would have to change, what is alike, and when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["Change", "Counterfactual", "OverTime", "SimilarAnomaly"]


@dataclass(frozen=True)
class Change:
    """One feature's part of a counterfactual.

    Attributes
    ----------
    feature : str
        Column of the data.
    value : object
        Its original value; for a stretch of a series the one at the row.
    low, high : float or None
        Range that would do; equal for a single value, None for a category.
    to : str
        The same in words: "12 to 14", "run".
    """

    feature: str
    value: Any
    low: float | None
    high: float | None
    to: str


@dataclass(frozen=True)
class Counterfactual:
    """The smallest change found with which the fitted model calls the row usual.

    Attributes
    ----------
    changes : tuple of Change
        Few features; empty where no change was found.
    rows : tuple of int
        Row positions that change: the row, or its stretch of a series.
    score : float or None
        Score (the highest of the stretch) after the change, given by the fitted model.
    words : str
        In a sentence or two, also when nothing was found.
    tried : int
        Changed rows, or changed series, that were scored.
    """

    changes: tuple[Change, ...]
    rows: tuple[int, ...]
    score: float | None
    words: str
    tried: int

    @property
    def found(self) -> bool:
        """Whether there is such a change."""
        return bool(self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"found": self.found, **asdict(self)}

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class SimilarAnomaly:
    """Another anomaly that stands out for like reasons.

    Attributes
    ----------
    id : str
        Of the anomaly; see :class:`workbench.core.anomaly.Anomaly`.
    row : int
        Row position of its peak.
    likeness : float
        Cosine of the contributions, 0 to 1.
    severity : float
        0-100.
    band : str
        Severity in a word.
    """

    id: str
    row: int
    likeness: float
    severity: float
    band: str


@dataclass(frozen=True, eq=False)
class OverTime:
    """Parts of a score by feature and time around a row.

    Attributes
    ----------
    features : tuple of str
        Lines of ``values``.
    rows : tuple of int
        First row position of each column of ``values``, in the order of time.
    values : numpy.ndarray of shape (features, times)
        Parts in units of the score.
    meaning : str
        What a value says.
    """

    features: tuple[str, ...]
    rows: tuple[int, ...]
    values: np.ndarray
    meaning: str

    def to_frame(self) -> pd.DataFrame:
        """Return features × row positions as a table."""
        import pandas as pd

        return pd.DataFrame(self.values, index=list(self.features), columns=list(self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "features": list(self.features),
            "rows": list(self.rows),
            "values": self.values.tolist(),
            "meaning": self.meaning,
        }
