"""What is true of all cells of a column, of parts that are joined without seeing a cell again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.preparation.kinds import as_numbers, as_text

__all__ = ["ColumnFacts", "clamped", "gather_facts", "join_facts"]

#: Different texts that are counted; a column with more of them is no category.
MOST_LEVELS = 1_000


@dataclass(frozen=True)
class ColumnFacts:
    """How many cells there are and how many are missing; ends of numbers, or counts of texts.

    Attributes
    ----------
    rows, missing, finite : int
        Cells, those without a value, those with a finite number.
    low, high : float
        Least and largest finite number; infinite the other way round where there are none.
    levels : dict of str to int, or None
        How often each text occurs; None for numbers, and where there are too many.
    """

    rows: int
    missing: int
    finite: int = 0
    low: float = np.inf
    high: float = -np.inf
    levels: dict[str, int] | None = None

    @classmethod
    def of_numbers(cls, numbers: np.ndarray) -> ColumnFacts:
        """Return the facts of clamped numbers (n,)."""
        rows = len(numbers)
        low, high = (float(numbers.min()), float(numbers.max())) if rows else (np.inf, -np.inf)
        if np.isfinite(low) and np.isfinite(high):
            return cls(rows, 0, rows, low, high)
        finite = numbers[np.isfinite(numbers)]
        ends = (float(finite.min()), float(finite.max())) if finite.size else (np.inf, -np.inf)
        return cls(rows, int(np.isnan(numbers).sum()), int(finite.size), *ends)

    @classmethod
    def of_texts(cls, column: pd.Series) -> ColumnFacts:
        """Return the facts of a column of texts, or of anything else that is no number."""
        counts = as_text(column).value_counts(sort=False)
        levels = {str(level): int(count) for level, count in counts.items()}
        return cls(
            len(column),
            int(column.isna().sum()),
            levels=levels if len(levels) <= MOST_LEVELS else None,
        )

    @property
    def constant(self) -> bool:
        """Whether every cell holds the same number."""
        return self.finite == self.rows and self.low == self.high

    def joined(self, other: ColumnFacts) -> ColumnFacts:
        """Return the facts of these cells and of the others."""
        levels = None
        if self.levels is not None and other.levels is not None:
            levels = dict(self.levels)
            for level, count in other.levels.items():
                levels[level] = levels.get(level, 0) + count
            levels = levels if len(levels) <= MOST_LEVELS else None
        return ColumnFacts(
            self.rows + other.rows,
            self.missing + other.missing,
            self.finite + other.finite,
            min(self.low, other.low),
            max(self.high, other.high),
            levels,
        )


def clamped(numbers: np.ndarray) -> np.ndarray:
    """Keep finite values where differences of two of them cannot overflow; ±inf stay."""
    return np.where(np.isinf(numbers), numbers, np.clip(numbers, -4e307, 4e307))


def gather_facts(frame: pd.DataFrame) -> dict[str, ColumnFacts]:
    """Return the facts of each column, by its type: what is no number counts as text.

    Examples
    --------
    >>> frame = pd.DataFrame({"flow": [1.0, None, 3.0], "state": ["on", "off", "on"]})
    >>> facts = gather_facts(frame)
    >>> facts["flow"].missing, facts["flow"].high, facts["state"].levels
    (1, 3.0, {'on': 2, 'off': 1})
    """
    return {str(name): _of(frame[name]) for name in frame.columns}


def _of(column: pd.Series) -> ColumnFacts:
    plain = pd.api.types
    if (
        plain.is_numeric_dtype(column.dtype)  # yes/no among them
        or plain.is_datetime64_any_dtype(column.dtype)
        or plain.is_timedelta64_dtype(column.dtype)
    ):
        return ColumnFacts.of_numbers(clamped(as_numbers(column).to_numpy()))
    return ColumnFacts.of_texts(column)


def join_facts(
    one: Mapping[str, ColumnFacts], other: Mapping[str, ColumnFacts]
) -> dict[str, ColumnFacts]:
    """Return the facts of the cells of both, column by column."""
    return {name: facts.joined(other[name]) for name, facts in one.items()}
