"""OCSVM: the smooth surface that holds most rows."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["Ocsvm"]


class Ocsvm(Detector):
    """Finds rows outside of a smooth surface around the data: for curved, compact shapes.

    Parameters
    ----------
    nu : float
        Upper bound on the share of training rows outside of the surface, in (0, 1].
    gamma : float or "scale"
        Sharpness of the RBF kernel.
    max_rows : int
        Time grows with the square of the rows, so that at most this many are learned from,
        sampled by ``random_state``.
    random_state : int
        Seed of the sample.

    References
    ----------
    Schölkopf et al.: Estimating the support of a high-dimensional distribution, Neural
    Computation 2001. PyOD's OCSVM (scikit-learn's OneClassSVM).

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> scores = Ocsvm().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        library="PyOD",
        paper="Schölkopf et al. 2001",
        cost="n² · d (sampled above max_rows)",
        good_at="compact curved shapes; a clean reference period",
        seeded=True,
    )
    space = over(nu=Range(0.01, 0.7), gamma=Range(1e-3, 10.0, log=True))

    def __init__(
        self,
        nu: float = 0.5,
        gamma: float | str = "scale",
        max_rows: int = 10_000,
        random_state: int = 0,
    ) -> None:
        self.nu = nu
        self.gamma = gamma
        self.max_rows = max_rows
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        from pyod.models.ocsvm import OCSVM

        if len(X) > self.max_rows:
            random = np.random.default_rng(self.random_state)
            X = X[np.sort(random.choice(len(X), self.max_rows, replace=False))]
        self.model_ = OCSVM(nu=self.nu, gamma=self.gamma).fit(X)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(self.model_.decision_function(X))
