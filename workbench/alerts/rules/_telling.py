"""Says what is odd about a point, against what was expected."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workbench.core.points import Points
from workbench.core.wording import number

__all__ = ["about_point", "deviations", "finite"]

#: Features that a firing names at most.
MOST_FEATURES = 10


def finite(value: float) -> float | None:
    """Return a number that JSON can say, None for NaN and infinities."""
    return float(value) if math.isfinite(value) else None


def deviations(
    values: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far values lie outside of what was expected, and the bound that they passed.

    0 within the range; NaN where value or range is not known.
    """
    below, above = low - values, values - high
    known = ~(np.isnan(below) | np.isnan(above))
    far = np.where(known, np.maximum(np.maximum(below, above), 0.0), np.nan)
    return far, np.where(below > above, low, high)


def about_point(points: Points, at: int) -> dict[str, Any]:
    """Return the facts on one point as firings carry them, with a sentence.

    Features are named in the order of what they give to the score; where that is not known, of
    how far they lie outside of what was expected.
    """
    value, low, high, parts = (one[at] for one in (points.values, points.low, points.high,
                                                   points.parts))  # fmt: skip
    far, _ = deviations(value, low, high)
    weight = np.where(np.isfinite(parts), np.abs(parts), np.where(np.isfinite(far), far, -1.0))
    order = np.argsort(-weight, kind="stable")[:MOST_FEATURES]
    names = [points.features[place] for place in order]
    told: dict[str, Any] = {
        "actual": {
            name: float(value[place])
            for name, place in zip(names, order, strict=True)
            if np.isfinite(value[place])
        },
        "expected": {
            name: (float(low[place]), float(high[place]))
            for name, place in zip(names, order, strict=True)
            if np.isfinite(low[place]) and np.isfinite(high[place])
        },
        "parts": {
            name: float(parts[place])
            for name, place in zip(names, order, strict=True)
            if np.isfinite(parts[place])
        },
        "score": finite(points.score[at]),
        "threshold": finite(points.threshold),
        "p_value": finite(points.p_value[at]),
    }
    return {**told, "text": _sentence(told, names, far[order])}


def _sentence(told: dict[str, Any], names: list[str], far: np.ndarray) -> str:
    outside = [name for name, by in zip(names, far, strict=True) if by > 0]
    lead = next((name for name in outside if name in told["expected"]), None)
    if lead is not None:
        low, high = told["expected"][lead]
        more = f", and {len(outside) - 1} more" if len(outside) > 1 else ""
        return (
            f"{lead} is {number(told['actual'][lead])}, "
            f"expected {number(low)} to {number(high)}{more}"
        )
    limit = "" if told["threshold"] is None else f", threshold {number(told['threshold'])}"
    named = ", ".join(f"{name} {number(told['actual'][name])}" for name in names[:2]
                      if name in told["actual"])  # fmt: skip
    return f"score {number(told['score'])}{limit}" + (f" ({named})" if named else "")
