"""SPOT and DSPOT: how unlikely a value is by the tails that a stream has shown so far."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.detectors._additive import shared_by_square
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["Spot"]

#: Peaks that a tail is fitted to, the newest ones: bounded memory, and tails that move.
MOST_PEAKS = 200


class Spot(OnlineDetector):
    """Says of each value how unlikely it is: a score of 4 is met once in 10,000 usual rows.

    What goes over a high quantile on either side of a column is fitted by a generalised Pareto
    tail, which each new peak moves. The score is -log10 of the chance to go that far; the row's
    is the largest of its columns. Values less likely than ``risk`` are alarms, from which nothing
    is learned, until there are ``patience`` of them in a row: then the newest rows, alarms
    included, become the usual ones; so they do when five times as many values are peaks as
    should be. With ``depth`` (DSPOT) values are measured from the mean of
    as many usual ones before. ``warm_up`` is ``start`` + ``depth`` rows, scored 0.

    Parameters
    ----------
    risk : float
        Chance below which a value is an alarm: the edge of the expected range.
    depth : int
        Usual values that the moving mean is of; 0 for one level (SPOT).
    level : float
        Quantile above which a value is a peak, at first.
    start : int
        Rows for the first threshold, and for a new one.
    patience : int
        Alarms in a row after which a column is learned anew; 0 for never learning anew, as in
        the paper.

    References
    ----------
    Siffer, Fouque, Termier, Largouët: Anomaly detection in streams with extreme value theory,
    KDD 2017. The tail is fitted as in Zhang, Stephens: A new and efficient estimation method for
    the generalized Pareto distribution, Technometrics 51, 2009, to the newest 200 peaks of each
    side; ``patience`` is ours, and so is that tails are never taken for bounded.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(3000, 1))
    >>> scores = Spot().fit_partial(X).decision_function([[0.0], [3.0], [8.0]])
    >>> bool(scores[0] < 1 < scores[1] < 4 < scores[2])
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Siffer et al. 2017",
        cost="n · d, and d · peaks a peak",
        good_at="streams with spikes; scores that are chances; expected ranges",
        min_rows=2,
        online=True,
    )
    space = over(depth=(0, 10, 30, 100), level=Range(0.9, 0.99), start=Range(100, 500, log=True))

    def __init__(
        self,
        risk: float = 1e-4,
        depth: int = 0,
        level: float = 0.98,
        start: int = 200,
        patience: int = 300,
    ) -> None:
        self.risk = risk
        self.depth = depth
        self.level = level
        self.start = start
        self.patience = patience

    @property
    def warm_up(self) -> int:
        """Rows after which scores mean something: ``start`` + ``depth``."""
        return self.start + self.depth

    def _begin(self, columns: int) -> None:
        if not (0.0 < self.risk < 0.5 and 0.5 < self.level < 1.0):
            raise ParameterError(
                f"risk must lie in (0, 0.5) and level in (0.5, 1), found {self.risk} and "
                f"{self.level}."
            )
        if self.depth < 0 or self.patience < 0 or not 4 <= self.start <= 10**7:
            raise ParameterError(
                f"depth and patience must not be negative and start at least 4, found "
                f"{self.depth}, {self.patience} and {self.start}."
            )
        sides = (2, columns)
        self.newest_ = np.zeros((self.start + self.depth, columns))
        self.drift_ = np.zeros((self.depth, columns))
        self.drifted_, self.alarms_ = np.zeros((2, columns), np.int64)
        self.base_, self.middle_, self.normal_ = np.zeros((3, columns))
        self.limit_, self.met_, self.shape_, self.scale_ = np.zeros((4, *sides))
        self.peaks_ = np.zeros((*sides, MOST_PEAKS))
        #: Rows seen.
        self.counts_ = np.zeros(1, np.int64)

    @property
    def _ready(self) -> bool:
        return bool(self.counts_[0] >= len(self.newest_))

    @property
    def _tails(self) -> tuple[np.ndarray, ...]:
        return (self.base_, self.middle_, self.limit_, self.normal_, self.met_)

    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        from workbench.detectors.kernels._peaks import peaks_run

        scored = scores is not None
        peaks_run(
            X, self.risk, self.level, self.patience, self.depth, self.newest_, self.drift_,
            self.drifted_, self.counts_, self.alarms_, *self._tails, self.peaks_, self.shape_,
            self.scale_, scored, scores if scored else np.empty(0),
        )  # fmt: skip

    def _columns(self, X: np.ndarray) -> np.ndarray:
        from workbench.detectors.kernels._peaks import peaks_score

        out = np.empty(X.shape)
        peaks_score(X, self._ready, *self._tails, self.shape_, self.scale_, out)
        return out

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(self._columns(X).max(axis=1))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._columns(X[rows]))

    def expected_next(self, *, time: float | None = None) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the range that values leave with chance ``risk`` on either side."""
        from workbench.detectors.kernels._peaks import expected_edge

        if not hasattr(self, "n_features_") or not self._ready:
            return None
        share = (self.met_ + 0.5) / (self.normal_ + 1.0)
        edges = np.empty((2, self.n_features_))
        for side, sign in ((0, 1.0), (1, -1.0)):
            for k in range(self.n_features_):
                edges[side, k] = expected_edge(
                    self.risk, sign * self.middle_[k], self.limit_[side, k], share[side, k],
                    self.shape_[side, k], self.scale_[side, k],
                )  # fmt: skip
        return self.base_ - edges[1], self.base_ + edges[0]

    def _restored(self) -> None:
        counts = (self.counts_, self.drifted_, self.alarms_, self.met_, self.normal_)
        if any((count < 0).any() for count in counts):
            raise ParameterError("It has counted fewer than none.")
