"""The detectors of PyOD that fit, score new rows, and say the same after saving: one table.

Where PyOD's is slow or wrong, a file of ours carries the plain name (``hbos``), and PyOD's stays
reachable for comparison (``pyod:hbos``). ``LEFT_OUT`` says which are not here, and why.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._pyod_torch import TORCH_MEMBERS
from workbench.detectors._wrapped import Member, Wrapped, make_members

__all__ = ["LEFT_OUT", "MEMBERS"]

#: PyOD's tabular detectors that are not here, each with the reason (measured with PyOD 3.6.7).
LEFT_OUT: dict[str, str] = {
    "cd": "a row scores differently alone and in a batch: leverage is taken within the batch",
    "cof": "it scores a batch by itself, without the training rows; one row alone is an error. "
    "Take `cof`, ours",
    "copod": "a row scores differently alone and in a batch. Take `copod`, ours",
    "ae1svm": "its decoder ends with a ReLU, so that nothing below the mean can be rebuilt: two "
    "rows 12 deviations above it ranked behind 359 of 400. One row alone is an error",
    "alad": "dropout stays on while it scores, so that the same row scores differently each time; "
    "without it, a row 12 deviations off ranked between 3rd and 179th of 400 (three seeds)",
    "devnet": "needs labels",
    "dif": "a row scores differently alone and in a batch: each of its representations is "
    "standardised within the batch",
    "ecod": "a row scores differently alone and in a batch. Take `ecod`, ours",
    "feature_bagging": "needs the package combo, which is no longer maintained. Take "
    "`feature_bagging`, ours",
    "lmdd": "its fitted state cannot be saved, and 4,000 rows take 34 s",
    "loci": "cubic: 1,000 rows did not end within a minute; a row scores differently alone",
    "lscp": "4,000 rows take 34 s; it needs detectors as a parameter, which cannot be named",
    "rgraph": "did not end within a minute on 1,000 rows, and prints as it goes",
    "rod": "a row scores differently alone and in a batch; it tries all triples of columns",
    "sod": "it scores a batch by itself, without the training rows. Take `sod`, ours",
    "sos": "it scores a batch by itself; one row alone gives no number",
    "suod": "needs the packages combo and suod; the workbench runs detectors in parallel itself",
    "xgbod": "needs labels and xgboost",
    "qmcd": "a wrap-around measure: a row far from all others need not score above the middle one",
}

#: Score of a value that differs where the median deviation is zero.
LARGEST_MAD = 1e9

#: One line a detector. Parameters and defaults are PyOD's, except where ``differs`` says why.
_TABLE: dict[str, Member] = {
    "abod": Member(
        "pyod.models.abod:ABOD",
        "Finds rows that see all others under similar angles: many columns, where distances fade.",
        "Kriegel et al.: Angle-based outlier detection, KDD 2008",
        "n · k² · d",
        "many columns; rows at the border of the data",
        {"n_neighbors": 10},
        {"n_neighbors": "PyOD's 5 give 10 angles a row, too few for a stable variance."},
        max_rows=20_000,
        min_rows=4,
    ),
    "auto_encoder": Member(
        "pyod.models.auto_encoder:AutoEncoder",
        "Finds rows that a narrow network cannot rebuild, as PyOD does.",
        "Aggarwal: Outlier analysis, 2015, chapter 3",
        "epochs · n · neurons²",
        "to compare with `autoencoder`",
        {
            "lr": 1e-3,
            "epoch_num": 10,
            "batch_size": 32,
            "hidden_neuron_list": [64, 32],
            "batch_norm": True,
            "dropout_rate": 0.2,
        },
        fixed={"verbose": 0},
        min_rows=4,
        seeded=True,
        extra="deep",
    ),
    "cblof": Member(
        "pyod.models.cblof:CBLOF",
        "Finds rows far from the large clusters: several groups of different size.",
        "He, Xu, Deng: Discovering cluster-based local outliers, 2003",
        "n · clusters · d",
        "several clusters; small clusters are odd too",
        {"n_clusters": 8, "alpha": 0.9, "beta": 5, "use_weights": False},
        min_rows=8,
        seeded=True,
    ),
    "deep_svdd": Member(
        "pyod.models.deep_svdd:DeepSVDD",
        "Finds rows that a network does not bring close to one centre.",
        "Ruff et al.: Deep one-class classification, ICML 2018",
        "epochs · n · neurons²",
        "learning from a clean reference: it also learns the anomalies that it is shown",
        {
            "hidden_neurons": None,
            "learning_rate": 1e-4,
            "epochs": 100,
            "batch_size": 32,
            "dropout_rate": 0.2,
            "l2_regularizer": 0.5e-6,
        },
        fixed={"n_features": 1, "verbose": 0},
        min_rows=4,
        seeded=True,
        extra="deep",
    ),
    "gmm": Member(
        "pyod.models.gmm:GMM",
        "Finds rows that a mixture of ellipsoids makes unlikely.",
        "Aggarwal: Outlier analysis, 2015, chapter 2",
        "n · components · d²",
        "a few elliptical groups",
        {"n_components": 1, "covariance_type": "full", "reg_covar": 1e-6, "max_iter": 100},
        min_rows=3,
        seeded=True,
    ),
    "hbos": Member(
        "pyod.models.hbos:HBOS",
        "Finds rows with rare values, column by column, as PyOD does.",
        "Goldstein, Dengel: Histogram-based outlier score, KI 2012",
        "n · d",
        "to compare with `hbos`",
        {"n_bins": 10, "alpha": 0.1, "tol": 0.5},
    ),
    "hdbscan": Member(
        "pyod.models.hdbscan:HDBSCAN",
        "Finds rows that belong to no dense cluster, without a number of clusters.",
        "Campello et al.: Hierarchical density estimates, TKDD 2015",
        "n² · d",
        "clusters of any shape",
        {"min_cluster_size": 5, "min_samples": None},
        max_rows=10_000,
        min_rows=6,
    ),
    "iforest": Member(
        "pyod.models.iforest:IForest",
        "Finds rows that random cuts isolate quickly, as PyOD and scikit-learn do.",
        "Liu, Ting, Zhou: Isolation forest, ICDM 2008",
        "trees · (samples + n) · log samples",
        "to compare with `iforest`",
        {"n_estimators": 100, "max_samples": "auto", "max_features": 1.0, "bootstrap": False},
        seeded=True,
    ),
    "inne": Member(
        "pyod.models.inne:INNE",
        "Finds rows outside of balls around sampled rows, as PyOD does.",
        "Bandaragoda et al.: Isolation-based anomaly detection using nearest-neighbor ensembles, "
        "2018",
        "n · estimators · samples · d",
        "to compare with `inne`",
        {"n_estimators": 200, "max_samples": "auto"},
        min_rows=3,
        seeded=True,
    ),
    "kde": Member(
        "pyod.models.kde:KDE",
        "Finds rows where the smoothed density of the data is low.",
        "Latecki, Lazarevic, Pokrajac: Outlier detection with kernel density functions, 2007",
        "n · max_rows · d",
        "few columns; smooth densities",
        {"bandwidth": 1.0},
        max_rows=2_000,
    ),
    "knn": Member(
        "pyod.models.knn:KNN",
        "Finds rows far from their neighbours, as PyOD does: a training row counts itself.",
        "Ramaswamy, Rastogi, Shim: Efficient algorithms for mining outliers, SIGMOD 2000",
        "n · max_rows · d",
        "to compare with `knn`",
        {"n_neighbors": 5, "method": "largest"},
        max_rows=20_000,
    ),
    "kpca": Member(
        "pyod.models.kpca:KPCA",
        "Finds rows that the main directions in kernel space do not rebuild.",
        "Hoffmann: Kernel PCA for novelty detection, Pattern Recognition 2007",
        "max_rows³ + n · max_rows · d",
        "curved relations between columns",
        {"n_components": 20, "kernel": "rbf", "gamma": None},
        {
            "n_components": "All components, PyOD's default, rebuild every training row and so "
            "find nothing among them."
        },
        max_rows=500,
        min_rows=4,
    ),
    "loda": Member(
        "pyod.models.loda:LODA",
        "Finds rows with rare random projections, as PyOD does, one bin off.",
        "Pevný: LODA, Machine Learning 2016",
        "n · cuts · √d",
        "to compare with `loda`",
        {"n_bins": 10, "n_random_cuts": 100},
        seeded=True,
    ),
    "lof": Member(
        "pyod.models.lof:LOF",
        "Finds rows in sparser surroundings than their neighbours, as PyOD does.",
        "Breunig et al.: LOF, SIGMOD 2000",
        "n · max_rows · d",
        "to compare with `lof`",
        {"n_neighbors": 20},
        max_rows=20_000,
        min_rows=3,
    ),
    "lunar": Member(
        "pyod.models.lunar:LUNAR",
        "Finds rows whose distances to neighbours a network learned to tell from made-up ones.",
        "Goodge et al.: LUNAR, AAAI 2022",
        "n · log n · d + epochs · max_rows · neurons²",
        "local anomalies; a learned weight for each neighbour",
        {"n_neighbours": 5, "epsilon": 0.1, "n_epochs": 50, "lr": 0.001, "wd": 0.1},
        {
            "n_epochs": "PyOD's 200 take four times as long and rank no better (ROC-AUC on "
            "Ionosphere .90 and not .92, on cardio .51 and not .65)."
        },
        max_rows=20_000,
        min_rows=6,
        seeded=True,
        extra="deep",
    ),
    "mad": Member(
        "pyod.models.mad:MAD",
        "Finds rows with a value many median deviations from the median of its column.",
        "Iglewicz, Hoaglin: How to detect and handle outliers, 1993",
        "n · d",
        "single wild values; a simple, robust first look",
        per_column=True,
    ),
    "mcd": Member(
        "pyod.models.mcd:MCD",
        "Finds rows far from a robust centre, as PyOD does.",
        "Rousseeuw, Van Driessen: FAST-MCD, Technometrics 1999",
        "n · d² + d³",
        "to compare with `mcd`",
        {"support_fraction": None},
        min_rows=4,
        seeded=True,
    ),
    "ocsvm": Member(
        "pyod.models.ocsvm:OCSVM",
        "Finds rows outside of a smooth surface, as PyOD does.",
        "Schölkopf et al.: Estimating the support of a high-dimensional distribution, 2001",
        "n · max_rows · d",
        "to compare with `ocsvm`",
        {"kernel": "rbf", "gamma": "auto", "nu": 0.5},
        max_rows=10_000,
    ),
    "pca": Member(
        "pyod.models.pca:PCA",
        "Finds rows off the main directions, as PyOD does; constant columns are refused.",
        "Shyu et al.: A novel anomaly detection scheme, ICDM 2003",
        "n · d² + d³",
        "to compare with `pca`",
        {"n_components": None, "n_selected_components": None, "weighted": True},
        seeded=True,
        min_rows=3,
    ),
    "sampling": Member(
        "pyod.models.sampling:Sampling",
        "Finds rows far from a tiny sample of the data: very fast, surprisingly good.",
        "Sugiyama, Borgwardt: Rapid distance-based outlier detection via sampling, NIPS 2013",
        "n · subset · d",
        "millions of rows at once",
        {"subset_size": 20},
        seeded=True,
    ),
    "vae": Member(
        "pyod.models.vae:VAE",
        "Finds rows that a variational autoencoder cannot rebuild, as PyOD does but for chance.",
        "Kingma, Welling: Auto-encoding variational Bayes, ICLR 2014",
        "epochs · n · neurons²",
        "to compare with `vae`",
        {
            "lr": 1e-3,
            "epoch_num": 30,
            "batch_size": 32,
            "beta": 1.0,
            "capacity": 0.0,
            "encoder_neuron_list": [128, 64, 32],
            "decoder_neuron_list": [32, 64, 128],
            "latent_dim": 2,
            "dropout_rate": 0.2,
        },
        fixed={"verbose": 0},
        min_rows=4,
        seeded=True,
        extra="deep",
    ),
}


class _Cblof(Wrapped):
    """Asks for fewer clusters where PyOD finds no border between large and small ones."""

    n_clusters: int

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        asked = self.n_clusters
        for count in dict.fromkeys([asked, *range(asked - 1, 1, -1), asked + 1, asked + 3]):
            try:
                self.models_ = [self._with(count, X).fit(X)]
            except ValueError as error:
                last = error
                continue
            return
        raise last

    def _with(self, count: int, X: np.ndarray) -> Any:
        model = self._build(X)
        model.n_clusters = max(2, min(count, len(X) // 2))
        return model


class _Mad(Wrapped):
    """A bounded score where most values of a column are equal: PyOD says the largest float."""

    def _ask(self, model: Any, X: np.ndarray) -> np.ndarray:
        return np.minimum(super()._ask(model, X), LARGEST_MAD)


class _Sampling(Wrapped):
    """A subset that is no larger than the data."""

    def _fitting(self, given: dict[str, Any], X: np.ndarray) -> dict[str, Any]:
        size = given["subset_size"]
        return {**given, "subset_size": min(size, len(X)) if size >= 1 else size}


class _Kpca(Wrapped):
    """At most half as many components as rows: with all of them nothing is left to see."""

    def _fitting(self, given: dict[str, Any], X: np.ndarray) -> dict[str, Any]:
        count = given["n_components"] or len(X)
        return {**given, "n_components": max(1, min(count, math.ceil(len(X) / 2)))}


MEMBERS = make_members(
    "pyod",
    "PyOD",
    globals(),
    _TABLE,
    {"cblof": _Cblof, "mad": _Mad, "sampling": _Sampling, "kpca": _Kpca, **TORCH_MEMBERS},
)
