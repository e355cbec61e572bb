"""The fitted preparation: which columns, filled, encoded and scaled how. Part of every model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from workbench.core.errors import ColumnError, DataError, suggest
from workbench.preparation.facts import ColumnFacts, clamped
from workbench.preparation.kinds import (
    NUMERIC_SHARE,
    as_numbers,
    as_text,
    holds_texts,
    kind_of,
)
from workbench.preparation.texts import TextPlan, learn_texts

__all__ = ["KNEE", "Matrix", "Plan", "Preparation", "squeezed"]

#: Categories up to this count get a column each; more are encoded by rarity.
MOST_COLUMNS = 12
#: Values further than this many 5-95 % ranges from the median grow only logarithmically.
#: That keeps 1e300 finite, keeps the order of values, and tames single extreme cells.
KNEE = 10.0
_HELD = {"date": "dates", "boolean": "yes and no"}


@dataclass(frozen=True)
class Matrix:
    """What a detector sees.

    Attributes
    ----------
    values : numpy.ndarray of shape (n, m), float64
        Finite.
    owner : numpy.ndarray of shape (m,), int
        For each column of ``values`` the position of its feature in ``features``.
    features : tuple of str
        The columns of the data that were used.
    notices : tuple of str
        What was filled, ignored or never seen before.
    """

    values: np.ndarray
    owner: np.ndarray
    features: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass
class Plan:
    """How one column becomes numbers. Plain values only, so that it can be kept as JSON."""

    name: str
    kind: str
    centre: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0
    had_missing: bool = False
    constant: Any = None
    levels: dict[str, float] = field(default_factory=dict)
    one_hot: bool = False
    text: TextPlan | None = None

    def width(self) -> int:
        """Return how many columns of numbers this one becomes."""
        if self.constant is not None:
            return 0
        wide = len(self.levels) + 1 if self.one_hot else 1
        if self.text is not None:
            wide = self.text.width()
        return wide + int(self.had_missing and self.kind != "category")


class Preparation:
    """Learns on clean rows how columns become numbers; applies the same to any new rows.

    Numbers are centred on the median and divided by their 5-95 % range. What was never seen
    in training lands outside of the training range, so that it stands out: infinite values,
    unseen categories, and missing cells in a column that never had any. Where cells were
    missing in training they are filled with the median and a column says so.

    Examples
    --------
    >>> frame = pd.DataFrame({"flow": [1.0, 2.0, 3.0], "state": ["on", "off", "on"]})
    >>> Preparation().fit(frame, ["flow", "state"]).transform(frame).values.shape
    (3, 4)
    """

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.left_out: dict[str, str] = {}
        self.flat = False

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that carry information: constant and unusable ones are left out."""
        return tuple(plan.name for plan in self.plans if plan.constant is None)

    @property
    def texts(self) -> tuple[str, ...]:
        """Features that are texts."""
        return tuple(plan.name for plan in self.plans if plan.text is not None)

    def fit(
        self,
        frame: pd.DataFrame,
        features: list[str] | tuple[str, ...],
        facts: Mapping[str, ColumnFacts] | None = None,
        *,
        texts: bool = False,
    ) -> Preparation:
        """Learn from the rows of ``frame``; returns self.

        Parameters
        ----------
        frame : pandas.DataFrame
        features : sequence of str
        facts : mapping of str to ColumnFacts, optional
            Where the rows are a sample: what is true of all of them. Kinds, medians and ranges
            are those of the sample; ends, missing cells and categories are those of all.
        texts : bool
            Whether columns that hold several words a cell are texts, also where the same ones come
            again and again, as lines of a log do; else these are categories.

        Raises
        ------
        ColumnError
            A feature is not in the data.
        DataError
            No rows, or no feature that varies.
        """
        if len(frame) == 0:
            raise DataError("There are no rows to learn from. Check the file or the reference.")
        if not features:
            raise DataError(
                f"No column is left as a feature. Columns found: {_listing(frame.columns)}. "
                "Name the ones to use with features=[…]."
            )
        _require_columns(frame, features)
        self.plans, self.left_out, self.flat = [], {}, False
        for name in features:
            plan = _plan_for(frame[name], (facts or {}).get(str(name)), texts)
            if plan.kind in _UNUSABLE:
                self.left_out[name] = _UNUSABLE[plan.kind]
            else:
                self.plans.append(plan)
        if not self.features:
            self._keep_constants()
        return self

    def _keep_constants(self) -> None:
        """Where nothing varies, watch the constant numbers: another value later is odd.

        Raises
        ------
        DataError
            There are no such columns either.
        """
        numeric = [plan for plan in self.plans if isinstance(plan.constant, float)]
        if not numeric:
            reasons = [f"'{plan.name}' is always {plan.constant!r}" for plan in self.plans]
            reasons += [f"'{name}' {why}" for name, why in self.left_out.items()]
            raise DataError(
                f"No feature varies: {'; '.join(reasons[:5])}. Nothing can be called odd."
            )
        for plan in numeric:
            plan.centre, plan.scale = plan.constant, abs(plan.constant) or 1.0
            plan.constant = None
        self.flat = True

    def transform(self, frame: pd.DataFrame) -> Matrix:
        """Return the numbers for ``frame``; its columns are matched by name.

        Raises
        ------
        ColumnError
            A column that was learned from is missing.
        """
        _require_columns(frame, [plan.name for plan in self.plans])
        notices: list[str] = []
        if self.flat:
            notices.append("Nothing varied in training: only values that differ from it stand out.")
        blocks: list[np.ndarray] = []
        owner: list[int] = []
        for plan in self.plans:
            block = _encode(plan, frame[plan.name], notices)
            if plan.constant is None:
                blocks.append(block)
                owner += [self.features.index(plan.name)] * block.shape[1]
        values = np.ascontiguousarray(np.hstack(blocks), dtype=np.float64)
        return Matrix(values, np.array(owner, dtype=int), self.features, tuple(notices))

    def extra_columns(self, frame: pd.DataFrame) -> list[str]:
        """Return columns of ``frame`` that were not learned from and are ignored."""
        known = {plan.name for plan in self.plans} | set(self.left_out)
        return [str(name) for name in frame.columns if name not in known]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; :meth:`from_dict` gives an equal preparation."""
        return {
            "plans": [asdict(plan) for plan in self.plans],
            "left_out": self.left_out,
            "flat": self.flat,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Preparation:
        """Rebuild a preparation from :meth:`to_dict`."""
        made = cls()
        made.plans = [
            Plan(**{**plan, "text": TextPlan(**plan["text"]) if plan.get("text") else None})
            for plan in kept["plans"]
        ]
        made.left_out = dict(kept["left_out"])
        made.flat = bool(kept["flat"])
        return made


_UNUSABLE = {
    "empty": "is empty",
    "nested": "holds lists or other nested values",
}


def _listing(names: Any) -> str:
    shown = [repr(str(name)) for name in list(names)[:12]]
    return ", ".join(shown) + (" …" if len(names) > 12 else "")


def _require_columns(frame: pd.DataFrame, names: Any) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        first = str(missing[0])
        also = f" (and {len(missing) - 1} more: {_listing(missing[1:])})" if missing[1:] else ""
        raise ColumnError(
            f"Column '{first}'{also} is not in the data."
            f"{suggest(first, map(str, frame.columns))} Found: {_listing(frame.columns)}."
        )


def _plan_for(column: pd.Series, facts: ColumnFacts | None, texts: bool) -> Plan:
    kind = kind_of(column)
    plan = Plan(str(column.name), kind)
    if kind in _UNUSABLE:
        return plan
    if kind == "text" or (texts and holds_texts(column, repeated=True)):
        return _plan_texts(plan, column)
    if kind == "category":
        return _plan_categories(plan, column, facts)
    # Numbers among texts are counted as texts: then the sample has to do.
    return _plan_numbers(plan, column, facts if facts is not None and facts.finite else None)


def _plan_categories(plan: Plan, column: pd.Series, facts: ColumnFacts | None) -> Plan:
    shares = as_text(column).value_counts(normalize=True)
    if facts is not None and facts.levels:
        counts = pd.Series(facts.levels, dtype=float).sort_values(ascending=False, kind="stable")
        shares = counts / counts.sum()
    plan.had_missing = bool(column.isna().any() if facts is None else facts.missing)
    plan.levels = {str(level): float(share) for level, share in shares.items()}
    plan.one_hot = len(plan.levels) <= MOST_COLUMNS
    if len(plan.levels) == 1 and not plan.had_missing:
        plan.constant = next(iter(plan.levels))
    return plan


def _plan_texts(plan: Plan, column: pd.Series) -> Plan:
    plan.kind = "text"
    plan.had_missing = bool(column.isna().any())
    plan.text = learn_texts(as_text(column.dropna()).tolist())
    return plan


def _plan_numbers(plan: Plan, column: pd.Series, facts: ColumnFacts | None) -> Plan:
    numbers = clamped(as_numbers(column).to_numpy())
    finite = numbers[np.isfinite(numbers)]
    known = ColumnFacts.of_numbers(numbers) if facts is None else facts
    plan.had_missing = known.missing > 0
    if finite.size == 0:
        plan.kind = "empty"
        return plan
    plan.low, plan.high = known.low, known.high
    if known.constant:
        plan.constant = plan.low
        return plan
    plan.centre = float(np.median(finite))
    plan.scale = _robust_scale(finite, known)
    return plan


def _robust_scale(finite: np.ndarray, known: ColumnFacts) -> float:
    """5-95 % range; where most values are equal a wider range, at last 1."""
    ends = (np.percentile(finite, [tail, 100.0 - tail]) for tail in (5.0, 1.0))
    for low, high in chain(ends, [(known.low, known.high)]):
        scale = float(high / 2.0 - low / 2.0) * 2.0
        if np.isfinite(scale) and scale > 0.0:
            return scale
    return 1.0


def _encode(plan: Plan, column: pd.Series, notices: list[str]) -> np.ndarray:
    if plan.text is not None:
        return _encode_texts(plan, plan.text, column)
    if plan.kind == "category":
        return _encode_categories(plan, column, notices)
    _refuse_words(plan, column)
    numbers = clamped(as_numbers(column).to_numpy())
    if plan.constant is not None:
        differs = int(np.sum(numbers != plan.constant))
        if differs:
            notices.append(
                f"Column '{plan.name}' was always {plan.constant:g} in training, so it is not "
                f"looked at; {differs} rows differ."
            )
        return np.empty((len(numbers), 0))
    return _encode_numbers(plan, numbers, notices)


def _refuse_words(plan: Plan, column: pd.Series) -> None:
    """Refuse text where training had numbers; a few strays among numbers count as missing."""
    present = column.dropna()
    if present.empty or not (column.dtype == object or pd.api.types.is_string_dtype(column.dtype)):
        return
    words = as_numbers(present).isna()
    if words.mean() > 1.0 - NUMERIC_SHARE:
        first = int(np.flatnonzero(as_numbers(column).isna() & column.notna())[0])
        raise DataError(
            f"Column '{plan.name}' held {_HELD.get(plan.kind, 'numbers')} in training and holds "
            f"text now: {str(column.iloc[first])[:40]!r} in row {first} (counted from 0), and "
            f"{int(words.sum()):,} of its {len(present):,} values are text. Convert the "
            "column first; what cannot be converted may be missing."
        )


def _encode_texts(plan: Plan, text: TextPlan, column: pd.Series) -> np.ndarray:
    """Return the numbers of texts; a missing one is a text without words, as no usual one is."""
    cells = as_text(column)
    encoded = squeezed(text.encode([text.count(cell) for cell in cells.fillna("")]))
    if not plan.had_missing:
        return encoded
    missing = cells.isna().to_numpy()
    return np.column_stack([np.where(missing[:, None], 0.0, encoded), missing.astype(float)])


def _encode_numbers(plan: Plan, numbers: np.ndarray, notices: list[str]) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (numbers - plan.centre) / plan.scale
        if not plan.had_missing and np.abs(scaled).max(initial=0.0) <= KNEE:
            return scaled.reshape(-1, 1)  # nothing missing, infinite or far out: the usual case
        missing = np.isnan(numbers)
        scaled = squeezed(scaled)
        highest = squeezed(np.array([plan.high - plan.centre]) / plan.scale)[0]
        lowest = squeezed(np.array([plan.low - plan.centre]) / plan.scale)[0]
    beyond = max(highest - lowest, 1.0)
    scaled = np.where(np.isposinf(numbers), highest + beyond, scaled)
    scaled = np.where(np.isneginf(numbers), lowest - beyond, scaled)
    if not missing.any():
        filled = scaled
    elif plan.had_missing:
        filled = np.where(missing, 0.0, scaled)
    else:
        notices.append(
            f"Column '{plan.name}' misses {int(missing.sum())} values and never did in training: "
            "those rows count as unusual in it."
        )
        filled = np.where(missing, highest + beyond, scaled)
    if np.isinf(numbers).any():
        count = int(np.isinf(numbers).sum())
        notices.append(
            f"Column '{plan.name}' has {count} infinite values, placed beyond its range."
        )
    columns = [filled, missing.astype(float)] if plan.had_missing else [filled]
    return np.column_stack(columns)


def squeezed(scaled: np.ndarray) -> np.ndarray:
    """Let values beyond ±KNEE grow logarithmically: monotone, and finite for any finite value."""
    size = np.abs(scaled)
    with np.errstate(over="ignore", invalid="ignore"):
        grown = KNEE + np.log1p(
            np.minimum(size, 1e300) - KNEE, where=size > KNEE, out=np.zeros_like(size)
        )
    return np.where(size > KNEE, np.sign(scaled) * grown, scaled)


def _encode_categories(plan: Plan, column: pd.Series, notices: list[str]) -> np.ndarray:
    text = as_text(column)
    missing = text.isna().to_numpy()
    known = text.isin(list(plan.levels)).to_numpy()
    unseen = ~known & ~missing
    if unseen.any():
        examples = ", ".join(repr(level) for level in text[unseen].unique()[:3])
        notices.append(
            f"Column '{plan.name}' has {int(unseen.sum())} values in categories never seen in "
            f"training ({examples}): those rows count as unusual in it."
        )
    if plan.constant is not None:
        return np.empty((len(text), 0))
    if plan.one_hot:
        # Never seen is at least as odd as the rarest level, also to splits that know no more.
        odd = unseen | missing
        rarest = min(plan.levels, key=lambda level: plan.levels[level])
        columns = [
            (text == level).to_numpy(bool) | (odd & (level == rarest)) for level in plan.levels
        ]
        return np.column_stack([*columns, odd]).astype(float)
    # Rarity: surprise of a category in bits, scaled so that 1 in a million is 1.
    rarity = text.map(
        lambda level: -np.log2(plan.levels.get(level, 1e-6)) / 20.0, na_action="ignore"
    )
    return rarity.astype("float64").fillna(1.0).to_numpy(dtype=float).reshape(-1, 1)
