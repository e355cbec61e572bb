"""What is expected of each feature: a range, or the usual categories."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.preparation.kinds import as_numbers, as_text, kind_of

__all__ = ["Expectation", "learn_expectations", "show_number"]


@dataclass(frozen=True)
class Expectation:
    """Range in which 98 % of the normal rows lie, or the categories that cover 95 % of them."""

    kind: str
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()

    def fits(self, value: Any) -> bool:
        """Whether a value is as expected; a missing one is not, and of a text nothing is known."""
        if self.kind == "text":
            return True
        if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
            return False
        if self.low is None or self.high is None:
            return str(value) in self.categories
        number = as_numbers(pd.Series([value])).iloc[0]
        return bool(self.low <= number <= self.high)

    def words(self) -> str:
        """Return what is expected, in words."""
        if self.low is None or self.high is None:
            shown = ", ".join(self.categories[:3])
            return shown + (" …" if len(self.categories) > 3 else "")
        if self.kind == "date":
            ends = pd.to_datetime([self.low, self.high], unit="s")
            return f"{ends[0]:%Y-%m-%d} to {ends[1]:%Y-%m-%d}"
        if self.low == self.high:
            return show_number(self.low)
        return f"{show_number(self.low)} to {show_number(self.high)}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def learn_expectations(
    frame: pd.DataFrame, features: tuple[str, ...], texts: Collection[str] = ()
) -> dict[str, Expectation]:
    """Return what the given (normal) rows let expect of each feature; nothing of ``texts``."""
    return {
        name: Expectation("text") if name in texts else _learn(frame[name]) for name in features
    }


def _learn(column: pd.Series) -> Expectation:
    kind = kind_of(column)
    if kind == "category":
        shares = as_text(column).value_counts(normalize=True)
        count = int(np.searchsorted(shares.cumsum().to_numpy(), 0.95)) + 1
        return Expectation(kind, categories=tuple(str(level) for level in shares.index[:count]))
    numbers = as_numbers(column).to_numpy()
    finite = numbers[np.isfinite(numbers)]
    if finite.size == 0:
        return Expectation(kind)
    low, high = np.quantile(finite, [0.01, 0.99])
    return Expectation(kind, float(low), float(high))


def show_number(value: Any) -> str:
    """Return a number with three to four significant digits, readable at any size.

    Examples
    --------
    >>> show_number(1234.567), show_number(0.00012345), show_number(3.0)
    ('1,235', '0.000123', '3')
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if not np.isfinite(number):
        return "missing" if np.isnan(number) else str(number)
    if number == int(number) and abs(number) < 1e6:
        return f"{int(number):,}"
    if 1000 <= abs(number) < 1e6:
        return f"{number:,.0f}"
    return f"{number:.3g}"
