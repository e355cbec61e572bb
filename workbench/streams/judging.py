"""From which score on a record is anomalous, and what is promised about false alarms."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.errors import ParameterError, suggest

__all__ = ["CONTROLS", "RULES", "Judging"]

#: Ways to say from when on a record is anomalous.
RULES = {
    "tail": "a score that only a share of normal records exceeds, extrapolated from the newest",
    "p_value": "a score that only so large a share of the newest records reaches",
    "fdr": "as many as keep the share of false alarms among all alarms below a rate",
    "score": "a fixed score",
}
#: Ways to control the share of false alarms.
CONTROLS = {
    "bh": "Benjamini-Hochberg in batches: kept in each batch, and known when it is full",
    "lord": "LORD++: kept over all records so far; finds little where anomalies are rare",
    "saffron": "SAFFRON: as LORD++, better where anomalies are many",
}
_USUAL = {"tail": 1e-4, "p_value": 1e-3, "fdr": 0.05, "score": 0.0}


@dataclass(frozen=True)
class Judging:
    """How a monitor judges scores.

    Attributes
    ----------
    rule : str
        One of :data:`RULES`.
    rate : float
        Of the rule: a share of normal records ("tail", "p_value"), or the expected share of false
        alarms among all ("fdr"); 0 for the usual one.
    score : float
        Of the rule "score".
    control : str
        Of the rule "fdr": one of :data:`CONTROLS`.
    batch : int
        Records that "bh" decides about at once.
    newest : int
        Newest scores that a score is held against.
    least : int
        Fewest of them that anything is told from.
    half_life : float
        Records after which a value counts half in the expected range.
    per_entity : bool
        Whether each entity has a detector of its own.
    step : float
        Usual seconds from one record to the next, for detectors that follow a season; 0 where
        that is not known: then the rows are counted.
    """

    rule: str = "tail"
    rate: float = 0.0
    score: float = 0.0
    control: str = "bh"
    batch: int = 50
    newest: int = 2000
    least: int = 100
    half_life: float = 100.0
    per_entity: bool = True
    step: float = 0.0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ParameterError(
                f"There is no rule '{self.rule[:40]}' to judge by.{suggest(self.rule, RULES)} "
                f"Known: {', '.join(RULES)}."
            )
        if self.control not in CONTROLS:
            raise ParameterError(
                f"There is no control '{self.control[:40]}' of false alarms."
                f"{suggest(self.control, CONTROLS)} Known: {', '.join(CONTROLS)}."
            )
        if not self.rate:
            object.__setattr__(self, "rate", _USUAL[self.rule])
        if self.rule != "score" and not 0.0 < self.rate <= 0.5:
            raise ParameterError(f"rate must lie in (0, 0.5], found {self.rate:g}.")
        for name, low, high in (
            ("batch", 2, 5_000), ("newest", 50, 20_000), ("least", 20, 20_000),
            ("half_life", 1, 1e6),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise ParameterError(
                    f"{name} must lie between {low:g} and {high:g}, found {getattr(self, name):g}."
                )
        if self.least > self.newest:
            raise ParameterError("least must not be more than newest.")
