"""Why a row stands out: contributions that add up, expected ranges, and one sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.reasons import Counterfactual, OverTime, SimilarAnomaly

__all__ = ["Contribution", "Details", "Explanation"]


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
    terms : tuple of (str, float)
        Of a text, the terms without which the score would fall most, and by how much.
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
    terms: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {**vars(self), "terms": [{"term": term, "part": part} for term, part in self.terms]}


class Details(Protocol):
    """Finds what costs further scoring, once somebody asks for it."""

    def counterfactual(self) -> Counterfactual | None:
        """Return what would have to change; None for no anomaly, and for texts alone."""

    def similar(self) -> tuple[SimilarAnomaly, ...]:
        """Return anomalies for the same reasons, most alike first."""

    def over_time(self) -> OverTime | None:
        """Return parts by feature and time; None where there is no time."""


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
    standard_error : float
        Largest standard error of a contribution; 0 where nothing was sampled.
    probability : float
        Calibrated probability that the row is an anomaly.
    calibrated_on : str
        What the probability was learned from.
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
    standard_error: float = 0.0
    probability: float = float("nan")
    calibrated_on: str = ""
    details: Details | None = field(default=None, repr=False)

    @property
    def odds(self) -> str:
        """The calibrated probability in words, with what it was learned from."""
        if not self.probability >= 0.0:
            return ""
        return (
            f"Of rows at this severity about {100 * self.probability:.0f} % were anomalies in "
            f"{self.calibrated_on}."
        )

    @cached_property
    def counterfactual(self) -> Counterfactual | None:
        """The smallest change found that makes the row usual; None if it is no anomaly, or texts.

        Searched, with a bounded number of scorings, when it is first asked for.
        """
        return None if self.details is None else self.details.counterfactual()

    @cached_property
    def similar(self) -> tuple[SimilarAnomaly, ...]:
        """Other anomalies with like contributions, most alike first."""
        return () if self.details is None else self.details.similar()

    @cached_property
    def over_time(self) -> OverTime | None:
        """Which feature adds to the score at which time; None for tables."""
        return None if self.details is None else self.details.over_time()

    def to_frame(self) -> pd.DataFrame:
        """Return the contributions as a table, largest first."""
        import pandas as pd

        table = pd.DataFrame([vars(part) for part in self.contributions])
        texts = any(part.terms for part in self.contributions)
        return table if texts else table.drop(columns="terms", errors="ignore")

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "row": self.row,
            "score": self.score,
            "base": self.base,
            "threshold": self.threshold,
            "severity": self.severity,
            "probability": self.probability,
            "calibrated_on": self.calibrated_on,
            "is_anomaly": self.score > self.threshold,
            "sentence": self.sentence,
            "method": self.method,
            "caveat": self.caveat,
            "contributions": [part.to_dict() for part in self.contributions],
            "nearest_normal": self.nearest_normal.to_dict(orient="records"),
            "standard_error": self.standard_error,
            "counterfactual": None
            if self.counterfactual is None
            else self.counterfactual.to_dict(),
            "similar": [vars(item) for item in self.similar],
            "over_time": None if self.over_time is None else self.over_time.to_dict(),
        }

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"Explanation({self.sentence})"

    def _repr_html_(self) -> str:
        table = self.to_frame().drop(columns=["expected_low", "expected_high"])
        change = "" if self.counterfactual is None else self.counterfactual.words
        return (
            f"<p><strong>{_escape(self.sentence)}</strong> {_escape(change)}</p>"
            f"{table.to_html(index=False, float_format='{:.3g}'.format, escape=True)}"
            f"<p><small>{_escape(self.method)} {_escape(self.caveat)}</small></p>"
        )


def _escape(text: str) -> str:
    from html import escape

    return escape(text)
