"""What would have to change: few features, as little as possible, verified by the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.core.reasons import Change, Counterfactual
from workbench.explainers.expectation import show_number
from workbench.explainers.sentence import show_value

__all__ = ["Choice", "find_change", "learn_choice", "tell_change"]

#: Features that a counterfactual may change, and features that are tried at all.
MOST_CHANGED, MOST_FEATURES = 4, 40
#: Values of one feature that are tried.
VALUES = 25
#: Similar normal rows whose values are taken over, feature by feature, where few do not do.
DONORS = 5
#: Copies of similar rows that are scored.
COPIES = 1_000
#: Values between a good and a bad one that are tried at once, twice.
SECTION = 16

Encode = Callable[[pd.DataFrame], np.ndarray]
Judge = Callable[[np.ndarray], np.ndarray]
Trial = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """Values of one feature that normal rows have.

    Attributes
    ----------
    values : tuple
        Original values; numbers in ascending order, categories most frequent first.
    actual : object
        The row's own value.
    scale : float
        What counts as one step: the width of the middle 90 % of normal values.
    numeric, whole : bool
        Whether values in between make sense, and whether only whole numbers do.
    """

    values: tuple[Any, ...]
    actual: Any
    scale: float = 1.0
    numeric: bool = False
    whole: bool = False

    def cost(self, value: Any) -> float:
        """Return how far a value is from the actual one, in steps; 1 for another category."""
        if not self.numeric or not _finite(self.actual):
            return 1.0
        return abs(float(value) - float(self.actual)) / self.scale

    @property
    def usual(self) -> bool:
        """Whether the actual value lies among the normal ones: then it is not what is odd."""
        if not self.between:
            return self.actual in self.values
        return bool(self.values and self.values[0] <= float(self.actual) <= self.values[-1])

    @property
    def between(self) -> bool:
        """Whether values between the actual and a normal one can be tried."""
        return self.numeric and _finite(self.actual)


def learn_choice(normal: pd.Series, actual: Any, *, numeric: bool) -> Choice:
    """Return the values of some normal rows that are worth trying.

    Parameters
    ----------
    normal : pandas.Series
        Values of one feature.
    actual : object
        The row's own value.
    numeric : bool
        Whether the values are plain numbers.
    """
    present = normal.dropna()
    if not numeric:
        counts = present.astype(object).value_counts()
        return Choice(tuple(counts.index[:VALUES]), actual)
    numbers = np.sort(pd.to_numeric(present, errors="coerce").to_numpy(float, na_value=np.nan))
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        return Choice((), actual)
    # Quantiles that are observed values; the odd ends of normal rows are left out.
    quantiles = np.linspace(0.01, 0.99, VALUES)
    values = np.unique(np.quantile(numbers, quantiles, method="nearest"))
    low, high = np.quantile(numbers, [0.05, 0.95])
    spread = float(high - low) or float(np.ptp(numbers)) or 1.0
    return Choice(tuple(values.tolist()), actual, spread, True, bool((numbers % 1 == 0).all()))


def find_change(
    encode: Encode,
    owner: dict[str, np.ndarray],
    judge: Judge,
    row: pd.DataFrame,
    choices: dict[str, Choice],
    donors: pd.DataFrame,
    threshold: float,
    place: int,
) -> Counterfactual:
    """Return the smallest change found that brings the row's score to the threshold or below.

    Sparse first: single features with observed normal values (an unusual one before a usual
    one, then the cheapest), widened to a range; then the best values added one feature after
    the other; at last, and told as such, the values of similar normal rows. Everything is
    scored by the model; what is told was scored. At most about 5,000 rows are scored.

    Parameters
    ----------
    encode : callable
        From rows like ``row`` to what the detector sees, (k, m); each column by itself.
    owner : dict of str to numpy.ndarray
        Columns of the encoded rows that belong to each feature.
    judge : callable
        From encoded rows to scores; the fitted model.
    row : pandas.DataFrame
        The one row, original values.
    choices : dict of str to Choice
        Features in the order in which they are tried, the most suspicious first.
    donors : pandas.DataFrame
        Similar normal rows, most similar first.
    threshold : float
        Score that must not be exceeded.
    place : int
        Position of the row in the data, for the answer.
    """
    search = _Search(encode, owner, judge, row, choices, threshold)
    found = search.single() or search.greedy()
    if found is not None:
        changes, trial = found
        words = tell_change(changes)
    else:
        trial, donor = search.copied(donors)
        if not trial:
            words = (
                f"No change was found that makes it usual: {search.tried:,} were scored, of up to "
                f"{MOST_CHANGED} features, and with the values of similar normal rows."
            )
            return Counterfactual((), (place,), None, words, search.tried)
        changes = tuple(_change(name, choices[name], value, value) for name, value in trial.items())
        words = tell_copy(changes, len(choices), donor)
    score = float(search.scores([trial])[0])
    return Counterfactual(changes, (place,), score, words, search.tried)


def tell_copy(changes: tuple[Change, ...], features: int, donor: Any) -> str:
    """Return in a sentence that many features would have to change, those of a similar row."""
    if len(changes) <= MOST_CHANGED:
        return tell_change(changes)
    return (
        f"No change of up to {MOST_CHANGED} features was found that makes it usual: it would be "
        f"with {len(changes)} of its {features} features as in the similar normal row {donor}."
    )


def tell_change(changes: tuple[Change, ...], when: str = "") -> str:
    """Return a counterfactual in a sentence.

    Examples
    --------
    >>> tell_change((Change("flow", 93.0, 12.0, 14.0, "12 to 14"),))
    'Within the expected range if flow were 12 to 14.'
    """
    told = [f"{change.feature} were {change.to}" for change in changes]
    joined = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    return f"Within the expected range if {joined}{when}."


class _Search:
    """Scores changed rows and remembers how many."""

    def __init__(
        self,
        encode: Encode,
        owner: dict[str, np.ndarray],
        judge: Judge,
        row: pd.DataFrame,
        choices: dict[str, Choice],
        threshold: float,
    ) -> None:
        self.encode, self.owner, self.judge, self.row = encode, owner, judge, row
        self.all = choices
        names = [name for name in choices if choices[name].values][:MOST_FEATURES]
        self.choices = {name: choices[name] for name in names}
        self.threshold = threshold
        self.tried = 0
        self.actual = encode(row)[0]
        self.known: dict[tuple[str, Any], np.ndarray] = {}
        self._learn([(n, value) for n, choice in self.choices.items() for value in choice.values])

    def scores(self, trials: list[Trial]) -> np.ndarray:
        self.tried += len(trials)
        self._learn([pair for trial in trials for pair in trial.items()])
        rows = np.tile(self.actual, (len(trials), 1))
        for place, trial in enumerate(trials):
            for name, value in trial.items():
                rows[place, self.owner[name]] = self.known[name, _key(value)]
        return self.judge(rows)

    def _learn(self, pairs: list[tuple[str, Any]]) -> None:
        """Encode values that are new, those of different features side by side."""
        new: dict[str, dict[Any, Any]] = {}
        for name, value in pairs:
            if (name, _key(value)) not in self.known:
                new.setdefault(name, {})[_key(value)] = value
        if not new:
            return
        count = max(len(values) for values in new.values())
        frame = self.row.iloc[np.zeros(count, dtype=int)].reset_index(drop=True)
        columns = {name: frame[name] for name in frame.columns}
        for name, values in new.items():
            filled = [*values.values(), *[self.row[name].iloc[0]] * (count - len(values))]
            columns[name] = pd.Series(filled, dtype=object).infer_objects()
        encoded = self.encode(pd.DataFrame(columns, index=frame.index))
        for name, values in new.items():
            for place, key in enumerate(values):
                self.known[name, key] = encoded[place, self.owner[name]]

    def single(self) -> tuple[tuple[Change, ...], Trial] | None:
        """Change one feature: the cheapest way, as a range where there is one."""
        trials = [(name, value) for name, choice in self.choices.items() for value in choice.values]
        if not trials:
            return None
        good = self.scores([{name: value} for name, value in trials]) <= self.threshold
        if not good.any():
            return None
        passing = [
            (self.choices[name].usual, self.choices[name].cost(value), number)
            for number, (name, value) in enumerate(trials)
            if good[number]
        ]
        name, value = trials[min(passing)[2]]
        choice = self.choices[name]
        if not choice.between:
            return (_change(name, choice, value, value),), {name: value}
        mine = {v: bool(ok) for (n, v), ok in zip(trials, good.tolist(), strict=True) if n == name}
        low, high = self._widened({}, name, float(value), mine)
        near = low if abs(low - choice.actual) <= abs(high - choice.actual) else high
        return (_change(name, choice, low, high),), {name: near}

    def _widened(
        self, others: Trial, name: str, value: float, known: dict[Any, bool]
    ) -> tuple[float, float]:
        """Return the range around a good value: to the next bad one, nearest to the actual."""
        choice = self.choices[name]
        actual = float(choice.actual)
        # The side away from the actual value ends at the last observed value that does.
        away = sorted((v for v in known if (v - actual) * (value - actual) > 0), key=choice.cost)
        far = value
        for other in away[away.index(value) :] if value in away else []:
            if not known[other]:
                break
            far = other
        near = self._toward(others, name, value)
        low, high = sorted((near, far))
        return self._rounded(others, name, low, high)

    def _toward(self, others: Trial, name: str, value: float) -> float:
        """Return the good value nearest to the actual one, by cutting the way there twice."""
        choice = self.choices[name]
        good, bad = value, float(choice.actual)
        nudged = bad + 1e-6 * (value - bad)
        if self.scores([{**others, name: nudged}])[0] <= self.threshold:
            return value  # the model knows this very row: a hair's breadth says nothing
        for _ in range(2):
            steps = good + (bad - good) * np.arange(1, SECTION) / SECTION
            if choice.whole:
                steps = np.unique(np.round(steps))[:: 1 if bad > good else -1]
            if steps.size == 0:
                break
            passes = self.scores([{**others, name: step} for step in steps.tolist()])
            failing = np.flatnonzero(passes > self.threshold)
            first = int(failing[0]) if failing.size else len(steps)
            bad = float(steps[first]) if failing.size else bad
            good = float(steps[first - 1]) if first else good
        return good

    def _rounded(self, others: Trial, name: str, low: float, high: float) -> tuple[float, float]:
        """Return the range with few digits, inwards, where the model still agrees."""
        choice = self.choices[name]
        if choice.whole:
            return low, high
        for digits in (2, 3, 4):
            step = 10.0 ** (np.floor(np.log10(max(abs(low), abs(high), 1e-300))) - digits + 1)
            inner = (float(np.ceil(low / step) * step), float(np.floor(high / step) * step))
            if low == high:  # a single value moves away from the actual one
                inner = (inner[0],) * 2 if low > float(choice.actual) else (inner[1],) * 2
                if abs(inner[0] - low) > 0.05 * choice.scale:
                    continue
            elif inner[0] > inner[1] or inner[1] - inner[0] < 0.7 * (high - low):
                continue
            exact = [float(f"{end:.{digits}g}") for end in inner]
            if (self.scores([{**others, name: e} for e in exact]) <= self.threshold).all():
                return exact[0], exact[1]
        return low, high

    def greedy(self) -> tuple[tuple[Change, ...], Trial] | None:
        """Add the value that lowers the score most, one feature after the other."""
        made: Trial = {}
        while len(made) < MOST_CHANGED:
            trials = [
                {**made, name: value}
                for name, choice in self.choices.items()
                if name not in made
                for value in choice.values
            ]
            if not trials:
                return None
            scores = self.scores(trials)
            made = trials[int(scores.argmin())]
            if scores.min() <= self.threshold:
                return self._slim(made)
        return None

    def copied(self, donors: pd.DataFrame) -> tuple[Trial, Any]:
        """Take over values from a similar normal row, as few as will do, and name the row."""
        few = donors.iloc[:DONORS]
        changes = [
            {
                name: few[name].iloc[place]
                for name in self.all
                if not _same(few, place, self.row, name)
            }
            for place in range(len(few))
        ]
        trials = [
            (dict(list(change.items())[:count]), place)
            for count in range(1, len(self.all) + 1)
            for place, change in enumerate(changes)
            if count <= len(change)
        ][:COPIES]
        if not trials:
            return {}, None
        good = np.flatnonzero(self.scores([trial for trial, _ in trials]) <= self.threshold)
        if not good.size:
            return {}, None
        made, place = trials[int(good[0])]
        # From the least suspicious on: what is not needed stays as it is.
        for name in list(reversed(made))[:MOST_FEATURES]:
            rest = {other: value for other, value in made.items() if other != name}
            if rest and self.scores([rest])[0] <= self.threshold:
                made = rest
        return made, few.index[place]

    def _slim(self, made: Trial) -> tuple[tuple[Change, ...], Trial]:
        """Leave out what is not needed, and bring the rest as near as it may stay."""
        for name in list(made):
            rest = {other: value for other, value in made.items() if other != name}
            if rest and self.scores([rest])[0] <= self.threshold:
                made = rest
        for name, choice in self.choices.items():
            if name in made and choice.between and _finite(made[name]):
                others = {other: value for other, value in made.items() if other != name}
                near = self._toward(others, name, float(made[name]))
                made = {**others, name: self._rounded(others, name, near, near)[0]}
        changes = [
            _change(name, self.choices[name], made[name], made[name])
            for name in self.choices
            if name in made
        ]
        return tuple(changes), made


def _change(name: str, choice: Choice, low: Any, high: Any) -> Change:
    if not choice.numeric:
        return Change(name, _plain(choice.actual), None, None, show_value(low))
    first, last = show_number(low), show_number(high)
    words = first if first == last else f"{first} to {last}"
    return Change(name, _plain(choice.actual), float(low), float(high), words)


def _key(value: Any) -> Any:
    return "missing" if value is None or value is pd.NaT or value != value else value


def _same(donors: pd.DataFrame, place: int, row: pd.DataFrame, name: str) -> bool:
    return bool(_key(donors[name].iloc[place]) == _key(row[name].iloc[0]))


def _finite(value: Any) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except (TypeError, ValueError):
        return False


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
