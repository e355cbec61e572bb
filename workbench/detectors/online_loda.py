"""Online LODA: histograms of random projections over the last window of a stream."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["OnlineLoda"]

#: Rows after which the first histograms are taken, long before the first window is full.
FIRST = 32


class OnlineLoda(OnlineDetector):
    """Finds rows that fall into empty bins of the last window's projections: many columns, drift.

    A row's score is the mean over random sparse projections of -log2 of the share of rows that
    its bin held in the window before. Each column's range and each histogram's bins are taken
    anew from each window, so that nobody needs to know them beforehand. Until the first window
    is full, what is there counts from row 32 on: ``warm_up``.

    Parameters
    ----------
    n_random_cuts : int
        Projections.
    n_bins : int
        Bins a projection.
    window : int
        Rows that scores go by; the next ones wait until they are as many.
    random_state : int
        Seed of the projections.

    References
    ----------
    Pevný: LODA, Machine Learning 102, 2016, section 2.2.1 (two alternating histograms). Ranges
    and bins taken from the window are ours.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 4))
    >>> scores = OnlineLoda().fit_partial(X).decision_function([[0.0] * 4, [9.0] * 4])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Pevný 2016",
        cost="cuts · n · √d",
        good_at="streams of many columns; drift",
        min_rows=1,
        seeded=True,
        online=True,
    )
    space = over(
        n_random_cuts=Range(30, 300), n_bins=Range(5, 40), window=Range(128, 2048, log=True)
    )

    def __init__(
        self,
        n_random_cuts: int = 100,
        n_bins: int = 20,
        window: int = 500,
        random_state: int = 0,
    ) -> None:
        self.n_random_cuts = n_random_cuts
        self.n_bins = n_bins
        self.window = window
        self.random_state = random_state

    @property
    def warm_up(self) -> int:
        """Rows after which scores mean something: 32, or a shorter window."""
        return min(FIRST, self.window)

    def _begin(self, columns: int) -> None:
        ends = {"n_random_cuts": (1, 10_000), "n_bins": (2, 10_000), "window": (2, 10**7)}
        for name, (least, most) in ends.items():
            if not least <= getattr(self, name) <= most:
                raise ParameterError(
                    f"{name} must be from {least} to {most}, found {getattr(self, name)}."
                )
        cuts, used = self.n_random_cuts, max(1, int(np.sqrt(columns)))
        random = np.random.default_rng(self.random_state)
        self.columns_ = np.argsort(random.random((cuts, columns)), axis=1)[:, :used].copy()
        self.weights_ = random.normal(size=(cuts, used))
        self.start_, self.step_ = np.zeros(cuts), np.ones(cuts)
        self.surprise_ = np.zeros((cuts, self.n_bins + 2))
        self.buffer_ = np.zeros((self.window, columns))
        self.low_, self.scale_ = np.zeros(columns), np.ones(columns)
        #: Rows in the window, windows done.
        self.counts_ = np.zeros(2, np.int64)

    @property
    def _cuts(self) -> tuple[np.ndarray, ...]:
        return (
            self.low_, self.scale_, self.columns_, self.weights_, self.start_, self.step_,
            self.surprise_,
        )  # fmt: skip

    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        from workbench.detectors.kernels._online_histograms import cuts_run

        cuts_run(
            X, self.warm_up, self.buffer_, self.counts_, *self._cuts,
            scores is not None, np.empty(0) if scores is None else scores,
        )  # fmt: skip

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._online_histograms import cuts_score

        out = np.empty(len(X))
        cuts_score(X, *self._cuts, out)
        return out

    def _restored(self) -> None:
        inside = (self.columns_ >= 0) & (self.columns_ < self.n_features_)
        if not (inside.all() and 0 <= self.counts_[0] < self.window):
            raise ParameterError("A projection asks for a column that is not there.")
