"""The average of several detectors, weighted by how far each agrees with the others."""

from __future__ import annotations

import numpy as np

from workbench.tuning._ensemble import Ensemble, ensemble_tags

__all__ = ["Agreement"]


class Agreement(Ensemble):
    """Listens most to members that others confirm, so that one misfit does little harm.

    A member's weight is its mean rank correlation with the other members on the training rows.

    Parameters
    ----------
    members : sequence of str or dict, or text with commas
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale on which members are averaged.
    random_state : int
        Seed of the members.

    References
    ----------
    Zimek, Campello, Sander: Ensembles for unsupervised outlier detection, SIGKDD Explorations
    2014; Rayana, Akoglu: Less is more, TKDD 2016.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> both = Agreement(["ecod", "pca", "iforest"]).fit(X)
    >>> sorted(line["detector"] for line in both.leaderboard)
    ['ecod', 'iforest', 'pca']
    """

    tags = ensemble_tags("members among which one may not suit the data", "Zimek et al. 2014")

    def _learn_weights(self, table: np.ndarray, agreement: np.ndarray, votes: np.ndarray) -> None:
        trust = votes * np.clip(agreement, 1e-3, None)
        self.weights_ = trust / trust.sum()

    def _weights(self, table: np.ndarray) -> np.ndarray:
        return self.weights_
