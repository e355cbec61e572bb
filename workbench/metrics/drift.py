"""How far a column has moved between two periods: one number in [0, 1], no labels needed."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = [
    "distribution_distance",
    "largest_gap",
    "maximum_mean_discrepancy",
    "population_stability",
    "wasserstein_distance",
]


def distribution_distance(before: pd.Series, now: pd.Series) -> float:
    """Return how unlike two samples of one column are; 0 alike, 1 with nothing in common.

    Numbers and dates: the largest gap between the empirical distributions (Kolmogorov-Smirnov).
    Everything else: the share of rows that would have to change category (total variation).
    Missing cells are left out; NaN where one side has none left. Rows of a series are alike, so
    that no p-value is given.

    Parameters
    ----------
    before, now : pandas.Series
        Of the same column.

    Examples
    --------
    >>> distribution_distance(pd.Series([1.0, 2.0]), pd.Series([3.0, 4.0]))
    1.0
    >>> distribution_distance(pd.Series(["a", "b"]), pd.Series(["a", "a"]))
    0.5
    """
    before, now = before.dropna(), now.dropna()
    if before.empty or now.empty:
        return float("nan")
    if pd.api.types.is_bool_dtype(before.dtype) or not _ordered(before) or not _ordered(now):
        shares = [side.astype(str).value_counts(normalize=True) for side in (before, now)]
        return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
    return largest_gap(_numbers(before), _numbers(now))


def largest_gap(before: np.ndarray, now: np.ndarray) -> float:
    """Return the largest gap between two empirical distributions (Kolmogorov-Smirnov).

    Parameters
    ----------
    before, now : numpy.ndarray of shape (n,), (m,)
        Finite numbers, at least one each.
    """
    first, second = np.sort(before), np.sort(now)
    every = np.concatenate([first, second])
    below = [np.searchsorted(side, every, side="right") / side.size for side in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def _ordered(values: pd.Series) -> bool:
    dtype = values.dtype
    numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    return numeric or pd.api.types.is_datetime64_any_dtype(dtype)


def _numbers(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return np.asarray(pd.to_datetime(values, utc=True).astype("int64"), dtype=float)
    return values.to_numpy(dtype=float)


def population_stability(before: np.ndarray, now: np.ndarray, bins: int = 10) -> float:
    """Return the population stability index of two samples of numbers; 0 alike.

    The bins are quantiles of the first sample. By the usual reading less than 0.1 is stable, more
    than 0.25 a large shift.

    Parameters
    ----------
    before, now : numpy.ndarray of shape (n,), (m,)
        Finite numbers.
    bins : int

    References
    ----------
    Yurdakul, Naranjo: Statistical properties of the population stability index, Journal of Risk
    Model Validation 2020.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> before, same = rng.normal(size=2000), rng.normal(size=2000)
    >>> population_stability(before, same) < 0.1 < 0.25 < population_stability(before, same + 1)
    True
    """
    edges = np.unique(np.quantile(before, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    shares = [
        (np.bincount(np.searchsorted(edges, side, side="right"), minlength=len(edges) + 1) + 0.5)
        / (len(side) + 0.5 * (len(edges) + 1))
        for side in (before, now)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def wasserstein_distance(before: np.ndarray, now: np.ndarray) -> float:
    """Return how far values have moved on average, in standard deviations of the first sample.

    Examples
    --------
    >>> round(wasserstein_distance(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])), 3)
    1.225
    """
    from scipy.stats import wasserstein_distance as moved

    spread = float(np.std(before))
    far = float(moved(before, now))
    return far / spread if spread > 0.0 else (0.0 if far == 0.0 else float("inf"))


def maximum_mean_discrepancy(
    before: np.ndarray, now: np.ndarray, most: int = 300, seed: int = 0
) -> float:
    """Return how unlike two samples of rows are as a whole: 0 alike, about 1 apart.

    With a Gaussian kernel as wide as the median distance of rows, on columns scaled by the first
    sample: it sees columns move against each other where each alone looks the same.

    Parameters
    ----------
    before, now : numpy.ndarray of shape (n, d), (m, d)
        Finite numbers.
    most : int
        Rows of each that are compared.
    seed : int
        Which rows.

    References
    ----------
    Gretton et al.: A kernel two-sample test, JMLR 2012.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one = rng.normal(size=(400, 1)) * [1.0, 1.0]
    >>> other = rng.normal(size=(400, 2))
    >>> maximum_mean_discrepancy(one, other) > 0.1
    True
    """
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(seed)
    spread = np.std(before, axis=0)
    spread[spread == 0.0] = 1.0
    some = [
        side[rng.choice(len(side), most, replace=False)] if len(side) > most else side
        for side in (before / spread, now / spread)
    ]
    whole = cdist(np.vstack(some), np.vstack(some), "sqeuclidean")
    width = float(np.median(whole[whole > 0.0])) if (whole > 0.0).any() else 1.0
    alike, first = np.exp(-whole / width), len(some[0])
    inside = [alike[:first, :first], alike[first:, first:]]
    own = sum((one.sum() - len(one)) / max(len(one) * (len(one) - 1), 1) for one in inside)
    return float(np.sqrt(max(0.0, own - 2.0 * alike[:first, first:].mean())))
