"""Autoregression: each value foreseen from the values before it, of all columns."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._residuals import ResidualDetector
from workbench.detectors._space import Range, over
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Tags

__all__ = ["Autoregression"]

#: Most coefficients a column: lags times columns.
MOST_TERMS = 256
#: Rows whose lags are held at once.
BLOCK_ROWS = 20_000


class Autoregression(ResidualDetector):
    """Finds values that the values just before do not let expect: AR, and VAR for many columns.

    A linear forecast one step ahead is learned by ridge least squares, twice: the second time
    without the rows that the first one misses by far, so that anomalies in training count less.

    Parameters
    ----------
    lags : int or None
        Steps looked back; None takes the dominant period, else 32, at most 64, and fewer where
        there are many columns (256 terms in all).
    ridge : float
        Share of the terms' mean variance that is added to each: keeps the solution calm.

    References
    ----------
    Lütkepohl: New introduction to multiple time series analysis, 2005.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200] += 5
    >>> int(Autoregression(24).fit(wave).decision_function(wave).argmax())
    200
    """

    tags = Tags(
        kinds=("series",),
        paper="Lütkepohl 2005",
        cost="n · (lags · d)²",
        good_at="spikes and broken relations between columns; smooth or noisy dynamics",
        min_rows=8,
    )
    space = over(lags=Range(2, 64, log=True), ridge=Range(1e-6, 1.0, log=True))

    def __init__(self, lags: int | None = None, ridge: float = 1e-4) -> None:
        self.lags = lags
        self.ridge = ridge

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.lags is not None and self.lags < 1:
            raise ParameterError(f"lags must be at least 1, found {self.lags}.")
        if not self.ridge > 0.0:
            raise ParameterError(f"ridge must be above 0, found {self.ridge}.")
        wanted = self.lags or min(choose_window(X), 64)
        bound = max(1, MOST_TERMS // X.shape[1])
        # Fewer terms than a quarter of the rows: a short series must not be learned by heart.
        self.lags_ = max(1, min(wanted, bound, len(X) // (4 * X.shape[1])))
        self.mean_ = np.median(X, axis=0)
        spread = X.std(axis=0)
        self.spread_ = np.where(spread > 0.0, spread, 1.0)
        z = (X - self.mean_) / self.spread_
        kept = np.ones(len(z), dtype=bool)
        for turn in range(2):
            progress.step(0.2 + 0.4 * turn, "learning the dynamics")
            self.coefficients_ = self._solve(z, kept)
            off = np.abs(z - self._ahead(z))
            kept = (off <= 6.0 * np.maximum(np.median(off, axis=0), 1e-9)).all(axis=1)
            if kept.sum() < len(z) // 2:
                break
        self._calibrate(X)

    def _lagged(self, z: np.ndarray, start: int, stop: int) -> np.ndarray:
        """Return the lags of rows start … stop, (m, lags·d); before the first row all is usual."""
        first = max(0, start - self.lags_)
        past = z[first : stop - 1]
        missing = self.lags_ - (start - first)
        past = np.pad(past, ((missing, 0), (0, 0)), mode="edge" if len(past) else "constant")
        view = np.lib.stride_tricks.sliding_window_view(past, self.lags_, axis=0)
        return view.reshape(len(view), -1)

    def _solve(self, z: np.ndarray, kept: np.ndarray) -> np.ndarray:
        terms = self.lags_ * z.shape[1]
        square, right = np.zeros((terms, terms)), np.zeros((terms, z.shape[1]))
        for start in range(self.lags_, len(z), BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, len(z))
            use = kept[start:stop]
            past = self._lagged(z, start, stop)[use]
            square += past.T @ past
            right += past.T @ z[start:stop][use]
        extra = self.ridge * max(float(np.trace(square)) / terms, 1e-12)
        return np.linalg.solve(square + extra * np.eye(terms), right)

    def _ahead(self, z: np.ndarray) -> np.ndarray:
        parts = [
            self._lagged(z, start, min(start + BLOCK_ROWS, len(z))) @ self.coefficients_
            for start in range(0, len(z), BLOCK_ROWS)
        ]
        return np.concatenate(parts)

    def _foresee(self, X: np.ndarray) -> np.ndarray:
        z = (X - self.mean_) / self.spread_
        # The first row has no past: nothing is foreseen but the row itself.
        ahead = self._ahead(z)
        ahead[0] = z[0]
        return ahead * self.spread_ + self.mean_
