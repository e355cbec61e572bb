"""How well and how fast ``auto`` does on real labelled data, beside PyOD's detectors run directly.

Usage: python tests/benchmarks/real_data.py [FOLDER] [--most-rows N] [--only WORD] [--fresh]

For every tabular, mixed and series file of the index: ROC-AUC, average precision, seconds and
peak memory (growth of the process while it runs) of ``wb.detect(data, "auto")`` and of PyOD's
IForest, KNN(50) and ECOD on the same standardised numbers. Results are kept in
``.cache/real_data.jsonl``: an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import csv
import json
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

import workbench as wb
from workbench.metrics.points import average_precision, roc_auc

CACHE = Path(".cache/real_data.jsonl")
SHARED = Path(__file__).parents[3] / "shared" / "data"
#: PyOD's KNN takes minutes beyond this.
MOST_ROWS_KNN = 20_000


class PeakMemory:
    """Watches how far the resident memory of this process grows while the block runs."""

    def __enter__(self) -> PeakMemory:
        self._process = psutil.Process()
        self._start = self._process.memory_info().rss
        self._peak = self._start
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            self._peak = max(self._peak, self._process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.mib = max(0, self._peak - self._start) / 2**20


def read(folder: Path, line: dict[str, str]) -> tuple[wb.Dataset, np.ndarray, np.ndarray]:
    """Return a dataset without its labels, its labels, and plain numbers for the peers."""
    path = folder / line["path"]
    series = line["family"].startswith("ts")
    if path.suffix == ".npz":
        frame, labels = _from_arrays(path)
        name = line["name"]
        data = wb.load(frame, kind="series" if series else "tabular", name=name)
        return data, labels, frame.to_numpy(dtype=float)
    frame = wb.load(path).frame
    label = line["label_col"] or next(
        (column for column in ("label", "Label", "anomaly", "is_anomaly") if column in frame), None
    )
    if label is None:  # a file without anomalies: there is nothing to measure but time
        frame, label = frame.assign(label=0), "label"
    labels = (frame[label].astype(str).str.lower().map(_is_positive)).to_numpy(dtype=float)
    leaks = [name for name in (*line["leak_cols"].split("|"), "changepoint") if name in frame]
    frame = frame.drop(columns=[label, *leaks])
    time_column = next((c for c in frame if c.lower() in ("timestamp", "datetime")), None)
    data = wb.load(frame, time=time_column if series else None, kind="series" if series else None)
    numbers = frame[list(data.features)].apply(_codes).to_numpy(dtype=float)
    return data, labels, np.nan_to_num(numbers)


def _from_arrays(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    with np.load(path, allow_pickle=False) as kept:
        values, labels = (kept["X"], kept["y"]) if "X" in kept else (kept["test"], kept["label"])
    values = np.asarray(values, dtype=float).reshape(len(values), -1)
    labels = np.asarray(labels, dtype=float).reshape(len(values), -1).max(axis=1)
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(values.shape[1])]), labels


def _is_positive(text: str) -> float:
    return 0.0 if text in ("0", "0.0", "false", "normal") else 1.0


def _codes(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    return pd.Series(pd.factorize(column)[0], index=column.index, dtype=float)


def measure(run: Callable[[], np.ndarray], labels: np.ndarray) -> dict[str, Any]:
    """Return quality, time and memory of one way to score."""
    with PeakMemory() as memory:
        start = time.perf_counter()
        scores = run()
        seconds = time.perf_counter() - start
    finite = bool(np.isfinite(scores).all())
    both = 0 < labels.sum() < len(labels)
    return {
        "finite": finite,
        "auc": roc_auc(labels, scores) if both and finite else None,
        "ap": average_precision(labels, scores) if both and finite else None,
        "seconds": round(seconds, 3),
        "mib": round(memory.mib, 1),
    }


def peers(values: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Return PyOD's detectors on standardised numbers."""
    from pyod.models.ecod import ECOD
    from pyod.models.iforest import IForest
    from pyod.models.knn import KNN

    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "pyod:iforest": lambda: IForest(random_state=0).fit(values).decision_scores_,
        "pyod:ecod": lambda: ECOD().fit(values).decision_scores_,
    }
    if len(values) <= MOST_ROWS_KNN:
        count = min(50, len(values) - 1)
        ways["pyod:knn50"] = lambda: (
            KNN(n_neighbors=count, method="mean").fit(values).decision_scores_
        )
    return ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--most-rows", type=int, default=200_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    CACHE.parent.mkdir(exist_ok=True)
    if asked.fresh:
        CACHE.unlink(missing_ok=True)
    known = [json.loads(line) for line in CACHE.read_text().splitlines()] if CACHE.exists() else []
    results = {item["name"]: item for item in known}
    with (asked.folder / "index.csv").open() as index:
        lines = [line for line in csv.DictReader(index) if int(line["rows"]) <= asked.most_rows]
    for line in lines:
        if asked.only not in line["name"] or line["name"] in results:
            continue
        data, labels, numbers = read(asked.folder, line)
        ways = {"auto": lambda d=data: wb.detect(d, asked.detector).scores.to_numpy()}
        ways |= peers(numbers)
        result = {"name": line["name"], "family": line["family"], "rows": len(data)}
        result["results"] = {way: measure(run, labels) for way, run in ways.items()}
        results[line["name"]] = result
        with CACHE.open("a") as out:
            out.write(json.dumps(result) + "\n")
        _print_line(result)
    _print_summary([results[line["name"]] for line in lines if line["name"] in results])


def _print_line(result: dict[str, Any]) -> None:
    print(f"{result['name'][:48]:<48} {result['rows']:>7}")
    for way, found in result["results"].items():
        quality = (
            "   no labels   " if found["auc"] is None else f"{found['auc']:.3f}  {found['ap']:.3f}"
        )
        flag = "" if found["finite"] else "  NOT FINITE"
        print(
            f"    {way:<14} {quality}  {found['seconds']:>7.2f} s {found['mib']:>7.1f} MiB{flag}",
            flush=True,
        )


def _print_summary(results: list[dict[str, Any]]) -> None:
    print(
        f"\n{len(results)} files; not finite: "
        f"{sum(not r['results']['auto']['finite'] for r in results)}"
    )
    for family in sorted({r["family"] for r in results}):
        chosen = [r for r in results if r["family"] == family]
        for way in ("auto", "pyod:iforest", "pyod:knn50", "pyod:ecod"):
            found = [r["results"][way] for r in chosen if way in r["results"]]
            labelled = [item for item in found if item["auc"] is not None]
            if not labelled:
                continue
            auc = np.mean([item["auc"] for item in labelled])
            ap = np.mean([item["ap"] for item in labelled])
            total = sum(item["seconds"] for item in found)
            peak = max(item["mib"] for item in found)
            print(
                f"{family:<10} {way:<14} files {len(labelled):>3}  AUC {auc:.3f}  AP {ap:.3f}  "
                f"{total:>7.1f} s in all  peak {peak:>6.0f} MiB"
            )


if __name__ == "__main__":
    main()
