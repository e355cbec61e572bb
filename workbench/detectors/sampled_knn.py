"""Sampled KNN: how far a row is from a few hundred random others."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors._scaling import column_range
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["SampledKnn"]

#: Rows that one thread takes at a time.
BLOCK = 4096
#: Medians and ranges of more rows are taken from this many.
MOST_SCALED = 50_000


class SampledKnn(Detector):
    """Ranks tables of any size best on average, and shares its score exactly among the columns.

    Each row gets its mean distance to the nearest ``n_neighbors`` of ``max_samples`` random rows,
    averaged over ``n_samples`` such samples. With a share of the sample as neighbours the score
    speaks of the bulk, so that a group of like anomalies does not vouch for itself. Columns are
    brought to asinh(squeeze · (x − median) / 5-95 % range) and differences are added up without
    squares: one extreme cell counts, and does not drown what the other columns say.

    Parameters
    ----------
    n_neighbors : int
        Nearest rows of each sample to average over.
    max_samples : int
        Rows a sample; at most n are used.
    n_samples : int
        Samples.
    squeeze : float
        How early large values are tamed: at about 1 / ``squeeze`` of the 5-95 % range. The
        defaults were chosen on 27 public tables, where they hardly matter (docs/adr/0012).
    random_state : int
        Seed of the samples.

    References
    ----------
    Sugiyama, Borgwardt: Rapid distance-based outlier detection via sampling, NeurIPS 2013;
    Aggarwal, Sathe: Theoretical foundations and algorithms for outlier ensembles, SIGKDD
    Explorations 2015. The metric and the squeezing are ours.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> scores = SampledKnn().fit(X).decision_function([[0.0, 0.0], [6.0, 6.0]])
    >>> bool(scores[1] > 2 * scores[0])
    True
    """

    tags = Tags(
        paper="Sugiyama, Borgwardt 2013; Aggarwal, Sathe 2015",
        cost="n · d · samples",
        good_at="tables of any size; groups of like anomalies; heavy tails",
        exact=True,
        seeded=True,
        parts="subsample",
    )
    space = over(
        n_neighbors=Range(1, 60, log=True),
        max_samples=Range(64, 1024, log=True),
        squeeze=Range(1.0, 4.0),
    )

    def __init__(
        self,
        n_neighbors: int = 25,
        max_samples: int = 256,
        n_samples: int = 5,
        squeeze: float = 2.0,
        random_state: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.max_samples = max_samples
        self.n_samples = n_samples
        self.squeeze = squeeze
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        for name in ("n_neighbors", "max_samples", "n_samples"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name} must be at least 1, found {getattr(self, name)}.")
        if not self.squeeze > 0.0:
            raise ParameterError(f"squeeze must be positive, found {self.squeeze}.")
        rng = np.random.default_rng(self.random_state)
        some = (
            X[np.sort(rng.choice(len(X), MOST_SCALED, replace=False))]
            if len(X) > MOST_SCALED
            else X
        )
        self.centre_ = np.median(some, axis=0)
        self.unit_ = column_range(some) / self.squeeze
        size = min(self.max_samples, len(X))
        # One sample holds all rows where there are few: a second one would be the same.
        count = self.n_samples if size < len(X) else 1
        picked = [np.sort(rng.choice(len(X), size, replace=False)) for _ in range(count)]
        self.samples_ = np.stack([self._squeezed(X[rows]).T for rows in picked])
        # A share of the sample: as many rows of a smaller one would reach beyond the bulk.
        share = self.n_neighbors / self.max_samples
        self.count_ = max(1, min(self.n_neighbors, max(3, round(share * size)), size - 1))

    def _squeezed(self, X: np.ndarray) -> np.ndarray:
        from workbench.detectors.kernels._sampled import squeeze

        out = np.empty(X.shape, np.float32)
        squeeze(X, self.centre_, self.unit_, out)
        return out

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._sampled import mean_nearest

        scores = np.empty(len(X))

        def fill(rows: slice) -> None:
            mean_nearest(self._squeezed(X[rows]), self.samples_, self.count_, scores[rows])

        threads().map(fill, blocks(len(X), BLOCK))
        return scores

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        from workbench.detectors.kernels._sampled import mean_nearest_parts

        parts = np.empty((len(rows), X.shape[1]))
        mean_nearest_parts(self._squeezed(X[rows]), self.samples_, self.count_, parts)
        # Sums of float32 in another order: what they differ by is shared out.
        scores = self._score(X[rows], None)
        parts += ((scores - parts.sum(axis=1)) / X.shape[1])[:, None]
        return np.zeros(len(rows)), parts
