"""Active learning: which rows to ask a person about next."""

from __future__ import annotations

import numpy as np

__all__ = ["informative_rows"]

#: Share of the questions that go to the highest scores: confirming what would be acted upon is
#: what anomaly detectors learn most from (Das et al.), the rest goes to where the model doubts.
GREEDY = 0.5
#: Rows that are considered in either kind, as a multiple of the questions.
CANDIDATES = 20


def informative_rows(
    probability: np.ndarray,
    scores: np.ndarray,
    values: np.ndarray,
    allowed: np.ndarray,
    count: int,
) -> np.ndarray:
    """Return rows whose labels would teach most, the most telling first.

    Half of them have the highest scores, half the probability nearest to one half; within each
    half rows are taken that are far from those taken already, so that no two questions are the
    same question.

    Parameters
    ----------
    probability, scores : numpy.ndarray of shape (n,)
        Calibrated probability of an anomaly, and anomaly score.
    values : numpy.ndarray of shape (n, d)
        Prepared rows, to tell how alike they are.
    allowed : numpy.ndarray of bool, shape (n,)
        Rows that may be asked about.
    count : int
        Questions; fewer are returned where fewer rows are allowed.

    References
    ----------
    Das, Wong, Dietterich, Fern, Emmott: Incorporating expert feedback into active anomaly
    discovery, ICDM 2016; Lewis, Gale: A sequential algorithm for training text classifiers,
    SIGIR 1994 (uncertainty sampling).

    Examples
    --------
    >>> scores = np.array([0.1, 0.9, 0.5, 0.2])
    >>> informative_rows(scores, scores, scores[:, None], np.ones(4, bool), 2).tolist()
    [1, 2]
    """
    rows = np.flatnonzero(allowed)
    if len(rows) == 0:
        return rows
    count = min(count, len(rows))
    spread = values.std(axis=0)
    scaled = values / np.where(spread > 0.0, spread, 1.0)
    doubt = np.abs(probability - 0.5)
    taken: list[int] = []
    # By score among equals: far below the threshold all rows are alike in doubt.
    orders = (
        rows[np.lexsort((doubt[rows], -scores[rows]))],
        rows[np.lexsort((-scores[rows], doubt[rows]))],
    )
    shares = (round(count * GREEDY) or 1, count)
    for order, until in zip(orders, shares, strict=True):
        candidates = [row for row in order[: CANDIDATES * count].tolist() if row not in set(taken)]
        _take_apart(candidates, scaled, taken, until)
    return np.array(taken, dtype=int)


def _take_apart(candidates: list[int], values: np.ndarray, taken: list[int], until: int) -> None:
    """Move rows from the candidates, best first, to those taken, skipping near repetitions."""
    while candidates and len(taken) < until:
        if not taken:
            taken.append(candidates.pop(0))
            continue
        apart = np.array(
            [np.linalg.norm(values[taken] - values[row], axis=1).min() for row in candidates]
        )
        # The first that is at least half as far from all taken as candidates usually are.
        far = np.flatnonzero(apart >= 0.5 * np.median(apart))
        taken.append(candidates.pop(int(far[0]) if far.size else 0))
