"""Conformal p-values and Benjamini-Hochberg: how sure a flag is, without assuming a shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "Calibration",
    "benjamini_hochberg",
    "conformal_p_values",
    "doubts",
    "moved",
    "shift_weights",
]

#: Significance of the checks: a clean, exchangeable reference is doubted this often by each.
DOUBT = 0.01
#: Fewer calibration rows carry no check.
FEWEST_CHECKED = 40
#: A sample of so many rows is looked at for anomalies among them.
MOST_CHECKED = 5_000
#: Largest weight of a row under covariate shift; beyond it a few rows would decide alone.
LARGEST_WEIGHT = 20.0


@dataclass(frozen=True)
class Calibration:
    """Scores of reference rows that the scoring model did not learn from.

    Attributes
    ----------
    scores : numpy.ndarray of shape (n,)
        In the order of the reference.
    weights : numpy.ndarray of shape (n,), optional
        Likelihood ratio of each row between the data judged and the reference (covariate shift).
    own_weight : float
        Weight that each of the rows judged counts with.
    doubts : tuple of str
        Why the reference does not look clean and exchangeable; empty when nothing speaks
        against it.
    """

    scores: np.ndarray
    weights: np.ndarray | None = None
    own_weight: float = 1.0
    doubts: tuple[str, ...] = ()


def conformal_p_values(scores: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Return the chance that a clean row scores at least as high, (n,) in (0, 1].

    With weights all rows judged count alike, cautiously, not each by its own ratio: that keeps
    the p-values monotone in the score, and keeps rows that are odd, and therefore far from the
    reference, from losing their own alarm. The rate is then met approximately.

    References
    ----------
    Bates et al.: Testing for outliers with conformal p-values, Annals of Statistics 2023;
    Tibshirani et al.: Conformal prediction under covariate shift, NeurIPS 2019.

    Examples
    --------
    >>> conformal_p_values(np.array([0.0, 9.0]), Calibration(np.arange(9.0))).tolist()
    [1.0, 0.1]
    """
    order = np.argsort(calibration.scores)
    known = calibration.scores[order]
    if calibration.weights is None:
        above = len(known) - np.searchsorted(known, scores, side="left")
        return np.asarray((above + 1.0) / (len(known) + 1.0))
    weight = calibration.weights[order]
    from_here = np.concatenate([np.cumsum(weight[::-1])[::-1], [0.0]])
    above = from_here[np.searchsorted(known, scores, side="left")]
    own = calibration.own_weight
    return np.asarray((above + own) / (from_here[0] + own))


def benjamini_hochberg(p_values: np.ndarray, rate: float) -> float:
    """Return the largest p-value that may be called a discovery, or 0 when none may.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.001, 0.02, 0.5, 0.9]), 0.1)
    0.02
    """
    ranked = np.sort(p_values)
    passed = np.flatnonzero(ranked <= rate * np.arange(1, len(ranked) + 1) / len(ranked))
    return float(ranked[passed[-1]]) if passed.size else 0.0


def doubts(scores: np.ndarray, rows: np.ndarray | None = None) -> tuple[str, ...]:
    """Return what speaks against a clean, exchangeable reference; empty when nothing does.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n,)
        Scores of reference rows, out of sample, in the order in which the rows came.
    rows : numpy.ndarray of shape (n, d), optional
        The prepared rows themselves.

    Notes
    -----
    Three checks: neighbours resemble each other (Ljung-Box on normal scores of the ranks), the
    first and the second half differ (Kolmogorov-Smirnov), and the distances of the rows to the
    bulk have a second hill, as when a group of anomalies is among them. None can prove that a
    reference is clean: anomalies that look like normal rows stay unseen, and do little harm.
    """
    if len(scores) < FEWEST_CHECKED:
        return (f"{len(scores)} reference rows are too few to check them",)
    checks = (
        _resembling(scores),
        _drifting(scores),
        "" if rows is None else _contaminated(rows),
    )
    return tuple(found for found in checks if found)


def moved(
    reference: np.ndarray, scores: np.ndarray, judged: np.ndarray, judged_scores: np.ndarray
) -> str:
    """Return whether the bulk of the rows judged is distributed unlike the reference; or "".

    Only rows that score below the reference's 0.8 quantile are compared, column by column, so
    that anomalies among the rows judged do not count as a shift.
    """
    from scipy.stats import ks_2samp

    cut = np.quantile(scores, 0.8)
    known, new = reference[scores <= cut], judged[judged_scores <= cut]
    if len(new) < FEWEST_CHECKED:
        few = len(judged) < FEWEST_CHECKED
        return "" if few else "hardly any row judged scores as low as the reference does"
    chances = [ks_2samp(a, b).pvalue for a, b in zip(known.T, new.T, strict=True)]
    least = min(1.0, float(min(chances)) * len(chances))
    if least >= DOUBT:
        return ""
    return (
        "the rows judged are distributed unlike the reference (Kolmogorov-Smirnov "
        f"p = {least:.2g}); shift=True weights the reference for that"
    )


def _resembling(scores: np.ndarray) -> str:
    from scipy.stats import chi2, norm, rankdata

    size = len(scores)
    lags = min(10, size // 5)
    values = norm.ppf(rankdata(scores) / (size + 1.0))
    power = float(values @ values)
    if power <= 0.0:
        return ""
    own = np.array([float(values[lag:] @ values[:-lag]) / power for lag in range(1, lags + 1)])
    statistic = size * (size + 2) * float((own**2 / (size - np.arange(1, lags + 1))).sum())
    chance = float(chi2.sf(statistic, lags))
    if chance >= DOUBT:
        return ""
    return f"neighbouring reference rows score alike (Ljung-Box p = {chance:.2g})"


def _drifting(scores: np.ndarray) -> str:
    from scipy.stats import ks_2samp

    half = len(scores) // 2
    chance = float(ks_2samp(scores[:half], scores[half:]).pvalue)
    if chance >= DOUBT:
        return ""
    return (
        f"the reference's second half scores unlike its first (Kolmogorov-Smirnov p = {chance:.2g})"
    )


def _contaminated(rows: np.ndarray) -> str:
    """Look for a group of rows far from the bulk, by a detector that does not learn from groups."""
    from workbench.detectors.sampled_knn import SampledKnn

    if len(rows) > MOST_CHECKED:
        some = np.random.default_rng(0).choice(len(rows), MOST_CHECKED, replace=False)
        rows = rows[np.sort(some)]
    far = SampledKnn().fit_score(rows)
    beyond = _second_hill(far)
    if beyond == 0:
        return ""
    return f"{beyond} of {len(rows)} reference rows lie apart from the rest: anomalies, it seems"


def _second_hill(scores: np.ndarray) -> int:
    """Return how many scores lie beyond a valley of the density right of its main hill, or 0.

    The hill behind the valley is at least twice as high as its floor, and holds at least 1 % of
    the scores and five of them. On logarithms, where long smooth tails show no valley.
    """
    from scipy.ndimage import gaussian_filter1d

    least = float(scores.min())
    size = np.log(scores - least + max(float(np.median(scores)) - least, 1e-300))
    spread = float(np.subtract(*np.percentile(size, [75, 25]))) / 1.349
    width = 0.9 * spread * len(size) ** -0.2
    if not width > 0.0:
        return 0
    counts, edges = np.histogram(size, bins=1024, range=(size.min(), size.max() + 3 * width))
    density = gaussian_filter1d(counts.astype(float), max(width / (edges[1] - edges[0]), 0.5))
    main = int(density.argmax())
    behind = np.maximum.accumulate(density[::-1])[::-1]
    beyond = len(size) - np.cumsum(counts)
    enough = beyond >= max(5, 0.01 * len(size))
    valley = enough & (behind > 2.0 * density) & (behind > 0.01 * density[main])
    valley[: main + 1] = False
    return int(beyond[np.flatnonzero(valley)[0]]) if valley.any() else 0


def shift_weights(
    reference: np.ndarray,
    scores: np.ndarray,
    judged: np.ndarray,
    judged_scores: np.ndarray,
    seed: int = 0,
) -> tuple[np.ndarray, float]:
    """Return the likelihood ratio of each reference row, and a cautious one for the rows judged.

    A logistic regression tells the two samples apart; its odds are the ratio of their densities.
    It learns from rows below the reference's 0.9 quantile of scores: anomalies are no shift. The
    rows judged all get the 0.9 quantile of the ratios among them.

    Parameters
    ----------
    reference, judged : numpy.ndarray of shape (n, d), (m, d)
        Prepared rows.
    scores, judged_scores : numpy.ndarray of shape (n,), (m,)
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    cut = np.quantile(scores, 0.9)
    known, new = reference[scores <= cut], judged[judged_scores <= cut]
    if len(new) < FEWEST_CHECKED:
        return np.ones(len(reference)), 1.0
    scaler = StandardScaler().fit(np.vstack([known, new]))
    model = LogisticRegression(C=0.1, max_iter=500, random_state=seed)
    which = np.repeat([0, 1], [len(known), len(new)])
    model.fit(scaler.transform(np.vstack([known, new])), which)

    def ratios(rows: np.ndarray) -> np.ndarray:
        odds = np.exp(model.decision_function(scaler.transform(rows))) * len(known) / len(new)
        return np.clip(odds, 1.0 / LARGEST_WEIGHT, LARGEST_WEIGHT)

    return ratios(reference), float(np.quantile(ratios(new), 0.9))
