"""What can be asked of a detector without labels: does its ranking hold still?"""

from __future__ import annotations

import numpy as np

from workbench.metrics.agreement import rank_correlation

__all__ = ["stability"]

#: Share of the rows whose membership at the top is compared.
TOP = 0.05


def stability(first: np.ndarray, second: np.ndarray, random_state: int = 0) -> float:
    """Return how alike two scorings of the same rows are, in [0, 1]; 0.5 and less is chance.

    Half of it is the share that the two tops (5 % of the rows) have in common beyond chance, half
    the rank correlation of all rows. Tied rows are drawn by lot, for each scoring apart: a
    detector that says the same of all rows is not stable.

    Parameters
    ----------
    first, second : numpy.ndarray of shape (n,)
        Scores of the same rows by one detector that learned from two different samples.
    random_state : int

    References
    ----------
    Ma, Zhao, Zhang, Akoglu: The need for unsupervised outlier model selection, SIGKDD
    Explorations 2023, on how little such measures say about accuracy.

    Examples
    --------
    >>> stability(np.arange(100.0), np.arange(100.0))
    1.0
    """
    random = np.random.default_rng(random_state)
    k = max(1, round(TOP * len(first)))
    tops = [
        set(np.lexsort((random.random(len(scores)), -scores))[:k].tolist())
        for scores in (first, second)
    ]
    chance = k / len(first)
    shared = max(0.0, (len(tops[0] & tops[1]) / k - chance) / max(1.0 - chance, 1e-12))
    ordered = (rank_correlation(first, second) + 1.0) / 2.0
    return float((shared + ordered) / 2.0)
