"""What a search gains over ``auto`` on rows that neither saw: prints one line a labelled set.

Half of the rows, dealt out by class, are searched on with their labels; the best model and that
of ``auto`` (fitted on the same half, without labels) are judged on the other half.

    python tests/benchmarks/tuning.py FOLDER [SECONDS] [SEED] [NAME …]

FOLDER holds ADBench's npz files (X and y).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import workbench as wb
from workbench.metrics.points import average_precision

NAMES = ("18_Ionosphere", "29_Pima", "38_thyroid", "40_vowels", "43_WDBC", "6_cardio")


def halves(odd: np.ndarray, seed: int) -> np.ndarray:
    """Return which rows are searched on: half of either kind."""
    random = np.random.default_rng(seed)
    seen = np.zeros(len(odd), dtype=bool)
    for kind in (odd > 0, odd == 0):
        rows = random.permutation(np.flatnonzero(kind))
        seen[rows[: len(rows) // 2]] = True
    return seen


def measure(path: Path, seconds: float, seed: int) -> dict[str, object]:
    with np.load(path, allow_pickle=False) as kept:
        values, odd = kept["X"].astype(float), kept["y"].astype(int)
    frame = pd.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])])
    seen = halves(odd, seed)
    data = wb.load(frame[seen].assign(odd=odd[seen]).reset_index(drop=True), label="odd")
    rest = frame[~seen].reset_index(drop=True)

    def unseen(found: wb.Detection) -> float:
        return average_precision(odd[~seen].astype(float), found.model.score(rest).scores)

    auto = wb.detect(data, random_state=seed)
    tuned = wb.tune(data, 200, seconds=seconds, random_state=seed)
    return {
        "set": path.stem, "rows": len(odd), "rate": odd.mean(), "auto": unseen(auto),
        "tuned": unseen(tuned.detection), "promised": tuned.value, "trials": len(tuned.trials),
        "best": tuned.detector, "params": tuned.params,
    }  # fmt: skip


def main(folder: str, seconds: str = "60", seed: str = "0", *names: str) -> None:
    lines = []
    for name in names or NAMES:
        lines.append(measure(Path(folder) / f"{name}.npz", float(seconds), int(seed)))
        print({key: _short(value) for key, value in lines[-1].items()}, flush=True)
    table = pd.DataFrame(lines)
    print(table[["auto", "tuned", "promised"]].mean().round(3).to_dict())


def _short(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main(*sys.argv[1:])
