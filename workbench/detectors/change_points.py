"""Change points: where a series before and after a point are best told by two laws."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import AdditiveDetector
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Tags

__all__ = ["ChangePoints"]


class ChangePoints(AdditiveDetector):
    """Finds the moments at which level or restlessness changes for good.

    For each point, what is gained when the window before it and the window after it are told
    apart instead of together: by their means ("mean", ruptures' cost "l2"), or by means and
    variances ("normal"). The gain of each column is taken per point of the window, in units of
    the column's variance from point to point; the columns add up. Towards the ends, where one of
    the windows is cut short, it counts for less.

    Parameters
    ----------
    window : int or None
        Points on either side; None takes the dominant period, else 32.
    cost : {"mean", "normal"}
        What may change.

    References
    ----------
    Truong, Oudre, Vayatis: Selective review of offline change point detection methods, Signal
    Processing 2020 (window-based search; ruptures' Window).

    Examples
    --------
    >>> steps = np.random.default_rng(0).normal(size=(300, 1))
    >>> steps[150:] += 6.0
    >>> 148 <= int(ChangePoints().fit(steps).decision_function(steps).argmax()) <= 152
    True
    """

    tags = Tags(
        kinds=("series",),
        library="workbench, after ruptures",
        paper="Truong, Oudre, Vayatis 2020",
        cost="d · n",
        good_at="when a level or the noise changed; not for single spikes",
        min_rows=8,
        exact=True,
    )

    def __init__(self, window: int | None = None, cost: str = "mean") -> None:
        self.window = window
        self.cost = cost

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.cost not in ("mean", "normal"):
            raise ParameterError(f"cost must be 'mean' or 'normal', found {self.cost!r}.")
        if self.window is not None and self.window < 2:
            raise ParameterError(f"window must be at least 2, found {self.window}.")
        self.width_ = max(2, min(self.window or choose_window(X), len(X) // 3))
        self.centre_ = np.median(X, axis=0)
        # Differences do not feel levels: their variance is the noise, whatever changes.
        steps = np.diff(X, axis=0)
        noise = 1.4826 * np.median(np.abs(steps - np.median(steps, axis=0)), axis=0) / np.sqrt(2)
        noise = np.where(noise > 0.0, noise, X.std(axis=0))
        self.noise_ = np.maximum(noise, 1e-6 * (1.0 + np.abs(X).max(axis=0)))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(len(rows)), self._parts(X)[rows]  # a row alone has no surroundings

    def _parts(self, X: np.ndarray) -> np.ndarray:
        z = (X - self.centre_) / self.noise_
        size = len(z)
        if size == 1:
            return np.zeros(z.shape)
        zero = np.zeros((1, z.shape[1]))
        sums = np.concatenate([zero, np.cumsum(z, axis=0)])
        squares = np.concatenate([zero, np.cumsum(z * z, axis=0)])
        at = np.arange(size)
        first, last = np.maximum(at - self.width_, 0), np.minimum(at + self.width_, size)
        # A point changes when what follows, itself included, differs from what came before.
        whole = self._price(sums, squares, first, last)
        split = self._price(sums, squares, first, at) + self._price(sums, squares, at, last)
        gain = np.maximum(whole - split, 0.0) / (2.0 * self.width_)
        # A few hours against a day: in a rhythm their means differ, and nothing has changed.
        shorter = np.minimum(at - first, last - at) / self.width_
        return gain * (shorter**2)[:, None]

    def _price(
        self, sums: np.ndarray, squares: np.ndarray, first: np.ndarray, last: np.ndarray
    ) -> np.ndarray:
        """Return the cost of telling rows first … last by one law, a column, (n, d)."""
        count = np.maximum(last - first, 1)[:, None].astype(float)
        total = sums[last] - sums[first]
        rest = np.maximum(squares[last] - squares[first] - total**2 / count, 0.0)
        if self.cost == "mean":
            return rest
        # The variance's floor: a hundredth of the noise, or a stuck sensor would be infinite.
        return count * np.log(np.maximum(rest / count, 1e-2))
