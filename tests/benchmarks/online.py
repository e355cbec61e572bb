"""How fast and how well online detectors do, beside River's and PySAD's on the same streams.

Usage: python tests/benchmarks/online.py [FOLDER] [--rows N] [--every N] [--most-rows N]

Speed: points per second of one pass (score, then learn) over normal noise with 1 and 10 columns,
in batches of 1,000 and row by row; peers run on as many rows as three seconds allow. Quality:
mean ROC-AUC of that pass over every N-th labelled series of at most so many rows, its first 500
rows left out for all; River's and PySAD's half-space trees get columns scaled by the whole
series, which ours do not see. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workbench.detectors import DETECTORS
from workbench.metrics.points import roc_auc

sys.path.insert(0, str(Path(__file__).parent))
from real_data import SHARED, read

OURS = ("ewma", "spot", "half_space_trees", "online_loda", "robust_random_cut_forest", "sliding")
#: Ours, and the peer that it is held against.
PEERS = {
    "ewma": "pysad StandardAbsoluteDeviation",
    "half_space_trees": "river HalfSpaceTrees",
    "online_loda": "river LODA",
    "robust_random_cut_forest": "pysad RobustRandomCutForest",
}
#: Rows that no detector is judged on.
HEAD = 500
#: Seconds that a peer gets for its speed.
SECONDS = 3.0
#: Seconds that one may take over all series.
PATIENCE = 900.0

Pass = Callable[[np.ndarray], np.ndarray]


def ours(name: str, batch: int) -> Pass:
    def run(X: np.ndarray) -> np.ndarray:
        detector = DETECTORS.get(name).create()
        parts = range(0, len(X), batch)
        return np.concatenate([detector.score_learn(X[k : k + batch]) for k in parts])

    return run


def river(make: Callable[[], Any]) -> Pass:
    def run(X: np.ndarray) -> np.ndarray:
        model, scores = make(), np.empty(len(X))
        for row, values in enumerate(unit(X).tolist()):
            named = dict(enumerate(values))
            scores[row] = model.score_one(named)
            model.learn_one(named)
        return scores

    return run


def pysad(make: Callable[[np.ndarray], Any]) -> Pass:
    """PySAD learns, then scores: ``fit_score_partial`` is its own way."""

    def run(X: np.ndarray) -> np.ndarray:
        scaled = unit(X)
        model = make(scaled)
        return np.array([np.ravel(model.fit_score_partial(row))[0] for row in scaled], dtype=float)

    return run


def unit(X: np.ndarray) -> np.ndarray:
    low, span = X.min(axis=0), np.ptp(X, axis=0)
    return (X - low) / np.where(span > 0.0, span, 1.0)


def peers() -> dict[str, Pass]:
    from pysad import models
    from river import anomaly

    def bounded(kind: Any) -> Callable[[np.ndarray], Any]:
        return lambda X: kind(X.min(axis=0), X.max(axis=0), random_state=0)

    return {
        "river HalfSpaceTrees": river(lambda: anomaly.HalfSpaceTrees(seed=0)),
        "river HalfSpaceTrees, 500": river(lambda: anomaly.HalfSpaceTrees(seed=0, window_size=500)),
        "river LODA": river(lambda: anomaly.LODA(seed=0)),
        "river OneClassSVM": river(anomaly.OneClassSVM),
        "pysad HalfSpaceTrees": pysad(bounded(models.HalfSpaceTrees)),
        "pysad RobustRandomCutForest": pysad(
            lambda X: models.RobustRandomCutForest(random_state=0)
        ),
        "pysad xStream": pysad(lambda X: models.xStream(random_state=0)),
        "pysad RSHash": pysad(bounded(models.RSHash)),
        "pysad StandardAbsoluteDeviation": pysad(lambda X: models.StandardAbsoluteDeviation()),
    }


def speed_of(run: Pass, X: np.ndarray, most: float) -> float:
    """Points per second over as many rows as ``most`` seconds are likely to allow."""
    start, rows = time.perf_counter(), min(200, len(X))
    run(X[:rows])
    taken = time.perf_counter() - start
    rows = int(np.clip(rows * most / taken, rows, len(X)))
    start = time.perf_counter()
    run(X[:rows])
    return rows / (time.perf_counter() - start)


def speeds(rows: int) -> dict[str, float]:
    """Print them, and return points per second with the most columns."""
    others = peers()
    found: dict[str, float] = {}
    for columns in (1, 10):
        X = np.random.default_rng(0).normal(size=(rows, columns))
        for name in OURS:
            ours(name, 1_000)(X[:600])  # compiles
            found[name] = speed_of(ours(name, 1_000), X, SECONDS)
            single = speed_of(ours(name, 1), X, SECONDS)
            print(f"{columns:>2} columns  {name:<33} {found[name]:>11,.0f}/s"
                  f"   row by row {single:>9,.0f}/s", flush=True)  # fmt: skip
        for name, run in others.items():
            try:
                found[name] = speed_of(run, X, SECONDS)
            except Exception as error:
                print(f"{columns:>2} columns  {name:<33} fails: {error}")
                continue
            print(f"{columns:>2} columns  {name:<33} {found[name]:>11,.0f}/s", flush=True)
        for name, peer in PEERS.items():
            if peer in found:
                print(f"{columns:>2} columns  {name} / {peer}: {found[name] / found[peer]:.0f} x")
    return found


def series(folder: Path, every: int, most: int) -> list[tuple[str, np.ndarray, np.ndarray]]:
    with (folder / "index.csv").open() as index:
        lines = [line for line in csv.DictReader(index) if line["family"].startswith("ts")]
    found = []
    for line in [line for line in lines if int(line["rows"]) <= most][::every]:
        _, labels, numbers = read(folder, line)
        if 0 < labels[HEAD:].sum() < len(labels[HEAD:]):
            family = "NAB" if line["source"] == "numenta/NAB" else line["family"]
            found.append((family, numbers.reshape(len(labels), -1).astype(float), labels))
    return found


def quality(folder: Path, every: int, most: int, speed: dict[str, float]) -> None:
    known = series(folder, every, most)
    families = sorted({family for family, _, _ in known})
    runs = {**{name: ours(name, 1_000) for name in OURS}, **peers()}
    print(f"\nmean ROC-AUC ± standard error over {len(known)} series "
          f"({sum(len(labels) for _, _, labels in known):,} rows)")  # fmt: skip
    rows = sum(len(labels) for _, _, labels in known)
    for name, run in runs.items():
        if rows / speed.get(name, np.inf) > PATIENCE:
            print(f"{name:<33} left out: it would take {rows / speed[name] / 60:.0f} minutes")
            continue
        values: list[float] = []
        start = time.perf_counter()
        try:
            for _, X, labels in known:
                scores = np.nan_to_num(run(X)[HEAD:])
                values.append(roc_auc(labels[HEAD:], scores))
        except Exception as error:
            print(f"{name:<33} fails: {error}")
            continue
        table = np.array(values)
        shown = "  ".join(
            f"{family} {table[[each == family for each, _, _ in known]].mean():.3f}"
            for family in families
        )
        error_of = table.std(ddof=1) / np.sqrt(len(table))
        seconds = time.perf_counter() - start
        print(
            f"{name:<33} {table.mean():.3f} ± {error_of:.3f}   {shown}   {seconds:.1f} s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--most-rows", type=int, default=30_000)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    speed = speeds(asked.rows)
    if asked.folder.exists():
        quality(asked.folder, asked.every, asked.most_rows, speed)


if __name__ == "__main__":
    main()
