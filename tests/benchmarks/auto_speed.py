"""``auto`` on a million rows beside PyOD's single isolation forest on the same data, in one run.

Usage: python tests/benchmarks/auto_speed.py [--rows N] [--rounds N]

``auto`` is the whole of ``wb.detect``: preparation, three detectors, threshold and severities.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import workbench as wb


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    from pyod.models.iforest import IForest

    rows = np.random.default_rng(0).normal(size=(asked.rows, 10))
    frame = pd.DataFrame(rows, columns=[f"x{k}" for k in range(10)])
    wb.detect(frame.head(1000))  # compiled once
    ours, theirs = [], []
    for _ in range(asked.rounds):
        ours.append(seconds(lambda: wb.detect(frame)))
        theirs.append(seconds(lambda: IForest(random_state=0).fit(rows)))
        print(f"auto {ours[-1]:.2f} s, PyOD's IForest {theirs[-1]:.2f} s", flush=True)
    ratio = np.median(theirs) / np.median(ours)
    print(f"median: auto {np.median(ours):.2f} s, IForest {np.median(theirs):.2f} s: {ratio:.2f}x")


if __name__ == "__main__":
    main()
