"""What networks gain on real labelled data, beside ``auto`` and beside PyOD run directly.

Usage: python tests/benchmarks/deep.py {tables,series} [--only A,B] [--most-rows N] [--backends]

Tables: ROC-AUC, average precision and seconds of ``autoencoder`` (with ``--backends`` each of
them), ``vae``, PyOD's AutoEncoder run directly, and ``auto``, over at most N rows of each table (a
seeded sample of longer ones). Series: VUS-PR with the window of TSB-AD's protocol of
``patch_memory``, ``deep_forecast`` and ``discord``. No label is seen while scoring.
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

import workbench as wb
from workbench.bench._protocol import protocol_window
from workbench.metrics.points import average_precision, roc_auc
from workbench.metrics.ranges import vus_pr

sys.path.insert(0, str(Path(__file__).parent))
from real_data import SHARED, read

TABLES = [
    "18_Ionosphere",
    "20_letter",
    "27_PageBlocks",
    "37_Stamps",
    "38_thyroid",
    "40_vowels",
    "43_WDBC",
    "6_cardio",
]
#: Every so many series of at most this many points.
EVERY, MOST_POINTS = 7, 6_000

Way = Callable[[wb.Dataset, np.ndarray], np.ndarray]


def ours(name: str, **params: Any) -> Way:
    return lambda data, values: wb.detect(data, name, **params).scores.to_numpy()


def pyods_own(data: wb.Dataset, values: np.ndarray) -> np.ndarray:
    from pyod.models.auto_encoder import AutoEncoder

    return np.asarray(AutoEncoder(verbose=0, random_state=0).fit(values).decision_scores_)


def ways(kind: str, backends: bool) -> dict[str, Way]:
    if kind == "series":
        return {name: ours(name) for name in ("discord", "patch_memory", "deep_forecast")}
    made: dict[str, Way] = {"auto": ours("auto"), "PyOD's AutoEncoder": pyods_own}
    for backend in ("torch", "jax", "tensorflow") if backends else ("torch",):
        made[f"autoencoder, {backend}"] = ours("autoencoder", backend=backend)
    return made | {"vae": ours("vae")}


def sampled(data: wb.Dataset, labels: np.ndarray, most: int) -> tuple[wb.Dataset, np.ndarray]:
    if len(labels) <= most:
        return data, labels
    some = np.sort(np.random.default_rng(0).choice(len(labels), most, replace=False))
    frame = data.frame.iloc[some].reset_index(drop=True)
    return wb.load(frame, kind="tabular", name=data.name), labels[some]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["tables", "series"])
    parser.add_argument("--only", default="")
    parser.add_argument("--most-rows", type=int, default=5_000)
    parser.add_argument("--backends", action="store_true")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(1)
    with (SHARED / "index.csv").open() as index:
        lines = list(csv.DictReader(index))
    if asked.kind == "tables":
        names = asked.only.split(",") if asked.only else TABLES
        lines = [line for line in lines if line["name"] in names and line["family"] == "tabular"]
    else:
        lines = [line for line in lines if line["path"].startswith("ts_uni/")]
        lines = [line for line in lines if int(line["rows"]) <= MOST_POINTS]
        lines = [line for line in lines[::EVERY] if asked.only in line["name"]]
    totals: dict[str, list[tuple[float, ...]]] = {}
    for line in lines:
        data, labels, _ = read(SHARED, line)
        if not 0 < labels.sum() < len(labels):
            continue
        if asked.kind == "tables":
            data, labels = sampled(data, labels, asked.most_rows)
        values = data.frame[list(data.features)].to_numpy(dtype=float)
        print(f"{line['name']} ({len(labels)} × {values.shape[1]})")
        for name, way in ways(asked.kind, asked.backends).items():
            start = time.perf_counter()
            scores = way(data, values)
            seconds = time.perf_counter() - start
            if asked.kind == "tables":
                found = (roc_auc(labels, scores), average_precision(labels, scores))
            else:
                found = (vus_pr(labels, scores, protocol_window(values[:, 0])),)
            totals.setdefault(name, []).append((*found, seconds))
            print(
                f"  {name:<26} {'  '.join(f'{v:.3f}' for v in found)}  {seconds:6.1f} s", flush=True
            )
    print("mean")
    for name, rows in totals.items():
        *found, seconds = np.mean(rows, axis=0)
        print(
            f"  {name:<26} {'  '.join(f'{v:.3f}' for v in found)}  {seconds:6.1f} s  ({len(rows)})"
        )


if __name__ == "__main__":
    main()
