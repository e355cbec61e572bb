"""Own kernels beside PyOD: seconds, memory, one row, Shapley values, and quality, in one run.

Usage: python tests/benchmarks/speed.py [--threads N] [--rounds N] [--only WORD] [--parts LIST]

Parts: speed, memory, rows, shap, compile, quality. In "speed" our fit and scoring of the training
rows and the peer's ``fit`` (which scores them too) run in turn, medians of ``--rounds``; thread
counts are fixed before NumPy is imported. A ratio is the peer's figure divided by ours. PyOD's KNN
and LOF take a minute each at 100,000 rows, so of these the peer runs once and this is said.
"""

from __future__ import annotations

import argparse
import os
import sys

_parser = argparse.ArgumentParser(description=__doc__)
_parser.add_argument("--threads", type=int, default=1)
_parser.add_argument("--rounds", type=int, default=5)
_parser.add_argument("--only", default="", help="pattern, as in ^ecod-1000000$")
_parser.add_argument("--parts", default="speed,memory,rows,shap,compile,quality")
_parser.add_argument("--peak", nargs=3, metavar=("SIDE", "NAME", "ROWS"), help=argparse.SUPPRESS)
ASKED = _parser.parse_args()
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
              "WORKBENCH_THREADS"):  # fmt: skip
    os.environ[_name] = str(ASKED.threads)

import importlib
import re
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workbench.detectors import DETECTORS
from workbench.metrics.points import roc_auc

TABULAR = Path(__file__).parents[3] / "shared" / "data" / "tabular"
PEERS = {
    "iforest": ("iforest", "IForest", {"random_state": 0}),
    "hbos": ("hbos", "HBOS", {}),
    "ecod": ("ecod", "ECOD", {}),
    "copod": ("copod", "COPOD", {}),
    "loda": ("loda", "LODA", {"random_state": 0}),
    "inne": ("inne", "INNE", {"random_state": 0}),
    "knn": ("knn", "KNN", {"n_neighbors": 50, "method": "mean"}),
    "lof": ("lof", "LOF", {}),
    "pca": ("pca", "PCA", {}),
    "mcd": ("mcd", "MCD", {"random_state": 0}),
}
FAST = ("iforest", "hbos", "ecod", "copod", "loda", "inne")
CASES = [
    *((name, rows) for rows in (100_000, 1_000_000) for name in FAST),
    ("knn", 100_000), ("lof", 100_000), ("pca", 100_000), ("pca", 1_000_000), ("mcd", 100_000),
]  # fmt: skip
#: Counted in the geometric mean of the bar.
COUNTED = {*FAST, "knn", "lof"}
#: The peer takes a minute: it runs once.
SLOW_PEERS = {"knn", "lof"}


def table(rows: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, 10))


def peer(name: str) -> Any:
    module, kind, params = PEERS[name]
    return getattr(importlib.import_module(f"pyod.models.{module}"), kind)(**params)


def ours(name: str) -> Any:
    return DETECTORS.get(name).create()


def seconds(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def in_turn(first: Callable[[], object], second: Callable[[], object], once: bool) -> list[float]:
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(ASKED.rounds):
        times[0].append(seconds(first))
        if number == 0 or not once:
            times[1].append(seconds(second))
    return [statistics.median(kept) for kept in times]


def mean_ratio(ratios: list[float]) -> float:
    return float(np.exp(np.mean(np.log(ratios)))) if ratios else float("nan")


def chosen() -> list[tuple[str, int]]:
    return [case for case in CASES if re.search(ASKED.only, f"{case[0]}-{case[1]}")]


def speed() -> None:
    print(f"\nfit and score of n x 10 normal values, {ASKED.threads} thread(s)")
    counted = []
    for name, rows in chosen():
        values = table(rows)
        for warm in (
            lambda n=name: ours(n).fit_score(table(3_000)),
            lambda n=name: peer(n).fit(table(3_000)),
        ):
            warm()
        mine, theirs = in_turn(
            lambda n=name, v=values: ours(n).fit_score(v),
            lambda n=name, v=values: peer(n).fit(v),
            name in SLOW_PEERS,
        )
        note = "  (peer once)" if name in SLOW_PEERS else ""
        print(f"{name:<8} {rows:>9,}  {theirs / mine:>7.2f} x  ours {mine:>8.3f} s  "
              f"peer {theirs:>8.3f} s{note}", flush=True)  # fmt: skip
        if name in COUNTED:
            counted.append(theirs / mine)
    print(f"geometric mean of {len(counted)} cases: {mean_ratio(counted):.2f} x")


def peak_here(side: str, name: str, rows: int) -> None:
    """In a process of its own: the growth of the peak resident memory over one fit and score."""
    for warm in (500, 3_000):
        ours(name).fit_score(table(warm)) if side == "ours" else peer(name).fit(table(warm))
    values = table(rows)
    # Not ru_maxrss: Linux starts that one at the memory of the parent.
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew at what is held now
    before = _peak_kib()
    ours(name).fit_score(values) if side == "ours" else peer(name).fit(values)
    print((_peak_kib() - before) / 1024)


def _peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def memory() -> None:
    print("\npeak resident memory that fit and score add, MiB, a process each")
    for name, rows in chosen():
        if rows < 1_000_000 and name in FAST:
            continue
        figures = []
        for side in ("ours", "peer"):
            command = [sys.executable, __file__, "--threads", str(ASKED.threads)]
            done = subprocess.run(
                [*command, "--peak", side, name, str(rows)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            figures.append(float(done.stdout.split()[-1]))
        share = figures[0] / figures[1] if figures[1] else float("nan")
        print(f"{name:<8} {rows:>9,}  ours {figures[0]:>7.1f}  peer {figures[1]:>7.1f}  "
              f"share {share:.2f}", flush=True)  # fmt: skip


def rows() -> None:
    print("\none row (score_one, validation included) and 1,000 rows, after a fit on 100,000 x 10")
    values = table(100_000)
    for name in FAST:
        if not re.search(ASKED.only, name):
            continue
        mine, theirs = ours(name).fit(values), peer(name).fit(values)
        mine.score_one(values[0]), mine.decision_function(values[:1_000])
        for count, repeat in ((1, 2_000), (1_000, 20)):
            some, row = values[:count], values[0].copy()
            way = (lambda d=mine, r=row: d.score_one(r)) if count == 1 else (
                lambda d=mine, s=some: d.decision_function(s)
            )  # fmt: skip
            fast, slow = [], []
            for _ in range(ASKED.rounds):
                fast.append(seconds(lambda w=way, k=repeat: [w() for _ in range(k)]) / repeat)
                slow.append(seconds(lambda p=theirs, s=some: p.decision_function(s)))
            a, b = statistics.median(fast), statistics.median(slow)
            print(f"{name:<8} {count:>5} rows  {b / a:>9.1f} x  ours {a * 1e6:>9.1f} us  "
                  f"peer {b * 1e6:>10.1f} us", flush=True)  # fmt: skip


def shap() -> None:
    from shap import TreeExplainer
    from sklearn.ensemble import IsolationForest

    print("\nShapley values of a forest, beside shap.TreeExplainer on scikit-learn's forest")
    values = table(20_000)
    mine = ours("iforest").fit(values)
    theirs = TreeExplainer(IsolationForest(max_samples=256, random_state=0).fit(values))
    mine.path_contributions(values[:100])
    for count in (1, 100, 1_000, 5_000):
        some = values[:count]
        a, b = in_turn(
            lambda s=some: mine.path_contributions(s),
            lambda s=some: theirs.shap_values(s, check_additivity=False),
            count > 1_000,
        )
        print(f"{count:>5} rows  {b / a:>6.1f} x  ours {a / count * 1e6:>8.1f} us a row  "
              f"peer {b / count * 1e6:>8.1f} us", flush=True)  # fmt: skip


def compile_time() -> None:
    print("\ncold compile: first fit, score and score_one in a fresh process, empty and full cache")
    program = (
        "import sys, time, numpy as np\n"
        "from workbench.detectors import DETECTORS\n"
        "X = np.random.default_rng(0).normal(size=(3000, 10))\n"
        "start = time.perf_counter()\n"
        "d = DETECTORS.get(sys.argv[1]).create(); d.fit_score(X); d.score_one(X[0])\n"
        "print(time.perf_counter() - start)"
    )
    for name in PEERS:
        if not re.search(ASKED.only, name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = []
            for _ in range(2):
                done = subprocess.run(
                    [sys.executable, "-c", program, name], capture_output=True, text=True,
                    check=True, env={**os.environ, "NUMBA_CACHE_DIR": folder},
                )  # fmt: skip
                found.append(float(done.stdout.split()[-1]))
        print(f"{name:<8} cold {found[0]:>6.2f} s  cached {found[1]:>6.2f} s", flush=True)


def quality() -> None:
    print("\nROC-AUC on the real tables (standardised, at most 10,000 rows), mean of seeds 0-4")
    if not TABULAR.is_dir():
        print("skipped: the folder ../shared/data/tabular is not there")
        return
    found: dict[str, list[tuple[float, float]]] = {
        name: [] for name in PEERS if re.search(ASKED.only, name)
    }
    for file in sorted(TABULAR.glob("*.npz")):
        with np.load(file, allow_pickle=False) as kept:
            values, labels = kept["X"].astype(float), kept["y"].astype(float).reshape(-1)
        picked = np.random.default_rng(0).permutation(len(values))[:10_000]
        values, labels = values[picked], labels[picked]
        spread = values.std(axis=0)
        values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        if not 0 < labels.sum() < len(labels):
            continue
        for name, pairs in found.items():
            pairs.append((_auc(name, values, labels), _peer_auc(name, values, labels)))
    for name, pairs in found.items():
        mine, theirs = (np.array(side) for side in zip(*pairs, strict=True))
        both = np.isfinite(theirs)
        print(f"{name:<8} ours {mine[both].mean():.4f}  peer {theirs[both].mean():.4f}  "
              f"difference {np.mean(mine[both] - theirs[both]):+.4f}  on {both.sum()} sets",
              flush=True)  # fmt: skip


def _seeds(name: str) -> range:
    return range(5 if name in ("iforest", "loda", "inne") else 1)


def _auc(name: str, values: np.ndarray, labels: np.ndarray) -> float:
    kind = DETECTORS.get(name)
    made = [kind.create(**({"random_state": s} if kind.tags.seeded else {})) for s in _seeds(name)]
    return float(np.mean([roc_auc(labels, one.fit_score(values)) for one in made]))


def _peer_auc(name: str, values: np.ndarray, labels: np.ndarray) -> float:
    aucs = []
    for seed in _seeds(name):
        one = peer(name)
        if hasattr(one, "random_state"):
            one.random_state = seed
        if name == "knn":
            one.n_neighbors = min(50, len(values) - 1)
        try:
            scores = one.fit(values).decision_scores_
        except Exception:  # a library that refuses a set is left out of the comparison there
            return float("nan")
        aucs.append(roc_auc(labels, scores) if np.isfinite(scores).all() else float("nan"))
    return float(np.mean(aucs))


def main() -> None:
    warnings.simplefilter("ignore")
    if ASKED.peak:
        peak_here(ASKED.peak[0], ASKED.peak[1], int(ASKED.peak[2]))
        return
    parts = {"speed": speed, "memory": memory, "rows": rows, "shap": shap,
             "compile": compile_time, "quality": quality}  # fmt: skip
    for name in ASKED.parts.split(","):
        parts[name]()


if __name__ == "__main__":
    main()
