"""The loudest of several detectors."""

from __future__ import annotations

import numpy as np

from workbench.tuning._ensemble import Ensemble, ensemble_tags

__all__ = ["Maximum"]


class Maximum(Ensemble):
    """Alerts when any of its members does: for members that look at different things.

    Parameters
    ----------
    members : sequence of str or dict, or text with commas
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale on which members are compared.
    random_state : int
        Seed of the members.

    References
    ----------
    Aggarwal, Sathe: Theoretical foundations and algorithms for outlier ensembles, SIGKDD
    Explorations 2015.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> any_of = Maximum(["ecod", "pca"]).fit(X)
    >>> scores = any_of.decision_function([[0.0, 0.0], [7.0, 7.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = ensemble_tags("anomalies that only one of its members can see", "Aggarwal 2015")

    def _weights(self, table: np.ndarray) -> np.ndarray:
        return np.asarray(table.argmax(axis=1)[:, None] == np.arange(table.shape[1]), dtype=float)
