"""Of all points under the same odd windows, which ones are odd themselves."""

from __future__ import annotations

import numpy as np

from workbench.preparation.windows import rolling_median

__all__ = ["Sharpness"]


class Sharpness:
    """Knows how far points usually lie from the median around them.

    Parameters
    ----------
    reach : int
        Points to either side that the median is taken over.
    """

    def __init__(self, reach: int) -> None:
        self.reach = reach

    def fit(self, tables: list[np.ndarray]) -> Sharpness:
        """Learn from series of shape (n, d); returns self."""
        deviation = np.concatenate([self._deviation(X) for X in tables])
        middle = np.median(deviation, axis=0)
        floor = 1e-9 * (1.0 + np.max([np.abs(X).max(axis=0) for X in tables], axis=0))
        self.scale_ = np.maximum(np.where(middle > 0.0, middle, deviation.mean(axis=0)), floor)
        return self

    def of(self, X: np.ndarray) -> np.ndarray:
        """Return how far each point itself is off, in [0, 1): 0.5 at five times the usual."""
        off = (self._deviation(X) / self.scale_).max(axis=1)
        return np.asarray(off / (off + 5.0))

    def sharpen(self, scores: np.ndarray, usual: float, X: np.ndarray) -> np.ndarray:
        """Raise what points score above ``usual`` by up to twofold where they are off."""
        return scores + np.maximum(scores - usual, 0.0) * self.of(X)

    def stretch(
        self, base: np.ndarray, parts: np.ndarray, usual: float, sharp: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return base and parts that add up to the sharpened score.

        Sharpening adds a share of (score − usual), so it stretches the parts alike.
        """
        above = base + parts.sum(axis=1) > usual
        share = np.where(above, sharp, 0.0)
        return base * (1.0 + share) - usual * share, parts * (1.0 + share)[:, None]

    def _deviation(self, X: np.ndarray) -> np.ndarray:
        around = 2 * self.reach + 1
        return np.column_stack([np.abs(column - rolling_median(column, around)) for column in X.T])
