"""The detectors of scikit-learn, as they are, behind our contract: one table.

``sgd_ocsvm`` (SGDOneClassSVM on a Nystroem map) has a file of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.detectors._wrapped import Member, Wrapped, make_members

__all__ = ["MEMBERS"]

_TABLE: dict[str, Member] = {
    "iforest": Member(
        "sklearn.ensemble:IsolationForest",
        "Finds rows that random cuts isolate quickly, as scikit-learn does.",
        "Liu, Ting, Zhou: Isolation forest, ICDM 2008",
        "trees · (samples + n) · log samples",
        "to compare with `iforest`",
        {"n_estimators": 100, "max_samples": "auto", "max_features": 1.0, "bootstrap": False},
        seeded=True,
        sign=-1.0,
    ),
    "lof": Member(
        "sklearn.neighbors:LocalOutlierFactor",
        "Finds rows in sparser surroundings than their neighbours, as scikit-learn does.",
        "Breunig et al.: LOF, SIGMOD 2000",
        "n · max_rows · d",
        "to compare with `lof`",
        {"n_neighbors": 20},
        fixed={"novelty": True},
        max_rows=20_000,
        min_rows=3,
        sign=-1.0,
    ),
    "ocsvm": Member(
        "sklearn.svm:OneClassSVM",
        "Finds rows outside of a smooth surface, as scikit-learn does.",
        "Schölkopf et al.: Estimating the support of a high-dimensional distribution, 2001",
        "n · max_rows · d",
        "to compare with `ocsvm`",
        {"kernel": "rbf", "gamma": "scale", "nu": 0.5},
        max_rows=10_000,
        sign=-1.0,
    ),
    "elliptic_envelope": Member(
        "sklearn.covariance:EllipticEnvelope",
        "Finds rows far from a robust centre in the shape of the robust covariance.",
        "Rousseeuw, Van Driessen: FAST-MCD, Technometrics 1999",
        "n · d² + d³",
        "one elliptical cloud; `mcd` explains its scores too",
        {"support_fraction": None, "assume_centered": False},
        min_rows=4,
        seeded=True,
        sign=-1.0,
    ),
}


class _Lof(Wrapped):
    """Scores without the offset, so that about 1 is usual, as in the paper."""

    def _ask(self, model: Any, X: np.ndarray) -> np.ndarray:
        return np.asarray(model.score_samples(X))


MEMBERS = make_members("sklearn", "scikit-learn", globals(), _TABLE, {"lof": _Lof})
