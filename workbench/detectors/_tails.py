"""Empirical tails of each column, frozen at fit: the shared ground of ECOD and COPOD."""

from __future__ import annotations

import numpy as np

__all__ = ["Tails"]


class Tails:
    """Knows for each column how rare a value this low or this high is.

    PyOD's ECOD and COPOD rank new rows together with the training rows, so that a row scores
    differently alone than in a batch. Here the ranks are those of the training rows, and a
    value beyond all of them goes on growing with the logarithm of its distance.
    """

    def fit(self, X: np.ndarray) -> Tails:
        """Sort each column of ``X`` (n, d) once; returns self."""
        self.sorted_ = np.asfortranarray(np.sort(X, axis=0))
        centred = X - X.mean(axis=0)
        spread = np.sqrt((centred**2).mean(axis=0))
        varies = self.sorted_[-1] > self.sorted_[0]
        with np.errstate(all="ignore"):
            skew = (centred**3).mean(axis=0) / spread**3
        self.varies_ = varies
        self.skew_ = np.where(varies & np.isfinite(skew), np.sign(skew), 0.0)
        return self

    def surprise(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return −log of the left, the right and the skewness-chosen tail, (n, d) each."""
        rows = len(self.sorted_)
        left, right = np.zeros(X.shape), np.zeros(X.shape)
        for column in np.flatnonzero(self.varies_):
            known, values = self.sorted_[:, column], X[:, column]
            # In sorted order the searches run through the cache instead of jumping in it.
            order = np.argsort(values)
            up_to, from_here = np.empty((2, len(values)), dtype=np.intp)
            up_to[order] = np.searchsorted(known, values[order], side="right")
            from_here[order] = rows - np.searchsorted(known, values[order], side="left")
            left[:, column] = -np.log(np.maximum(up_to, 1) / rows)
            right[:, column] = -np.log(np.maximum(from_here, 1) / rows)
            reach = known[-1] - known[0]
            beyond_low = np.minimum(np.maximum(known[0] - values, 0.0) / reach, 1e300)
            beyond_high = np.minimum(np.maximum(values - known[-1], 0.0) / reach, 1e300)
            step = np.log((rows + 1) / rows)
            left[:, column] += np.where(up_to == 0, step + np.log1p(beyond_low), 0.0)
            right[:, column] += np.where(from_here == 0, step + np.log1p(beyond_high), 0.0)
        chosen = np.where(self.skew_ < 0, left, np.where(self.skew_ > 0, right, left + right))
        return left, right, chosen
