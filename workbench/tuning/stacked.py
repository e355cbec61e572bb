"""Detectors joined by what people said: unsupervised scores and columns under one classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from workbench.core.errors import DataError
from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.tuning._ensemble import DEFAULT_MEMBERS, Ensemble, Member, ensemble_tags

__all__ = ["Stacked"]

#: Shares of the classifier among which cross-validation on the labelled rows chooses.
SHARES = (0.0, 0.3, 0.6, 0.9)
#: Fewer labelled anomalies teach a classifier nothing.
FEWEST_LABELLED = 3
#: Rows nobody labelled that stand in as normal ones, and how much each of them counts.
MOST_UNLABELLED, UNLABELLED_WEIGHT = 1_000, 0.2


class Stacked(Ensemble):
    """Turns a few dozen labels into a better ranking, and stays an average without any.

    A forest of randomised trees sees the members' scores and the columns of the labelled rows,
    with some unlabelled ones as weak examples of normal. How much it counts beside the members'
    average is chosen by cross-validation on the labelled rows, and is nothing where that does
    not clearly rank them better.

    Parameters
    ----------
    members : sequence of str or dict, or text with commas
        Detectors by name, or ``{"detector": "knn", "n_neighbors": 20}``; with ``"weight"``.
    scale : {"zscore", "surprise", "probability", "rank"}
        The common scale of the members.
    random_state : int
        Seed of members, trees and folds.

    References
    ----------
    Zhao, Hryniewicki: XGBOD: improving supervised outlier detection with unsupervised
    representation learning, IJCNN 2018.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(300, 3)), np.full(300, np.nan)
    >>> X[:20, 2] += 2.0
    >>> y[:15], y[100:160] = 1.0, 0.0
    >>> scores = Stacked(["ecod", "pca"]).fit(X, y).decision_function(X)
    >>> bool(scores[15:20].mean() > scores[160:].mean())
    True
    """

    tags = ensemble_tags("some labelled rows", "Zhao, Hryniewicki 2018")

    def __init__(
        self,
        members: Sequence[Member] | str = DEFAULT_MEMBERS,
        scale: str = "zscore",
        random_state: int = 0,
    ) -> None:
        super().__init__(members, scale, random_state)

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        time: Any = None,
        network: Network | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from all rows, and from the labels of some; returns self.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Finite numbers.
        y : array-like of shape (n,), optional
            1 for an anomaly, 0 for a normal row, NaN where nobody said.
        time, network : optional
            As for every detector.
        progress : Progress, optional
            Told about stages; may cancel.

        Raises
        ------
        DataError
            As many labels as rows are needed.
        """
        self._labels = None if y is None else np.asarray(y, dtype=float).reshape(-1)
        if self._labels is not None and len(self._labels) != len(X):
            raise DataError(f"There are {len(self._labels)} labels for {len(X)} rows.")
        super().fit(X, time=time, network=network, progress=progress)
        self._labels = None
        return self

    def _learn_weights(self, table: np.ndarray, agreement: np.ndarray, votes: np.ndarray) -> None:
        self.weights_ = votes / votes.sum()
        self._learned_from = table

    def _weights(self, table: np.ndarray) -> np.ndarray:
        return self.weights_

    def _fit_score(self, X: np.ndarray, time: Any, progress: Progress) -> np.ndarray:
        self.share_ = 0.0
        self.forest_: Any = None
        self.held_rows_, self.held_scores_ = np.empty(0, dtype=int), np.empty(0)
        combined = super()._fit_score(X, time, progress)
        table = self.__dict__.pop("_learned_from")
        labels = getattr(self, "_labels", None)
        if labels is None or (labels > 0).sum() < FEWEST_LABELLED:
            return combined
        self._learn_labels(_seen(table, X), _tamed(combined), labels)
        return self._stack(table, X)

    def _learn_labels(self, seen: np.ndarray, average: np.ndarray, labels: np.ndarray) -> None:
        rows, odd, weight = self._examples(labels)
        known = np.isfinite(labels[rows])
        held = self._held_out(seen[rows], odd, weight)
        blends = [(1.0 - share) * average[rows] + share * held for share in SHARES]
        precisions = [_precision(odd[known], blend[known]) for blend in blends]
        best = int(np.argmax(precisions))
        # A gain within one standard error may be luck.
        luck = np.sqrt(precisions[0] * (1.0 - precisions[0]) / odd.sum())
        if precisions[best] < precisions[0] + luck:
            best = 0
        self.share_ = SHARES[best]
        self.held_rows_, self.held_scores_ = rows[known], blends[best][known]
        if self.share_ > 0.0:
            self.forest_ = self._forest().fit(seen[rows], odd, sample_weight=weight)

    def _examples(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return rows, whether each counts as an anomaly, and how much it counts."""
        known = np.flatnonzero(np.isfinite(labels))
        rest = np.flatnonzero(np.isnan(labels))
        rng = np.random.default_rng(self.random_state)
        some = rng.choice(rest, min(len(rest), MOST_UNLABELLED), replace=False)
        rows = np.concatenate([known, np.sort(some)])
        odd = np.nan_to_num(labels[rows]) > 0
        weight = np.where(np.arange(len(rows)) < len(known), 1.0, UNLABELLED_WEIGHT)
        # Both kinds weigh the same in sum, however few anomalies there are.
        weight[odd] *= weight[~odd].sum() / max(weight[odd].sum(), 1.0) if (~odd).any() else 1.0
        return rows, odd, weight

    def _held_out(self, seen: np.ndarray, odd: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return log-odds of rows from forests that did not see them."""
        from sklearn.model_selection import StratifiedKFold

        found = np.zeros(len(seen))
        folds = int(min(5, odd.sum(), (~odd).sum()))
        if folds < 2:
            return found
        parts = StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
        for learn, held in parts.split(seen, odd):
            forest = self._forest().fit(seen[learn], odd[learn], sample_weight=weight[learn])
            found[held] = _log_odds(forest.predict_proba(seen[held])[:, 1])
        return found

    def _forest(self) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier

        return ExtraTreesClassifier(
            n_estimators=200, min_samples_leaf=2, random_state=self.random_state
        )

    def _score(self, X: np.ndarray, time: Any) -> np.ndarray:
        table = self._table(X, time)
        return self._stack(table, X) if len(self.held_rows_) else self._combined(table)

    def _stack(self, table: np.ndarray, X: np.ndarray) -> np.ndarray:
        average = _tamed(self._combined(table))
        if self.forest_ is None:
            return average
        said = _log_odds(self.forest_.predict_proba(_seen(table, X))[:, 1])
        return (1.0 - self.share_) * average + self.share_ * said

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: Any
    ) -> tuple[np.ndarray, np.ndarray] | None:
        return None if len(self.held_rows_) else super()._contributions(X, rows, time)


def _seen(table: np.ndarray, X: np.ndarray) -> np.ndarray:
    """What the forest sees: tamed scores of the members beside the columns."""
    return np.column_stack([_tamed(table), X])


def _tamed(scores: np.ndarray) -> np.ndarray:
    return np.sign(scores) * np.log1p(np.abs(scores))


def _log_odds(chance: np.ndarray) -> np.ndarray:
    kept = (200.0 * chance + 0.5) / 201.0
    return np.asarray(np.log(kept / (1.0 - kept)))


def _precision(odd: np.ndarray, scores: np.ndarray) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(odd, scores)) if odd.any() and not odd.all() else 0.0
