"""Speed and memory beside a peer in the same run, as ratios, compared with the last known ones.

Usage: python tests/benchmarks/ratios.py [--update] [--only WORD] [--rounds N]

Each case runs our way and the peer's way in turn (interleaved, medians), threads fixed to one.
A ratio is the peer's seconds divided by ours: 2 means twice as fast. ``baseline.json`` keeps the
ratios; one that fell by more than a fifth is a regression and makes the command fail.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import workbench as wb
from workbench.preparation.encoding import Preparation

BASELINE = Path(__file__).with_name("baseline.json")
#: A ratio that is smaller than this share of the known one is a regression.
TOLERATED = 0.8

Way = Callable[[], object]


def _normal(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, columns))


def detect_iforest() -> tuple[Way, Way]:
    """wb.detect(frame, "iforest") beside bare PyOD on prepared numbers, 100,000 x 10."""
    from pyod.models.iforest import IForest

    frame = pd.DataFrame(_normal(100_000, 10), columns=list("abcdefghij"))
    values = Preparation().fit(frame, list(frame)).transform(frame).values
    return (
        lambda: wb.detect(frame, "iforest"),
        lambda: IForest(n_estimators=100, max_samples=256, random_state=0).fit(values),
    )


def prepare() -> tuple[Way, Way]:
    """Preparation of 100,000 x 10 beside scikit-learn's RobustScaler."""
    from sklearn.preprocessing import RobustScaler

    frame = pd.DataFrame(_normal(100_000, 10), columns=list("abcdefghij"))
    return (
        lambda: Preparation().fit(frame, list(frame)).transform(frame),
        lambda: RobustScaler(quantile_range=(5, 95)).fit_transform(frame),
    )


def _detector(name: str, peer: Callable[[], object], rows: int, columns: int) -> tuple[Way, Way]:
    from workbench.detectors import DETECTORS

    values = _normal(rows, columns)
    return (
        lambda: DETECTORS.get(name).create().fit_score(values),
        lambda: peer().fit(values),  # type: ignore[attr-defined]
    )


def ecod() -> tuple[Way, Way]:
    """ECOD fit and score, 100,000 x 10."""
    from pyod.models.ecod import ECOD

    return _detector("ecod", ECOD, 100_000, 10)


def copod() -> tuple[Way, Way]:
    """COPOD fit and score, 100,000 x 10."""
    from pyod.models.copod import COPOD

    return _detector("copod", COPOD, 100_000, 10)


def hbos() -> tuple[Way, Way]:
    """HBOS fit and score, 100,000 x 10."""
    from pyod.models.hbos import HBOS

    return _detector("hbos", HBOS, 100_000, 10)


def loda() -> tuple[Way, Way]:
    """LODA fit and score, 100,000 x 10."""
    from pyod.models.loda import LODA

    return _detector("loda", LODA, 100_000, 10)


def inne() -> tuple[Way, Way]:
    """INNE fit and score, 20,000 x 10."""
    from pyod.models.inne import INNE

    return _detector("inne", INNE, 20_000, 10)


def knn() -> tuple[Way, Way]:
    """KNN (mean of 50) fit and score, 5,000 x 10."""
    from pyod.models.knn import KNN

    return _detector("knn", lambda: KNN(n_neighbors=50, method="mean"), 5_000, 10)


def one_row_ecod() -> tuple[Way, Way]:
    """One row scored by ECOD after a fit on 10,000 x 10."""
    from pyod.models.ecod import ECOD

    from workbench.detectors import DETECTORS

    values = _normal(10_000, 10)
    ours, theirs = DETECTORS.get("ecod").create().fit(values), ECOD().fit(values)
    return lambda: ours.decision_function(values[:1]), lambda: theirs.decision_function(values[:1])


def load_csv() -> tuple[Way, Way]:
    """wb.load of a CSV of 300,000 x 10 (in its own process) beside pandas.read_csv."""
    folder = Path(tempfile.mkdtemp())
    file = folder / "numbers.csv"
    pd.DataFrame(_normal(300_000, 10), columns=list("abcdefghij")).to_csv(file, index=False)
    return lambda: wb.load(file), lambda: pd.read_csv(file)


def import_package() -> tuple[Way, Way]:
    """A fresh process that imports workbench beside one that imports pandas."""

    def run(module: str) -> Way:
        return lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True)

    return run("workbench"), run("pandas")


def show_help() -> tuple[Way, Way]:
    """``workbench --help`` beside a fresh process that imports pandas (at least 0.5)."""
    return (
        lambda: subprocess.run(
            [sys.executable, "-m", "workbench", "--help"], check=True, capture_output=True
        ),
        lambda: subprocess.run([sys.executable, "-c", "import pandas"], check=True),
    )


CASES = (
    detect_iforest, prepare, ecod, copod, hbos, loda, inne, knn, one_row_ecod, load_csv,
    import_package, show_help,
)  # fmt: skip


def measure(case: Callable[[], tuple[Way, Way]], rounds: int) -> tuple[float, float]:
    """Return the median seconds of our way and of the peer's, run in turn."""
    ways = case()
    for way in ways:  # what is compiled or cached at the first call is not compared
        way()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for kept, way in zip(times, ways, strict=True):
            start = time.perf_counter()
            way()
            kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="keep these ratios as the baseline")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    fallen = []
    for case in CASES:
        name = case.__name__
        if asked.only not in name:
            continue
        ours, theirs = measure(case, asked.rounds)
        ratio = theirs / ours
        before = known.get(name)
        note = "" if before is None else f"(was {before:.2f})"
        if before is not None and ratio < TOLERATED * before:
            fallen.append(name)
            note += "  FELL"
        print(
            f"{name:<16} {ratio:>8.2f} x   ours {ours:.4f} s  peer {theirs:.4f} s  {note}",
            flush=True,
        )
        if asked.update:
            known[name] = round(ratio, 3)
    if asked.update:
        BASELINE.write_text(json.dumps(known, indent=2) + "\n")
        return 0
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
