"""What figures over several sets allow to say: mean ranks, Friedman, Nemenyi, Wilcoxon, Holm."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Pair", "Ranking", "holm", "rank_detectors"]


@dataclass(frozen=True)
class Pair:
    """Two detectors on the sets that both finished.

    Attributes
    ----------
    better, other : str
        The one with the better mean rank first.
    gain : float
        Mean difference of the metric.
    error : float
        Standard error of the gain; NaN with one set.
    won, lost : int
        Sets on which ``better`` is ahead, and behind.
    p_value : float
        Wilcoxon's signed-rank test, corrected by Holm over all pairs.
    """

    better: str
    other: str
    gain: float
    error: float
    won: int
    lost: int
    p_value: float


@dataclass(frozen=True)
class Ranking:
    """Mean ranks of detectors over sets, and which differences are more than chance.

    Attributes
    ----------
    ranks : dict of str to float
        Mean rank, best first; 1 would be best on every set.
    sets : int
    level : float
        Chance of a false difference that is accepted.
    statistic, p_value : float
        Friedman's test that all detectors are alike; NaN with fewer than three detectors or
        two sets.
    critical_difference : float
        Nemenyi: mean ranks that lie further apart than this differ.
    pairs : tuple of Pair
    """

    ranks: dict[str, float]
    sets: int
    level: float
    statistic: float
    p_value: float
    critical_difference: float
    pairs: tuple[Pair, ...]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """Largest runs of detectors, by rank, that the critical difference cannot tell apart."""
        names, values = list(self.ranks), list(self.ranks.values())
        found: list[tuple[int, int]] = []
        for start, value in enumerate(values):
            end = sum(other <= value + self.critical_difference for other in values)
            if end - start > 1 and not any(low <= start and end <= high for low, high in found):
                found.append((start, end))
        return [tuple(names[start:end]) for start, end in found]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values."""
        return {
            "mean_ranks": self.ranks,
            "sets": self.sets,
            "level": self.level,
            "friedman_p": self.p_value,
            "critical_difference": self.critical_difference,
            "not_told_apart": [list(group) for group in self.groups],
            "pairs": [vars(pair) for pair in self.pairs],
        }


def rank_detectors(figures: pd.DataFrame, level: float = 0.05) -> Ranking:
    """Return mean ranks over sets with Friedman's, Nemenyi's and Wilcoxon's tests.

    Parameters
    ----------
    figures : pandas.DataFrame of shape (sets, detectors)
        A metric, higher is better. A missing value (the detector failed) ranks last on its set,
        and leaves the pair out of Wilcoxon's test there.
    level : float
        Chance of a false difference that is accepted.

    Raises
    ------
    DataError
        There are no figures.

    References
    ----------
    Demšar: Statistical comparisons of classifiers over multiple data sets, JMLR 2006;
    Benavoli et al.: Should we really use post-hoc tests based on mean-ranks?, JMLR 2016 (why
    the pairs are tested by Wilcoxon, too).

    Examples
    --------
    >>> import pandas as pd
    >>> rank_detectors(pd.DataFrame({"a": [0.9, 0.8], "b": [0.7, 0.8]})).ranks
    {'a': 1.25, 'b': 1.75}
    """
    from scipy.stats import rankdata, studentized_range

    figures = figures.dropna(how="all")
    if not figures.size:
        raise DataError("There are no figures to rank: no detector finished a labelled set.")
    values = figures.fillna(-np.inf).to_numpy(dtype=np.float64)
    sets, count = values.shape
    # Rounded, so that sums taken in another order still tie.
    ranks = rankdata(-np.round(values, 12), axis=1)
    mean = ranks.mean(axis=0)
    statistic, p_value = _friedman(ranks)
    reach = float("inf")
    if count > 1:
        scale = float(np.sqrt(count * (count + 1) / (6.0 * sets)))
        reach = float(studentized_range.ppf(1.0 - level, count, np.inf)) / np.sqrt(2.0) * scale
    order = np.argsort(mean, kind="stable")
    names = [str(figures.columns[place]) for place in order]
    return Ranking(
        dict(zip(names, mean[order].tolist(), strict=True)),
        sets,
        level,
        statistic,
        p_value,
        float(reach),
        _pairs(figures.to_numpy(dtype=np.float64)[:, order], names),
    )


def _friedman(ranks: np.ndarray) -> tuple[float, float]:
    """Return Iman and Davenport's form of Friedman's test: less timid, as Demšar advises."""
    from scipy.stats import f, friedmanchisquare

    sets, count = ranks.shape
    if count < 3 or sets < 2:
        return float("nan"), float("nan")
    if not np.ptp(ranks, axis=1).any():
        return 0.0, 1.0  # every set ties all: nothing speaks for a difference
    plain = float(friedmanchisquare(*ranks.T).statistic)
    room = sets * (count - 1) - plain
    statistic = (sets - 1) * plain / room if room > 1e-12 else float("inf")
    return statistic, float(f.sf(statistic, count - 1, (count - 1) * (sets - 1)))


def _pairs(values: np.ndarray, names: list[str]) -> tuple[Pair, ...]:
    made = []
    for first, second in combinations(range(len(names)), 2):
        gain = values[:, first] - values[:, second]
        gain = np.round(gain[np.isfinite(gain)], 12)
        error = float(gain.std(ddof=1) / np.sqrt(gain.size)) if gain.size > 1 else float("nan")
        mean = float(gain.mean()) if gain.size else float("nan")
        won, lost = int((gain > 0).sum()), int((gain < 0).sum())
        made.append((names[first], names[second], mean, error, won, lost, _wilcoxon(gain)))
    corrected = holm([pair[-1] for pair in made])
    return tuple(Pair(*pair[:-1], p) for pair, p in zip(made, corrected, strict=True))


def _wilcoxon(gain: np.ndarray) -> float:
    from scipy.stats import wilcoxon

    if not gain.any():
        return 1.0
    # The exact distribution where it applies; with ties scipy goes over to the normal one.
    return float(wilcoxon(gain, zero_method="wilcox").pvalue)


def holm(p_values: list[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down procedure.

    References
    ----------
    Holm: A simple sequentially rejective multiple test procedure, 1979.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    corrected = np.empty(len(p_values))
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - place)))
        corrected[index] = largest
    return [float(p) for p in corrected]
