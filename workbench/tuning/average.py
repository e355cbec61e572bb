"""The average of several detectors."""

from __future__ import annotations

import numpy as np

from workbench.tuning._ensemble import Ensemble, ensemble_tags

__all__ = ["Average"]


class Average(Ensemble):
    """Ranks as well as the best single detector without knowing which one that is.

    Parameters
    ----------
    members : sequence of str or dict, or text with commas
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``; with ``"weight"`` one
        counts more than the others.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale on which members are averaged.
    random_state : int
        Seed of the members.

    References
    ----------
    Aggarwal, Sathe: Theoretical foundations and algorithms for outlier ensembles, SIGKDD
    Explorations 2015.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> both = Average(["ecod", "pca"]).fit(X)
    >>> scores = both.decision_function([[0.0, 0.0], [7.0, 7.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = ensemble_tags("a robust choice when nobody knows which detector suits", "Aggarwal 2015")

    def _learn_weights(self, table: np.ndarray, agreement: np.ndarray, votes: np.ndarray) -> None:
        self.weights_ = votes / votes.sum()

    def _weights(self, table: np.ndarray) -> np.ndarray:
        return self.weights_
