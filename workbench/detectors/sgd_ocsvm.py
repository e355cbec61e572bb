"""A one-class SVM that learns from any number of rows."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["SgdOcsvm"]


class SgdOcsvm(Detector):
    """Finds rows outside of a smooth surface in time that grows only linearly with the rows.

    Parameters
    ----------
    nu : float
        Upper bound on the share of training rows outside of the surface, in (0, 1].
    n_components : int
        Landmarks of the kernel approximation; at most n are used.
    random_state : int
        Seed of the landmarks and of the descent.

    References
    ----------
    scikit-learn's SGDOneClassSVM on a Nystroem map; Williams, Seeger: Using the Nyström
    method to speed up kernel machines, NIPS 2000.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = SgdOcsvm().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        library="scikit-learn",
        paper="Williams, Seeger 2000",
        cost="n · landmarks · d",
        good_at="what ocsvm is good at, on very many rows",
        seeded=True,
    )
    space = over(nu=Range(0.01, 0.7), n_components=Range(30, 300))

    def __init__(self, nu: float = 0.5, n_components: int = 100, random_state: int = 0) -> None:
        self.nu = nu
        self.n_components = n_components
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        from sklearn.kernel_approximation import Nystroem
        from sklearn.linear_model import SGDOneClassSVM

        variance = float(X.var())
        # The same rule as gamma="scale" of scikit-learn's OneClassSVM.
        gamma = 1.0 / (X.shape[1] * variance) if variance > 1e-300 else 1.0
        self.map_ = Nystroem(
            gamma=gamma,
            n_components=min(self.n_components, len(X)),
            random_state=self.random_state,
        ).fit(X)
        self.model_ = SGDOneClassSVM(nu=self.nu, random_state=self.random_state)
        self.model_.fit(self.map_.transform(X))

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return -np.asarray(self.model_.decision_function(self.map_.transform(X)))
