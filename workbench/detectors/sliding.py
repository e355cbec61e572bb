"""Sliding window: any batch detector on a stream, fitted again and again on the newest rows."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import DataError, ParameterError
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["Sliding"]


class Sliding(OnlineDetector):
    """Brings any tabular detector of the catalog to a stream, fitted anew on the newest rows.

    After every ``every`` rows the detector is fitted on the newest ``window`` rows, or on as many
    as there are; rows in between are scored by the last fit, and 0 before the first. Where rows
    are so alike that the detector refuses them, the fit before stays. It explains as its detector
    does.

    Parameters
    ----------
    detector : str
        Name of a tabular detector that is not itself online, at its defaults.
    window : int
        Newest rows to learn from.
    every : int
        Rows from one fit to the next.
    random_state : int
        Seed of the detector, where it has one.

    References
    ----------
    The detector's; refitting on a window is the plain way to follow a drift (Gama et al.: A
    survey on concept drift adaptation, ACM Computing Surveys 46, 2014).

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(1000, 2))
    >>> scores = Sliding("ecod").fit_partial(X).decision_function([[0.0, 0.0], [6.0, 6.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Gama et al. 2014",
        cost="n / every · that of the detector",
        good_at="streams, with a detector that you know from tables; drift",
        min_rows=2,
        seeded=True,
        online=True,
    )
    space = over(window=Range(250, 4000, log=True))

    def __init__(
        self,
        detector: str = "iforest",
        window: int = 1000,
        every: int = 100,
        random_state: int = 0,
    ) -> None:
        self.detector = detector
        self.window = window
        self.every = every
        self.random_state = random_state

    @property
    def warm_up(self) -> int:
        """Rows after which scores mean something: until the first fit."""
        return self.every

    def _begin(self, columns: int) -> None:
        if not (2 <= self.window <= 10**7 and 2 <= self.every <= 10**9):
            raise ParameterError(
                f"window and every must be at least 2, found {self.window} and {self.every}."
            )
        self._made()  # says at once when there is none of this name
        self.newest_, self.learned_ = np.zeros((2, self.window, columns))
        #: Rows seen, and rows that the present fit learned from.
        self.counts_ = np.zeros(2, np.int64)
        self.inner_: Detector | None = None

    def _made(self) -> Detector:
        from workbench.detectors import DETECTORS

        kind = DETECTORS.get(self.detector)
        if kind.tags.online or "tabular" not in kind.tags.kinds:
            raise ParameterError(
                f"'{self.detector}' cannot slide: take a tabular detector that is not online."
            )
        seed = {"random_state": self.random_state} if "random_state" in kind.defaults() else {}
        return kind.create(**seed)

    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        start = 0
        while start < len(X):
            seen = int(self.counts_[0])
            # Up to the next fit, and no further than the ring goes in one piece.
            room = self.window - seen % self.window
            rows = X[start : start + min(self.every - seen % self.every, room)]
            if scores is not None:
                scores[start : start + len(rows)] = self._score(rows, None)
            place = seen % self.window
            self.newest_[place : place + len(rows)] = rows
            start += len(rows)
            self.counts_[0] += len(rows)
            if self.counts_[0] % self.every == 0:
                self._learn_newest()

    def _learn_newest(self) -> None:
        seen = int(self.counts_[0])
        held = min(seen, self.window)
        turned = np.roll(self.newest_, -(seen % self.window), axis=0) if held < seen else None
        rows = self.newest_[:held] if turned is None else turned
        try:
            fitted = self._made().fit(rows)
            fitted.decision_function(rows[-1:])
        except DataError:
            return
        self.inner_ = fitted
        self.learned_[:held], self.counts_[1] = rows, held

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.zeros(len(X)) if self.inner_ is None else self.inner_.decision_function(X)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        if self.inner_ is None:
            return np.zeros(len(rows)), np.zeros((len(rows), X.shape[1]))
        return self.inner_.contributions(X, rows)

    def _restored(self) -> None:
        seen, held = self.counts_.tolist()
        if seen < 0 or not 0 <= held <= self.window:
            raise ParameterError("Its window holds more rows than it can.")
        # The same rows and seed make the same fit.
        self.inner_ = self._made().fit(self.learned_[:held]) if held else None
