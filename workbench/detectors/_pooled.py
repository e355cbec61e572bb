"""One detector for many short series: each looks at it through its own level and spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._windowed import Windowed
from workbench.detectors.base import Detector, Tags

__all__ = ["Pooled", "can_pool", "fit_pooled", "pooled_for"]


class Pooled(Detector):
    """One series' view of a detector that was learned from the windows of many series.

    Parameters
    ----------
    inner : Detector
        The shared detector, fitted on normalised series.
    """

    tags = Tags(kinds=("series",))

    def __init__(self, inner: Detector) -> None:
        self.inner = inner

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {"inner": None}

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self.centre_, self.scale_ = _normal(X)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self.inner.decision_function((X - self.centre_) / self.scale_)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        return self.inner.contributions((X - self.centre_) / self.scale_, rows)

    def parts_over_time(
        self, X: np.ndarray, row: int, time: np.ndarray | None = None
    ) -> tuple[int, np.ndarray]:
        """Return the shared detector's weights by column and point."""
        z = (X - self.centre_) / self.scale_
        found: tuple[int, np.ndarray] = self.inner.parts_over_time(z, row)  # type: ignore[attr-defined]
        return found

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return the shared detector's remark."""
        z = (X - self.centre_) / self.scale_
        return str(self.inner.remark(z, row, column))  # type: ignore[attr-defined]


def can_pool(made: Detector) -> bool:
    """Tell whether a detector can learn from many series at once: those on windows can."""
    return hasattr(made, "fit_many")


def fit_pooled(
    made: Detector, series: dict[str, np.ndarray], progress: Progress
) -> dict[str, Pooled]:
    """Return a view for each of some series on one detector, fitted on all of them.

    Parameters
    ----------
    made : Detector
        Unfitted, one that works on windows.
    series : dict of str to numpy.ndarray of shape (n, d)
        Rows to learn from, in the order of time.
    """
    views = {name: pooled_for(made, X) for name, X in series.items()}
    tables = [(X - views[name].centre_) / views[name].scale_ for name, X in series.items()]
    assert isinstance(made, Windowed) or hasattr(made, "fit_many")
    made.fit_many(tables, progress)
    return views


def pooled_for(shared: Detector, X: np.ndarray) -> Pooled:
    """Return the view of a series that brings its own level and spread."""
    return Pooled(shared).fit(X)


def _normal(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre = np.median(X, axis=0)
    scale = 1.4826 * np.median(np.abs(X - centre), axis=0)
    spread = X.std(axis=0)
    scale = np.where(scale > 1e-3 * spread, scale, spread)
    return centre, np.where(scale > 1e-12 * (1.0 + np.abs(centre)), scale, 1.0)
