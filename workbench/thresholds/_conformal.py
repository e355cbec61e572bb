"""Conformal p-values and Benjamini-Hochberg: how sure a flag is, without assuming a shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Calibration", "benjamini_hochberg", "conformal_p_values", "doubts", "shift_weights"]

#: Significance of the checks: a clean, exchangeable reference is doubted this often by each.
DOUBT = 0.01
#: Fewer calibration rows carry no check.
FEWEST_CHECKED = 40
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
        Weight of a typical row among those judged.
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

    With weights each row judged counts like a typical one among them, not by its own ratio: that
    keeps the p-values monotone in the score, and keeps rows that are odd, and therefore far from
    the reference, from losing their own alarm. The rate is then met approximately.

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


def doubts(scores: np.ndarray) -> tuple[str, ...]:
    """Return what speaks against a clean, exchangeable reference; empty when nothing does.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n,)
        Scores of reference rows, out of sample, in the order in which the rows came.

    Notes
    -----
    Three checks: neighbours resemble each other (Ljung-Box on normal scores of the ranks), the
    first and the second half differ (Kolmogorov-Smirnov), and the upper tail is longer than that
    of a log-normal distribution, as when anomalies are among the rows. None can prove that a
    reference is clean: anomalies that score like normal rows stay unseen, and do little harm.
    """
    if len(scores) < FEWEST_CHECKED:
        return (f"{len(scores)} reference rows are too few to check them",)
    checks = (_resembling(scores), _drifting(scores), _long_tailed(scores))
    return tuple(found for found in checks if found)


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


def _long_tailed(scores: np.ndarray) -> str:
    middle, high = np.quantile(scores, [0.5, 0.9])
    if high <= middle:
        return ""
    # A log-normal distribution reaches 3.6 and 4.7 times as far; see docs/adr/0011.
    for level, most in ((0.99, 4.5), (0.995, 6.0)):
        reach = float((np.quantile(scores, level) - middle) / (high - middle))
        if reach > most:
            return (
                f"the {level:g} quantile of the reference scores lies {reach:.1f} times as far "
                "above their median as the 0.9 quantile: anomalies seem to be among them"
            )
    return ""


def shift_weights(
    reference: np.ndarray, judged: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, float]:
    """Return the likelihood ratio of each reference row, and the median of the rows judged.

    A logistic regression tells the two samples apart; its odds are the ratio of their densities.

    Parameters
    ----------
    reference, judged : numpy.ndarray of shape (n, d), (m, d)
        Prepared rows.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    both = np.vstack([reference, judged])
    which = np.repeat([0, 1], [len(reference), len(judged)])
    scaled = StandardScaler().fit_transform(both)
    model = LogisticRegression(C=0.1, max_iter=500, random_state=seed).fit(scaled, which)
    odds = np.exp(model.decision_function(scaled)) * len(reference) / len(judged)
    odds = np.clip(odds, 1.0 / LARGEST_WEIGHT, LARGEST_WEIGHT)
    return odds[: len(reference)], float(np.median(odds[len(reference) :]))
