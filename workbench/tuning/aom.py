"""Average of maximum: the mean over buckets of each bucket's loudest member."""

from __future__ import annotations

import numpy as np

from workbench.tuning._buckets import Buckets
from workbench.tuning._ensemble import ensemble_tags

__all__ = ["Aom"]


class Aom(Buckets):
    """Keeps what single members see and calms their noise; for five members and more.

    Parameters
    ----------
    members : sequence of str or dict, or text with commas
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale.
    n_buckets : int
        Random groups of members; each gives its maximum, and these are averaged.
    random_state : int
        Seed of the members and of the buckets.

    References
    ----------
    Aggarwal, Sathe: Theoretical foundations and algorithms for outlier ensembles, SIGKDD
    Explorations 2015.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = Aom(["ecod", "pca", "hbos"]).fit(X).decision_function([[0.0, 0.0], [7.0, 7.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = ensemble_tags("many members of unequal worth", "Aggarwal, Sathe 2015")

    def _weights(self, table: np.ndarray) -> np.ndarray:
        weights = np.zeros(table.shape)
        rows = np.arange(len(table))
        for bucket in self.buckets_:
            weights[rows, bucket[table[:, bucket].argmax(axis=1)]] = 1.0 / len(self.buckets_)
        return weights
