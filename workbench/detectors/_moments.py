"""Mean and spread of columns, of parts that are joined without seeing a row again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Moments"]


@dataclass(frozen=True)
class Moments:
    """Count, mean, squares about the mean, and ends of each column.

    References
    ----------
    Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample
    variances, 1979: the joined figures are as good as those of all rows at once, also far from 0.

    Examples
    --------
    >>> X = np.array([[1.0], [2.0], [6.0]])
    >>> Moments.of(X[:1]).joined(Moments.of(X[1:])).mean.tolist()
    [3.0]
    """

    count: int
    mean: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    first: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> Moments:
        """Return those of some rows (n, d), n ≥ 1."""
        mean = X.mean(axis=0)
        squares = ((X - mean) ** 2).sum(axis=0)
        return cls(len(X), mean, squares, X.min(axis=0), X.max(axis=0), X[0].copy())

    def joined(self, other: Moments) -> Moments:
        """Return those of these rows and the others, which come after them."""
        count = self.count + other.count
        apart = other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * (other.count / count),
            self.squares + other.squares + apart**2 * (self.count * other.count / count),
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.first,
        )
