"""A detector that keeps scores of rows it did not learn from, so that it can say how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import DataError, ParameterError
from workbench.core.progress import Progress
from workbench.detectors.base import Detector, Tags

__all__ = ["METHODS", "Calibrated"]

#: Ways to get scores of reference rows out of sample.
METHODS = ("split", "cross", "jackknife+")
#: Leaving out one row at a time fits as many detectors as there are rows.
MOST_ROWS_JACKKNIFE = 300
#: Reference rows that a model keeps.
KEPT_ROWS = 2_000


class Calibrated(Detector):
    """Lets any detector judge rows that it did not see: the ground of conformal p-values.

    ``split`` learns from one half of the rows and keeps the scores of the other half. ``cross``
    learns ``folds`` times from all rows but one fold and keeps the scores of the fold left out;
    a row's score is the mean over the models, so that explanations still add up.
    ``jackknife+`` is ``cross`` with a fold a row.

    Parameters
    ----------
    inner : Detector
        Unfitted.
    method : {"split", "cross", "jackknife+"}
        The p-values of "split" are exact in finite samples; the others use every row twice and
        are exact only up to the difference between the models.
    folds : int
        Models of "cross".
    random_state : int
        Seed of the partition.

    References
    ----------
    Hennhöfer, Preisach: Leave-one-out, bootstrap and cross-conformal anomaly detectors, ICKG
    2024; Barber et al.: Predictive inference with the jackknife+, Annals of Statistics 2021.
    """

    tags = Tags(kinds=("tabular", "series"), min_rows=4)

    def __init__(
        self,
        inner: Detector,
        method: str = "cross",
        folds: int = 10,
        random_state: int = 0,
    ) -> None:
        self.inner = inner
        self.method = method
        self.folds = folds
        self.random_state = random_state

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {"inner": None, "method": "cross", "folds": 10, "random_state": 0}

    def clone(self) -> Calibrated:
        return Calibrated(self.inner.clone(), self.method, self.folds, self.random_state)

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        parts = self._parts(len(X))
        self.calibration_ = np.full(len(X), np.nan)
        self.models_: list[Detector] = []
        for number, held in enumerate(parts):
            progress.step(number / len(parts), f"calibrating {number + 1} of {len(parts)}")
            learn = np.ones(len(X), dtype=bool)
            learn[held] = False
            model = self.inner.clone().fit(X[learn], time=_at(time, learn))
            self.calibration_[held] = self._held_scores(model, X, time, held)
            self.models_.append(model)
        self.held_ = np.flatnonzero(np.isfinite(self.calibration_))
        # Some rows stay, so that rows judged later can be compared with them.
        kept = min(len(self.held_), KEPT_ROWS)
        rng = np.random.default_rng(self.random_state)
        self.kept_ = np.sort(rng.choice(self.held_, kept, replace=False))
        self.reference_ = X[self.kept_]

    def _held_scores(
        self, model: Detector, X: np.ndarray, time: np.ndarray | None, held: np.ndarray
    ) -> np.ndarray:
        if "series" in self.inner.tags.kinds:  # a point of a series is judged in its place
            return model.decision_function(X, time=time)[held]
        return model.decision_function(X[held])

    def _parts(self, rows: int) -> list[np.ndarray]:
        """Return the rows that each model leaves out."""
        if self.method not in METHODS:
            raise ParameterError(
                f"method must be one of {', '.join(METHODS)}, found {self.method!r}."
            )
        if self.folds < 2:
            raise ParameterError(f"folds must be at least 2, found {self.folds}.")
        order = np.random.default_rng(self.random_state).permutation(rows)
        if self.method == "split":
            return [np.sort(order[: rows // 2])]
        if self.method == "jackknife+" and rows > MOST_ROWS_JACKKNIFE:
            raise DataError(
                f"'jackknife+' would fit {rows} detectors, one for each row. Take 'cross', which "
                f"fits {self.folds}, or a reference of at most {MOST_ROWS_JACKKNIFE} rows."
            )
        count = rows if self.method == "jackknife+" else min(self.folds, rows // 2)
        return [np.sort(part) for part in np.array_split(order, count)]

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        scores = [model.decision_function(X, time=time) for model in self.models_]
        return np.asarray(np.mean(scores, axis=0))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        own = [model.contributions(X, rows, time=time) for model in self.models_]
        known = [answer for answer in own if answer is not None]
        if len(known) < len(own):
            return None
        bases, parts = zip(*known, strict=True)
        return np.mean(bases, axis=0), np.mean(parts, axis=0)


def _at(time: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if time is None else time[rows]
