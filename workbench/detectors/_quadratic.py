"""What PCA and MCD share: the score is a quadratic form of the distance from a centre."""

from __future__ import annotations

import numpy as np

from workbench.core.execution import blocks, threads
from workbench.detectors._additive import AdditiveDetector

__all__ = ["QuadraticDetector"]

#: Rows that one thread takes at a time.
ROWS = 16_384


class QuadraticDetector(AdditiveDetector):
    """Scores z · (P z) with z = (x − centre) / spread; a column's part is its z times (P z)."""

    mean_: np.ndarray
    spread_: np.ndarray
    precision_: np.ndarray

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._quadratic import form

        out = np.empty(len(X))
        threads().map(
            lambda part: form(X[part], self.mean_, self.spread_, self.precision_, out[part]),
            blocks(len(X), ROWS),
        )
        return out

    def _parts(self, X: np.ndarray) -> np.ndarray:
        centred = (X - self.mean_) / self.spread_
        return centred * np.einsum("ij,jk->ik", centred, self.precision_)
