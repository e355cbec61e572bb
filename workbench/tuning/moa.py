"""Maximum of average: the loudest bucket of members."""

from __future__ import annotations

import numpy as np

from workbench.tuning._buckets import Buckets
from workbench.tuning._ensemble import ensemble_tags

__all__ = ["Moa"]


class Moa(Buckets):
    """Alerts when a group of members agrees that a row is odd, whatever the others say.

    Parameters
    ----------
    members : sequence of str or dict, or text with commas
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale.
    n_buckets : int
        Random groups of members; each is averaged, and the largest counts.
    random_state : int
        Seed of the members and of the buckets.

    References
    ----------
    Aggarwal, Sathe: Theoretical foundations and algorithms for outlier ensembles, SIGKDD
    Explorations 2015.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = Moa(["ecod", "pca", "hbos"]).fit(X).decision_function([[0.0, 0.0], [7.0, 7.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = ensemble_tags("many members of unequal worth", "Aggarwal, Sathe 2015")

    def _weights(self, table: np.ndarray) -> np.ndarray:
        means = np.column_stack([table[:, bucket].mean(axis=1) for bucket in self.buckets_])
        loudest = means.argmax(axis=1)
        weights = np.zeros(table.shape)
        for number, bucket in enumerate(self.buckets_):
            weights[np.ix_(loudest == number, bucket)] = 1.0 / len(bucket)
        return weights
