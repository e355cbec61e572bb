"""Why a row stands out: contributions that add up, expected ranges, and one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contribution", "Explanation"]


@dataclass(frozen=True)
class Contribution:
    """What one feature adds to the score, and what would have been expected of it.

    Attributes
    ----------
    feature : str
        Column of the data.
    value : object
        Its original value in the row.
    contribution : float
        Part of ``score - base`` that this feature carries, in units of the score.
    share : float
        Part of all positive contributions, in [0, 1].
    expected_low, expected_high : float or None
        Range in which the feature lies for the normal rows; None for categories.
    expected : str
        The expected range or the usual categories, in words.
    unusual : bool
        Whether the value lies outside of what is expected.
    remark : str
        What is odd about it in words, where the detector knows: "it hardly moves".
    """

    feature: str
    value: Any
    contribution: float
    share: float
    expected_low: float | None
    expected_high: float | None
    expected: str
    unusual: bool
    remark: str = ""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why one row got its score, for the fitted model itself.

    Attributes
    ----------
    row : int
        Row position in the data.
    score, base : float
        The row's score, and the score that the contributions start from.
    contributions : tuple of Contribution
        Largest first; their contributions and ``base`` sum to ``score``.
    nearest_normal : pandas.DataFrame
        The most similar rows that are not anomalies, with original values.
    sentence : str
        The reason for somebody who knows the data but not the method.
    method : str
        How the contributions were computed.
    caveat : str
        What the method does not say.
    """

    row: int
    score: float
    base: float
    threshold: float
    severity: float
    contributions: tuple[Contribution, ...]
    nearest_normal: pd.DataFrame
    sentence: str
    method: str
    caveat: str

    def to_frame(self) -> pd.DataFrame:
        """Return the contributions as a table, largest first."""
        import pandas as pd

        return pd.DataFrame([vars(part) for part in self.contributions])

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "row": self.row,
            "score": self.score,
            "base": self.base,
            "threshold": self.threshold,
            "severity": self.severity,
            "is_anomaly": self.score > self.threshold,
            "sentence": self.sentence,
            "method": self.method,
            "caveat": self.caveat,
            "contributions": [vars(part) for part in self.contributions],
            "nearest_normal": self.nearest_normal.to_dict(orient="records"),
        }

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"Explanation({self.sentence})"

    def _repr_html_(self) -> str:
        table = self.to_frame().drop(columns=["expected_low", "expected_high"])
        return (
            f"<p><strong>{_escape(self.sentence)}</strong></p>"
            f"{table.to_html(index=False, float_format='{:.3g}'.format, escape=True)}"
            f"<p><small>{_escape(self.method)} {_escape(self.caveat)}</small></p>"
        )


def _escape(text: str) -> str:
    from html import escape

    return escape(text)
