"""FastMCD: the half of the rows whose covariance has the smallest determinant, in NumPy."""

from __future__ import annotations

import numpy as np

__all__ = ["robust_covariance"]

#: Rows a subset, subsets, and random starts in all (Rousseeuw, Van Driessen 1999, section 3.3).
SUBSET, SUBSETS, STARTS = 300, 5, 500
#: Starts where there is one subset only.
FEW_STARTS = 100
#: Candidates kept from a subset, and steps taken before they are compared.
BEST, FIRST_STEPS = 10, 2
#: Most steps to convergence.
STEPS = 30
#: Variance, beside the largest, up to which a direction counts as not varying.
SINGULAR = 1e-10
#: Share of normal rows that the reweighting leaves out.
LEFT_OUT = 0.025

Estimate = tuple[float, np.ndarray, np.ndarray]


def robust_covariance(X: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return location (d,) and covariance (d, d) of the bulk of the rows, reweighted.

    Random starts are improved on subsets, the best of them on the union of the subsets, and
    those that still differ on all rows. scikit-learn takes a subset for every 300 rows instead,
    and thousands of candidates with them. The last two steps, consistency and reweighting, are
    scikit-learn's.

    Parameters
    ----------
    X : numpy.ndarray of shape (n, d)
    seed : int
        Seed of the subsets and starts.

    References
    ----------
    Rousseeuw, Van Driessen: A fast algorithm for the minimum covariance determinant estimator,
    Technometrics 1999; Croux, Haesbroeck: Influence function and efficiency of the MCD scatter
    matrix estimator, Journal of Multivariate Analysis 1999.
    """
    rows, width = X.shape
    half = min((rows + width + 2) // 2, rows)
    # Centred and scaled: the determinant must not drown in the units.
    middle, spread = np.median(X, axis=0), X.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    Z = (X - middle) / spread
    # A column in which half of the rows are equal (a flag, a category) would be the whole answer:
    # an ellipsoid without width in it. It takes no part in the search.
    moving = (Z == 0.0).mean(axis=0) < 0.5
    kept = np.ones(rows, dtype=bool)
    if moving.any():
        kept = _bulk(Z[:, moving], half, width, seed)
    centre, covariance = _moments(Z[kept])
    if moving.any():
        covariance = covariance * _consistency(width, 1.0 - LEFT_OUT)
    return middle + spread * centre, covariance * np.outer(spread, spread)


def _bulk(Z: np.ndarray, half: int, width: int, seed: int) -> np.ndarray:
    """Return which rows lie in the ellipsoid that holds all but 2.5 % of ``width`` normal columns.

    ``width`` counts the columns that take no part in the search, too: they leave room.
    """
    from scipy.stats import chi2

    rows = len(Z)
    _, centre, covariance = _shortest(Z, half) if Z.shape[1] == 1 else _search(Z, half, seed)
    apart = _distances(Z, centre, _inverse(covariance)[0]) / _consistency(width, half / rows)
    kept = apart < chi2(width).isf(LEFT_OUT)
    return np.asarray(kept if kept.sum() > width else apart <= np.sort(apart)[half - 1])


def _search(Z: np.ndarray, half: int, seed: int) -> Estimate:
    random = np.random.default_rng(seed)
    rows = len(Z)
    if rows < 2 * SUBSET:
        found = _started(Z, half, FEW_STARTS, random)
        return min((_settled(Z, half, each) for each in found), key=_size)
    count = min(SUBSETS, rows // SUBSET)
    order = random.permutation(rows)[: count * SUBSET]
    share = half / rows
    candidates = []
    for part in np.split(order, count):
        candidates += _started(Z[part], int(np.ceil(share * SUBSET)), STARTS // count, random)
    merged = Z if rows <= SUBSET * SUBSETS else Z[order]
    most = half if merged is Z else int(np.ceil(share * len(order)))
    better = _distinct([_settled(merged, most, each) for each in candidates])
    return min((_settled(Z, half, each) for each in better), key=_size)


def _started(Z: np.ndarray, half: int, starts: int, random: np.random.Generator) -> list[Estimate]:
    """Return the best candidates of some random starts.

    A start is half of the rows, as in scikit-learn: starts of d + 1 rows, as in the paper, find
    smaller determinants in small or singular clusters, and rank real anomalies worse.
    """
    found = []
    for _ in range(starts):
        centre, covariance = _moments(Z[random.permutation(len(Z))[:half]])
        found.append(_settled(Z, half, (np.inf, centre, covariance), FIRST_STEPS))
    return sorted(found, key=_size)[:BEST]


def _settled(Z: np.ndarray, half: int, start: Estimate, steps: int = STEPS) -> Estimate:
    """Take the closest rows and their moments in turn until the determinant stays."""
    inverse, _ = _inverse(start[2])
    best: Estimate = (np.inf, start[1], start[2])
    for _ in range(steps):
        apart = _distances(Z, best[1], inverse)
        centre, covariance = _moments(Z[np.argpartition(apart, half - 1)[:half]])
        inverse, size = _inverse(covariance)
        if np.isneginf(size):
            return size, centre, covariance
        if not size < best[0] - 1e-10 * abs(size):
            return best if best[0] <= size else (size, centre, covariance)
        best = (size, centre, covariance)
    return best


def _distinct(found: list[Estimate]) -> list[Estimate]:
    """Return the best few candidates, equals once: most have met in the same place."""
    kept: list[Estimate] = []
    for each in sorted(found, key=_size):
        if all(not np.isclose(each[0], other[0], rtol=1e-9, atol=1e-9) for other in kept):
            kept.append(each)
    return kept[:BEST]


def _shortest(Z: np.ndarray, half: int) -> Estimate:
    """One column: of all runs of ordered values the one that varies least."""
    ordered = np.sort(Z[:, 0])
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    squares = np.concatenate([[0.0], np.cumsum(ordered**2)])
    means = (sums[half:] - sums[:-half]) / half
    spread = (squares[half:] - squares[:-half]) / half - means**2
    best = int(spread.argmin())
    centre, covariance = _moments(ordered[best : best + half, None])
    return 0.0, centre, covariance


def _size(estimate: Estimate) -> float:
    return estimate[0]


def _moments(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre = rows.mean(axis=0)
    centred = rows - centre
    return centre, centred.T @ centred / len(rows)


def _inverse(covariance: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the pseudo-inverse and the logarithm of the determinant, −inf where it is singular.

    Directions that do not vary are left out of it, so that a half of the rows that lies in a
    plane by chance does not turn all others into anomalies.
    """
    variance, directions = np.linalg.eigh(covariance)
    varies = variance > SINGULAR * max(float(variance[-1]), 1e-300)
    inverse = np.where(varies, 1.0 / np.where(varies, variance, 1.0), 0.0)
    size = float(np.log(variance).sum()) if varies.all() else -np.inf
    return (directions * inverse) @ directions.T, size


def _distances(Z: np.ndarray, centre: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    centred = Z - centre
    return np.asarray(np.einsum("ij,ij->i", centred @ inverse, centred))


def _consistency(width: int, share: float) -> float:
    """Return what makes the covariance of the closest ``share`` of normal rows that of all."""
    from scipy.stats import chi2

    if share >= 1.0:
        return 1.0
    return float(share / chi2(width + 2).cdf(chi2(width).ppf(share)))
