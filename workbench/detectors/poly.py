"""POLY: each stretch against the polynomial through its surroundings."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import AdditiveDetector
from workbench.detectors._residuals import robust_sigma
from workbench.detectors._space import Range, over
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Tags

__all__ = ["Poly"]


class Poly(AdditiveDetector):
    """Finds stretches that a smooth curve through their surroundings does not foresee.

    A polynomial is fitted to the points around a stretch, not to the stretch itself; what lies
    between both, squared and averaged over the stretches that cover a point, is its score. The
    columns' parts, each in units of its usual size, add up.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    power : int
        Degree of the polynomial (TSB-AD: 4).
    around : float
        Surroundings in stretches, half on either side (TSB-AD: 10, at least 100 points).

    References
    ----------
    Li et al.: Unifying spatio-temporal polynomial outlier detection (POLY) as in TSB-AD (Liu,
    Paparrizos, NeurIPS 2024). TSB-AD compares Fourier amplitudes of stretch and curve, and
    leaves the first tenth of a series unscored; here squared differences, everywhere.

    Examples
    --------
    >>> wave = np.sin(np.arange(400) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200:224] += 3.0
    >>> 180 <= int(Poly(24).fit(wave).decision_function(wave).argmax()) <= 243
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="POLY in TSB-AD: Liu, Paparrizos 2024",
        cost="d · n · 40",
        good_at="level shifts and bumps; no season needed; no training period needed",
        min_rows=12,
        exact=True,
    )
    space = over(window=Range(8, 256, log=True), power=Range(1, 6))

    def __init__(self, window: int | None = None, power: int = 4, around: float = 10.0) -> None:
        self.window = window
        self.power = power
        self.around = around

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.window is not None and self.window < 2:
            raise ParameterError(f"window must be at least 2, found {self.window}.")
        if not 0 <= self.power <= 10:
            raise ParameterError(f"power must lie between 0 and 10, found {self.power}.")
        if not self.around > 1.0:
            raise ParameterError(f"around must be above 1, found {self.around}.")
        self.width_ = max(1, min(self.window or choose_window(X), len(X) // 6))
        reach = max(int(self.around * self.width_), 100) // 2
        self.reach_ = max(1, min(reach, (len(X) - self.width_) // 2))
        energy = self._energy(X)
        sigma = robust_sigma(np.sqrt(energy), X)
        self.usual_ = np.maximum(np.median(energy, axis=0), sigma**2)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(len(rows)), self._parts(X)[rows]  # a row alone has no surroundings

    def _parts(self, X: np.ndarray) -> np.ndarray:
        return self._energy(X) / self.usual_

    def _energy(self, X: np.ndarray) -> np.ndarray:
        """Return the mean squared difference over the stretches that cover a point, (n, d)."""
        width, hop = self.width_, max(1, self.width_ // 4)
        pad = self.reach_
        short = max(0, width - len(X))
        tail = short + (-(len(X) + short - width)) % hop
        # Mirrored beyond both ends, as often as needed.
        whole = np.pad(X, ((pad, pad + tail), (0, 0)), mode="symmetric")
        starts = np.arange(0, len(X) + tail - width + 1, hop)
        sums, counts = np.zeros((len(X) + tail, X.shape[1])), np.zeros(len(X) + tail)
        guess = self._projection()
        span = np.arange(width)
        block = max(1, 2**22 // (2 * pad * X.shape[1]))
        for at in range(0, len(starts), block):
            begin = starts[at : at + block]
            sides = np.concatenate([np.arange(pad), pad + width + np.arange(pad)])
            near = whole[begin[:, None] + sides]
            level = near.mean(axis=1, keepdims=True)
            curve = np.einsum("ws,bsd->bwd", guess, near - level) + level
            apart = (whole[pad + begin[:, None] + span] - curve) ** 2
            np.add.at(sums, begin[:, None] + span, apart.mean(axis=1, keepdims=True))
            np.add.at(counts, begin[:, None] + span, 1.0)
        return (sums / counts[:, None])[: len(X)]

    def _projection(self) -> np.ndarray:
        """Return the matrix from surroundings (2·reach,) to the curve over a stretch (width,)."""
        pad, width = self.reach_, self.width_
        places = np.arange(2 * pad + width)
        x = 2.0 * places / max(1, len(places) - 1) - 1.0
        outside = np.concatenate([x[:pad], x[pad + width :]])
        degree = min(self.power, max(0, len(outside) - 1))
        terms = np.polynomial.legendre.legvander(outside, degree)
        return np.polynomial.legendre.legvander(x[pad : pad + width], degree) @ np.linalg.pinv(
            terms
        )
