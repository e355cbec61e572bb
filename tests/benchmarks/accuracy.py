"""How well detectors rank real labelled data: ``auto`` beside every single detector.

Usage: python tests/benchmarks/accuracy.py {tabular,mixed,series} [--detectors A,B] [--fresh A,B]

Tables: all rows up to 20,000 (a seeded sample of longer ones), ROC-AUC and average precision.
Series: 60 fixed ones, 20 each of cloud monitoring (NAB, Microsoft), UCR and the multivariate
collections, the first by the hash of their names; VUS-PR with the window of TSB-AD's protocol.
Results are kept in ``.cache/accuracy/``: an interrupted run goes on where it stopped. Labels are
never seen while scoring; with all detectors the script fails when ``auto`` misses its floor.
``--part development`` takes the next 60 series: choices were made there.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import workbench as wb
from workbench.bench._protocol import protocol_window
from workbench.bench._ranks import rank_detectors
from workbench.charts._pictures import difference_picture
from workbench.metrics.points import average_precision, roc_auc
from workbench.metrics.ranges import vus_pr

sys.path.insert(0, str(Path(__file__).parent))
from real_data import SHARED, read

CACHE = Path(".cache/accuracy")
MOST_ROWS = 20_000
#: A series of more rows takes longer than the 20 s a fit that the protocol allows.
MOST_POINTS = 100_000
EACH = 20
#: Detectors whose time grows with the cube of the columns are spared the widest sets.
MOST_COLUMNS = {"mcd": 200, "pyod:gmm": 200}

Way = tuple[str, dict[str, Any]]
#: What is compared when nobody names detectors: shown name to detector and parameters.
TABLES: dict[str, Way] = {
    "auto": ("auto", {}),
    "sampled_knn": ("sampled_knn", {}),
    "iforest": ("iforest", {}),
    "extended_iforest": ("extended_iforest", {}),
    "knn": ("knn", {}),
    "lof": ("lof", {}),
    "ecod": ("ecod", {}),
    "copod": ("copod", {}),
    "hbos": ("hbos", {}),
    "loda": ("loda", {}),
    "inne": ("inne", {}),
    "pca": ("pca", {}),
    "mcd": ("mcd", {}),
    "ocsvm": ("ocsvm", {}),
    "pyod:gmm": ("pyod:gmm", {}),
    "pyod:cblof": ("pyod:cblof", {}),
}
SERIES: dict[str, Way] = {
    "auto": ("auto", {}),
    "discord": ("discord", {}),
    "pca w100": ("pca", {"window": 100}),
    "pca w32": ("pca", {"window": 32}),
    "sub_pca": ("sub_pca", {}),
    "sub_knn": ("sub_knn", {}),
    "sub_lof": ("sub_lof", {}),
    "kshape": ("kshape", {}),
    "kmeans_ad": ("kmeans_ad", {}),
    "poly": ("poly", {}),
    "autoregression": ("autoregression", {}),
    "matrix_profile": ("matrix_profile", {}),
    "seasonal_residual": ("seasonal_residual", {}),
    "spectral_residual": ("spectral_residual", {}),
    "iforest windows": ("iforest", {}),
}


def tables(family: str) -> Iterator[tuple[str, str, wb.Dataset, np.ndarray]]:
    """Yield name, collection, data and labels of all sets of a family."""
    with (SHARED / "index.csv").open() as index:
        lines = [line for line in csv.DictReader(index) if line["family"].split("_")[0] == family]
    if family == "mixed":
        with (SHARED / "index.csv").open() as index:
            lines = [line for line in csv.DictReader(index) if line["path"].startswith("mixed/")]
    for line in lines:
        data, labels, _ = read(SHARED, line)
        if not 0 < labels.sum() < len(labels):
            continue
        if len(labels) > MOST_ROWS:
            some = np.random.default_rng(0).choice(len(labels), MOST_ROWS, replace=False)
            some.sort()
            frame = data.frame.iloc[some].reset_index(drop=True)
            data = wb.load(frame, features=list(data.features), kind="tabular", name=data.name)
            labels = labels[some]
        yield line["name"], family, data, labels


def series(part: str) -> Iterator[tuple[str, str, wb.Dataset, np.ndarray]]:
    """Yield name, collection, data and labels of the fixed series, or of those for development."""
    with (SHARED / "index.csv").open() as index:
        lines = [line for line in csv.DictReader(index) if line["family"].startswith("ts")]
    lines.sort(key=lambda line: hashlib.sha256(line["name"].encode()).hexdigest())
    for name in ("cloud", "ucr", "multi"):
        taken = 0
        for line in lines:
            if _collection(line["path"]) != name or int(line["rows"]) > MOST_POINTS:
                continue
            data, labels, _ = read(SHARED, line)
            if not 0 < labels.sum() < len(labels):
                continue
            taken += 1
            if (taken <= EACH) == (part == "fixed"):
                yield line["name"], name, data, labels
            if taken == (EACH if part == "fixed" else 2 * EACH):
                break


def _collection(path: str) -> str:
    if "/nab/" in path or "/mscloud/" in path:
        return "cloud"
    return "ucr" if "/ucr/" in path else "multi" if "ts_multi" in path else "other"


def measure(data: wb.Dataset, labels: np.ndarray, way: Way) -> dict[str, float]:
    start = time.perf_counter()
    scores = wb.detect(data, way[0], **way[1]).scores.to_numpy()
    seconds = time.perf_counter() - start
    found = {"auc": roc_auc(labels, scores), "ap": average_precision(labels, scores)}
    if data.kind == "series":
        first = data.frame[data.features[0]].astype(float).to_numpy()
        found["vus_pr"] = vus_pr(labels, scores, protocol_window(np.nan_to_num(first)))
    return found | {"seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family", choices=["tabular", "mixed", "series"])
    parser.add_argument("--detectors", default="", help="names of the catalog, with commas")
    parser.add_argument("--fresh", default="", help="measure these anew, with commas")
    parser.add_argument("--pictures", type=Path, help="folder for critical-difference diagrams")
    parser.add_argument("--part", choices=["fixed", "development"], default="fixed")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    ways = dict(SERIES if asked.family == "series" else TABLES)
    if asked.detectors:
        names = asked.detectors.split(",")
        ways = {name: ways.get(name, (name, {})) for name in names}
    results = Results(CACHE / f"{asked.family}-{asked.part}.jsonl", asked.fresh.split(","))
    found = series(asked.part) if asked.family == "series" else tables(asked.family)
    sets = []
    for name, collection, data, labels in found:
        sets.append((name, collection))
        for shown, way in ways.items():
            too_wide = len(data.features) > MOST_COLUMNS.get(shown, 10**6)
            if (name, shown) not in results.known and not too_wide:
                results.add(name, shown, measure(data, labels, way))
    metrics = ["vus_pr", "auc", "ap"] if asked.family == "series" else ["auc", "ap"]
    for metric in metrics:
        print_table(results, sets, list(ways), metric)
        if asked.pictures:
            draw(results, sets, list(ways), metric, asked.pictures / f"{asked.family}-{metric}.svg")
    if "auto" in ways and not asked.detectors:
        check_floor(results, sets, list(ways), metrics[:1] if asked.family == "series" else metrics)


class Results:
    """Measured figures by set and way, one JSON line each, kept on disk."""

    def __init__(self, path: Path, fresh: list[str]) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        items = [json.loads(line) for line in lines]
        kept = [item for item in items if item["way"] not in fresh]
        if len(kept) < len(items):
            path.write_text("".join(json.dumps(item) + "\n" for item in kept))
        self.known = {(item["set"], item["way"]): item for item in kept}

    def table(self, sets: list[tuple[str, str]], ways: list[str], metric: str) -> np.ndarray:
        """Return one figure for each set and way; NaN where a way was spared a set."""
        none: dict[str, float] = {}
        return np.array(
            [
                [self.known.get((name, way), none).get(metric, np.nan) for way in ways]
                for name, _ in sets
            ]
        )

    def add(self, name: str, way: str, found: dict[str, float]) -> None:
        item = {"set": name, "way": way} | found
        self.known[name, way] = item
        with self.path.open("a") as out:
            out.write(json.dumps(item) + "\n")
        shown = "  ".join(f"{key} {value:.3f}" for key, value in found.items())
        print(f"{name[:44]:<44} {way:<18} {shown}", flush=True)


def check_floor(
    results: Results, sets: list[tuple[str, str]], ways: list[str], metrics: list[str]
) -> None:
    """End with an error when ``auto`` is more than 0.005 below the best single detector."""
    for metric in metrics:
        table = results.table(sets, ways, metric)
        means = dict(zip(ways, np.nanmean(table, axis=0).tolist(), strict=True))
        best = max(means, key=lambda way: means[way])
        if means["auto"] < means[best] - 0.005:
            sys.exit(f"floor missed: {metric} {means['auto']:.4f}, {best} has {means[best]:.4f}")


def print_table(
    results: Results, sets: list[tuple[str, str]], ways: list[str], metric: str
) -> None:
    """Print means, and what ``auto`` (or the first way) gains over each, paired by set."""
    table = results.table(sets, ways, metric)
    seconds = results.table(sets, ways, "seconds")
    collections = sorted({collection for _, collection in sets})
    print(f"\n{metric}, {len(sets)} sets; gain of {ways[0]} over each, paired, with standard error")
    for column in np.argsort(-np.nanmean(table, axis=0)):
        gain = table[:, 0] - table[:, column]
        gain = gain[np.isfinite(gain)]
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        won, lost = int((gain > 1e-9).sum()), int((gain < -1e-9).sum())
        by = ""
        for name in collections if len(collections) > 1 else []:
            own = [place for place, (_, other) in enumerate(sets) if other == name]
            by += f"  {name} {np.nanmean(table[own, column]):.3f}"
        print(
            f"{ways[column]:<18} {np.nanmean(table[:, column]):.4f}"
            f"  gain {gain.mean():+.4f} ± {error:.4f}  won {won:>2} lost {lost:>2}"
            f"  ({len(gain)} sets)  median {np.nanmedian(seconds[:, column]):6.2f} s"
            f"  most {np.nanmax(seconds[:, column]):6.1f} s{by}"
        )


def draw(
    results: Results, sets: list[tuple[str, str]], ways: list[str], metric: str, path: Path
) -> None:
    """Write the critical-difference diagram of a metric."""
    table = pd.DataFrame(results.table(sets, ways, metric), [name for name, _ in sets], ways)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(difference_picture(rank_detectors(table)) + "\n")


if __name__ == "__main__":
    main()
