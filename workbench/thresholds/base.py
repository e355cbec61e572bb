"""The contract of a threshold rule: scores in, one number and its reason out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.detection import Threshold
from workbench.core.errors import DataError, ParameterError, suggest
from workbench.thresholds._conformal import Calibration

__all__ = ["Rule", "ScoreContext", "cut_above", "parse_rule", "set_threshold"]


@dataclass(frozen=True)
class ScoreContext:
    """What a rule may want to know beside the scores.

    Attributes
    ----------
    days : float or None
        Time that the scores span, in days.
    calibration : Calibration or None
        Scores of reference rows that the model did not learn from.
    labels : numpy.ndarray of shape (n,) or None
        1 for an anomaly, 0 for a normal row, NaN where nobody said.
    """

    days: float | None = None
    calibration: Calibration | None = None
    labels: np.ndarray | None = None


class Rule(ABC):
    """Chooses the score above which a row is an anomaly. Parameters are fields with defaults."""

    @classmethod
    def name(cls) -> str:
        """Return the public name: the name of the file."""
        return cls.__module__.rpartition(".")[2]

    @abstractmethod
    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        """Return the threshold for finite ``scores`` of shape (n,), n ≥ 1."""

    @abstractmethod
    def reason(self) -> str:
        """Return the rule in words."""

    def caveat(self, context: ScoreContext) -> str:
        """Return what must stand beside the rule's promise; empty when it promises nothing."""
        return ""


def set_threshold(
    rule: str | float | Rule, scores: np.ndarray, context: ScoreContext | None = None, **params: Any
) -> Threshold:
    """Return the threshold that a rule gives for some scores; nothing is refitted.

    Parameters
    ----------
    rule : str, float or Rule
        Name in the catalog, a rule, or the threshold itself.
    scores : numpy.ndarray of shape (n,)
        Finite anomaly scores; higher is more anomalous.
    context : ScoreContext, optional
        Needed by rules that count per day.
    **params
        Parameters of the rule.

    Raises
    ------
    ParameterError
        A parameter cannot work. UnknownName when there is no such rule, DataError when there
        are no finite scores.

    Examples
    --------
    >>> set_threshold("contamination", np.arange(100.0), contamination=0.05).value
    94.5
    """
    from workbench.thresholds import RULES

    if isinstance(rule, (int, float)):
        rule, params = "manual", {"threshold": float(rule), **params}
    if isinstance(rule, str):
        rule = _made(RULES.get(rule), params)
    if not isinstance(rule, Rule):
        raise ParameterError(f"A threshold is a number, a rule's name or a rule, found {rule!r}.")
    scores = np.asarray(scores, dtype=np.float64)
    if scores.size == 0 or not np.isfinite(scores).all():
        raise DataError("A threshold needs at least one score, and every score finite.")
    context = context or ScoreContext()
    value = float(rule.value(scores, context))
    caveat = rule.caveat(context)
    reason = f"{rule.reason()}; {caveat}" if caveat else rule.reason()
    return Threshold(value, rule.name(), dict(vars(rule)), reason)


def parse_rule(text: str) -> Rule:
    """Return the rule that a short text stands for: "mad", "budget:5", "quantile:0.99", "0.7".

    A bare number is a manual threshold; after the colon comes the rule's first parameter.

    Raises
    ------
    ParameterError
        The part after the colon is not a number, or the rule needs one. UnknownName when
        there is no such rule.

    Examples
    --------
    >>> parse_rule("quantile:0.95").reason()
    'above the 0.95 quantile of the scores'
    """
    import inspect

    from workbench.thresholds import RULES

    name, colon, number = text.strip().partition(":")
    try:
        return _made(RULES.get("manual"), {"threshold": float(name)})
    except ValueError:
        kind = RULES.get(name)
    first = next(iter(inspect.signature(kind).parameters), None)
    try:
        params = {first: float(number)} if colon and first else {}
    except ValueError:
        usual = inspect.signature(kind).parameters[str(first)].default
        example = 5 if usual is inspect.Parameter.empty else usual
        raise ParameterError(
            f"The rule '{text}' needs a number after the colon, as in '{name}:{example}'."
        ) from None
    try:
        return kind(**params)
    except TypeError:
        raise ParameterError(f"The rule '{name}' needs a number, as in '{name}:0.7'.") from None


def _made(kind: type[Rule], params: dict[str, Any]) -> Rule:
    import inspect

    known = inspect.signature(kind).parameters
    for name in params:
        if name not in known:
            raise ParameterError(
                f"The rule '{kind.name()}' has no parameter '{name}'.{suggest(name, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )
    return kind(**params)


def cut_above(scores: np.ndarray, count: int) -> float:
    """Return a value that ``count`` of the scores exceed, or as near as ties allow.

    The value lies midway between two scores, so that rounding on another machine moves no row
    across it. When all scores are equal none exceeds it.

    Examples
    --------
    >>> cut_above(np.array([1.0, 2.0, 3.0, 3.0]), 1)
    3.0
    """
    descending = np.sort(scores)[::-1]
    total = len(descending)
    count = min(max(count, 0), total)
    if count == 0:
        return float(descending[0])
    # Cuts are possible only where two neighbours differ; the full count is one more.
    gaps = np.flatnonzero(descending[:-1] > descending[1:]) + 1
    options = np.concatenate([[0], gaps])
    best = int(options[np.argmin(np.abs(options - count))])
    if best == 0:
        return float(descending[0])
    upper, lower = float(descending[best - 1]), float(descending[best])
    middle = lower + (upper - lower) / 2.0
    return middle if lower <= middle < upper else lower
