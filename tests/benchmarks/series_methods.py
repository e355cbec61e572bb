"""Which method ranks series best: mean VUS-PR of a few choices over labelled real series.

Usage: python tests/benchmarks/series_methods.py [FOLDER] [--every N]

Every N-th labelled series of at most 30,000 rows; no label is seen while scoring.
"""

from __future__ import annotations

import argparse
import csv
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import workbench as wb
from workbench.metrics.ranges import vus_pr

sys.path.insert(0, str(Path(__file__).parent))
from real_data import SHARED, read

METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "auto": ("auto", {}),
    "seasonal_residual": ("seasonal_residual", {}),
    "spectral_residual": ("spectral_residual", {}),
    "pca, windows of 64": ("pca", {"window": 64}),
    "iforest, one period": ("iforest", {}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with (asked.folder / "index.csv").open() as index:
        lines = [line for line in csv.DictReader(index) if line["family"].startswith("ts")]
    lines = [line for line in lines if int(line["rows"]) <= 30_000][:: asked.every]
    values: list[list[float]] = []
    for line in lines:
        data, labels, _ = read(asked.folder, line)
        if not 0 < labels.sum() < len(labels):
            continue
        width = min(100, len(labels) // 10)
        scores = [wb.detect(data, name, **params).scores for name, params in METHODS.values()]
        values.append([vus_pr(labels, each.to_numpy(), width) for each in scores])
    table = np.array(values)
    for column, name in enumerate(METHODS):
        error = table[:, column].std(ddof=1) / np.sqrt(len(table))
        print(f"{name:<22} {table[:, column].mean():.3f} +- {error:.3f}  ({len(table)} series)")


if __name__ == "__main__":
    main()
