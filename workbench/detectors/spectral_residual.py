"""Spectral residual: what a series' spectrum cannot foresee."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["SpectralResidual"]


class SpectralResidual(Detector):
    """Finds sudden, surprising points fast, without a model of the season.

    The log spectrum minus its moving average is turned back into a saliency map; the score is
    the saliency against its local mean, in robust standard deviations of training, and the
    largest over the columns.

    Parameters
    ----------
    window : int
        Points of the moving average over frequencies.
    local : int
        Points of the local mean of the saliency.

    References
    ----------
    Ren et al.: Time-series anomaly detection service at Microsoft, KDD 2019, arXiv:1906.03821.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200] += 5
    >>> int(SpectralResidual().fit(wave).decision_function(wave).argmax())
    200
    """

    tags = Tags(
        kinds=("series",),
        paper="Ren et al. 2019, arXiv:1906.03821",
        cost="d · n log n",
        good_at="spikes and sudden changes; no training period needed",
        min_rows=8,
    )
    space = over(window=Range(1, 20, log=True), local=Range(5, 200, log=True))

    def __init__(self, window: int = 3, local: int = 21) -> None:
        self.window = window
        self.local = local

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.window < 1 or self.local < 1:
            raise ParameterError(
                f"window and local must be at least 1, found {self.window} and {self.local}."
            )
        salience = np.column_stack([self._salience(column) for column in X.T])
        self.centre_ = np.median(salience, axis=0)
        spread = 1.4826 * np.median(np.abs(salience - self.centre_), axis=0)
        self.spread_ = np.maximum(spread, 1e-6 * (1.0 + np.abs(salience).max(axis=0)))

    def _salience(self, values: np.ndarray) -> np.ndarray:
        if np.ptp(values) == 0.0:
            return np.zeros(len(values))
        # A few extrapolated points keep the last real ones from the edge (section 3.2).
        tail = values[-6:]
        slope = float(np.mean(tail[-1] - tail[:-1])) / max(len(tail) // 2, 1)
        extended = np.concatenate([values, np.full(5, tail[1 - len(tail)] + slope * len(tail))])
        spectrum = np.fft.fft(extended)
        size = np.abs(spectrum)
        log = np.log(np.maximum(size, 1e-12 * size.max()))
        residual = np.exp(log - _moving_mean(log, self.window))
        phase = np.where(size > 0, spectrum / np.where(size > 0, size, 1.0), 0.0)
        saliency = np.abs(np.fft.ifft(residual * phase))[: len(values)]
        usual = _moving_mean(saliency, self.local)
        return (saliency - usual) / np.maximum(usual, 1e-12)

    def _columns(self, X: np.ndarray) -> np.ndarray:
        salience = np.column_stack([self._salience(column) for column in X.T])
        return (salience - self.centre_) / self.spread_

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self._columns(X).max(axis=1)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._columns(X)[rows])


def _moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Centred mean over ``width`` points, shorter at the ends."""
    reach = width // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(values))
    return (sums[last] - sums[first]) / (last - first)
