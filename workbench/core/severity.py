"""What a score means to people: a severity from 0 to 100, and how probable an anomaly is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["PUBLIC_SERIES", "PUBLIC_TABLES", "SeverityScale", "learn_chances"]

#: Share of labelled anomalies by distance from the threshold, on public data, as printed by
#: ``python tests/benchmarks/chances.py tabular`` and ``series``; docs/adr/0006 has the figures.
PUBLIC_TABLES = (
    (-1.0, 0.092), (-0.75, 0.222), (-0.5, 0.247), (-0.25, 0.295), (0.0, 0.355), (0.25, 0.426),
    (0.5, 0.431), (1.0, 0.431), (2.0, 0.431), (4.0, 0.431), (8.0, 0.457),
)  # fmt: skip
PUBLIC_SERIES = (
    (-1.0, 0.059), (-0.75, 0.114), (-0.5, 0.138), (-0.25, 0.158), (0.0, 0.193), (0.25, 0.237),
    (0.5, 0.277), (1.0, 0.277), (2.0, 0.325), (4.0, 0.37), (8.0, 0.39),
)  # fmt: skip

#: Distances where the curve of chances has its knots, in units of (threshold − centre).
KNOTS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
#: Labelled rows at each knot that a curve of one's own is drawn towards the one before by.
PRIOR_ROWS = 2.0
#: Nothing is certain: the least and the greatest probability.
LEAST, MOST = 0.01, 0.99


@dataclass(frozen=True)
class SeverityScale:
    """Turns scores into severities of 0-100 that keep their meaning on new data.

    The threshold maps to 25 and the scores' centre to 0. Beyond the threshold severities rise
    towards 100: one distance (threshold − centre) past it is 62, two are 75, nine are 92.

    Attributes
    ----------
    centre : float
        Median score of the fitted rows.
    curve : tuple of (float, float)
        Probability of an anomaly at some distances from the threshold, both rising.
    source : str
        Where the curve was learned.
    """

    centre: float
    curve: tuple[tuple[float, float], ...] = PUBLIC_TABLES
    source: str = "public labelled data"

    def distances(self, scores: np.ndarray, threshold: float) -> np.ndarray:
        """Return how far scores (n,) lie above the threshold, in units of its own height."""
        reach = max(threshold - self.centre, 1e-12 + 1e-9 * abs(threshold))
        return (np.asarray(scores, dtype=float) - threshold) / reach

    def severities(self, scores: np.ndarray, threshold: float) -> np.ndarray:
        """Return severities in [0, 100] for ``scores`` of shape (n,); monotone in the score."""
        distance = self.distances(scores, threshold)
        past = np.clip(distance, 0.0, None)
        above = 100.0 - 75.0 / (past + 1.0)  # never beyond 100, however it is rounded
        below = 25.0 * np.clip(1.0 + np.clip(distance, -1.0, 0.0), 0.0, 1.0) ** 4
        return np.where(distance > 0.0, above, below)

    def chances(self, scores: np.ndarray, threshold: float) -> np.ndarray:
        """Return the probability that rows with these scores (n,) are anomalies, in (0, 1)."""
        return self.chances_at(self.distances(scores, threshold))

    def chances_at(self, distance: np.ndarray) -> np.ndarray:
        """Return the probability of an anomaly at distances (n,) from the threshold."""
        at, chance = np.array(self.curve, dtype=float).T
        return np.interp(distance, at, chance)


def learn_chances(
    distance: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None = None,
    prior: SeverityScale | None = None,
) -> tuple[tuple[float, float], ...]:
    """Return a rising curve from distances beyond the threshold to the share of anomalies.

    Parameters
    ----------
    distance, labels : numpy.ndarray of shape (n,)
        Distance of each labelled row from the threshold, and 1 (anomaly) or 0.
    weights : numpy.ndarray of shape (n,), optional
        How much each row counts.
    prior : SeverityScale, optional
        Whose curve is kept where few rows are labelled.

    References
    ----------
    Zadrozny, Elkan: Transforming classifier scores into accurate multiclass probability
    estimates, KDD 2002 (isotonic regression).

    Examples
    --------
    >>> curve = learn_chances(np.array([-1.0, -1.0, 2.0, 2.0]), np.array([0, 0, 1, 1]))
    >>> [round(chance, 2) for _, chance in curve][::10]
    [0.01, 0.99]
    """
    from scipy.optimize import isotonic_regression

    distance = np.clip(distance, KNOTS[0], KNOTS[-1])
    weights = np.ones(len(distance)) if weights is None else weights
    if prior is not None:
        # As if some rows had been labelled at each knot just as the prior has it.
        expected = prior.chances_at(np.array(KNOTS))
        distance = np.concatenate([distance, KNOTS, KNOTS])
        labels = np.concatenate([labels, np.ones(len(KNOTS)), np.zeros(len(KNOTS))])
        shares = np.concatenate([expected, 1.0 - expected])
        weights = np.concatenate([weights, PRIOR_ROWS * shares])
    at, place = np.unique(distance, return_inverse=True)
    weight = np.bincount(place, weights)
    share = np.bincount(place, weights * labels) / weight
    fitted = isotonic_regression(share, weights=weight).x
    # Around each knot, so that a curve of many small steps is not read off at one of them.
    edges = [-np.inf, *((a + b) / 2.0 for a, b in zip(KNOTS, KNOTS[1:], strict=False)), np.inf]
    chances = [float(np.interp(knot, at, fitted)) for knot in KNOTS]
    for number, (low, high) in enumerate(zip(edges, edges[1:], strict=False)):
        near = (at > low) & (at <= high)
        if near.any():
            chances[number] = float(np.average(fitted[near], weights=weight[near]))
    chances = np.maximum.accumulate(np.clip(chances, LEAST, MOST)).tolist()
    return tuple((knot, round(chance, 3)) for knot, chance in zip(KNOTS, chances, strict=True))
