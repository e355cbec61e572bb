"""What a search gains over ``auto`` on rows that neither saw: prints one line a labelled set.

Half of the rows, dealt out by class, are searched on with their labels; the best model and that
of ``auto`` (fitted on the same half, without labels) are judged on the other half.

    python tests/benchmarks/tuning.py FOLDER [SECONDS] [SEED] [NAME …]
    python tests/benchmarks/tuning.py FOLDER beside-optuna [TRIALS] [SEED] [NAME …]

FOLDER holds ADBench's npz files (X and y). The second prints trials a second, kept in our database
and pruned, beside a bare study of Optuna's that calls the same objective with the same detectors
and parameters; ratio 1 means that proposing, keeping and pruning cost nothing on balance.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import workbench as wb
from workbench.metrics.points import average_precision

NAMES = (
    "18_Ionosphere", "29_Pima", "38_thyroid", "40_vowels", "43_WDBC", "6_cardio", "27_PageBlocks",
    "37_Stamps", "4_breastw", "7_Cardiotocography",
)  # fmt: skip
#: Sets for the comparison with a bare study.
BESIDE = ("18_Ionosphere", "29_Pima", "43_WDBC")


def halves(odd: np.ndarray, seed: int) -> np.ndarray:
    """Return which rows are searched on: half of either kind."""
    random = np.random.default_rng(seed)
    seen = np.zeros(len(odd), dtype=bool)
    for kind in (odd > 0, odd == 0):
        rows = random.permutation(np.flatnonzero(kind))
        seen[rows[: len(rows) // 2]] = True
    return seen


def searched(path: Path, seed: int) -> tuple[wb.Dataset, pd.DataFrame, np.ndarray]:
    """Return the half that is searched on, the rows of the other, and which of these are odd."""
    with np.load(path, allow_pickle=False) as kept:
        values, odd = kept["X"].astype(float), kept["y"].astype(int)
    frame = pd.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])])
    seen = halves(odd, seed)
    data = wb.load(frame[seen].assign(odd=odd[seen]).reset_index(drop=True), label="odd")
    return data, frame[~seen].reset_index(drop=True), odd[~seen]


def measure(path: Path, seconds: float, seed: int) -> dict[str, object]:
    data, rest, odd = searched(path, seed)

    def unseen(found: wb.Detection) -> float:
        return average_precision(odd.astype(float), found.model.score(rest).scores)

    auto = wb.detect(data, random_state=seed)
    tuned = wb.tune(data, 200, seconds=seconds, random_state=seed)
    return {
        "set": path.stem, "rows": len(data) + len(odd), "rate": odd.mean(), "auto": unseen(auto),
        "tuned": unseen(tuned.detection), "promised": tuned.value, "trials": len(tuned.trials),
        "best": tuned.detector, "params": tuned.params,
    }  # fmt: skip


def beside(path: Path, trials: int, seed: int) -> dict[str, object]:
    """Return trials a second of ``wb.tune`` and of a bare study that tries the same."""
    import optuna

    from workbench.core.progress import Progress
    from workbench.tuning.search import Search, _suggested
    from workbench.workflow._judging import judge_for
    from workbench.workflow._runs import Budget
    from workbench.workflow._trials import try_one

    data, _, _ = searched(path, seed)
    searching: list[float] = []

    def told(share: float, stage: str) -> None:
        if share < 0.85:  # the rest is fitting the best one
            searching[1:] = [time.perf_counter()]

    searching.append(time.perf_counter())
    tuned = wb.tune(
        data, trials, random_state=seed, study=f"{path.stem} {seed}", progress=wb.Progress(told)
    )
    ours = searching[1] - searching[0]
    names = tuple(dict.fromkeys(trial.detector for trial in tuned.trials))
    search, judge = Search(names), judge_for(data, "auto", seed)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    for trial in tuned.trials:
        filled = search._filled(trial.detector, trial.params)
        study.enqueue_trial({"detector": trial.detector, **search._named(trial.detector, filled)})

    def objective(asked: optuna.Trial) -> float:
        name = str(asked.suggest_categorical("detector", names))
        for place, where in search._places[name].items():
            _suggested(asked, f"{name}.{place}", where)
        done = try_one(
            data, judge, seed, name, tuned.trials[asked.number].params, budget=Budget(None),
            progress=Progress(), hopeless=lambda number, mean: False,
        )  # fmt: skip
        return 0.0 if done is None or done.value is None else done.value

    start = time.perf_counter()
    study.optimize(objective, n_trials=len(tuned.trials))
    bare = time.perf_counter() - start
    count = len(tuned.trials)
    return {
        "set": path.stem, "trials": count, "ours a second": count / ours,
        "pruned": sum(trial.state == "pruned" for trial in tuned.trials),
        "bare a second": count / bare, "ratio": bare / ours,
    }  # fmt: skip


def main(folder: str, seconds: str = "60", *rest: str) -> None:
    if seconds == "beside-optuna":
        trials, seed, *names = *rest, *("40", "0")[len(rest) :]
        with tempfile.TemporaryDirectory() as home:
            os.environ["WORKBENCH_HOME"] = home
            beside(Path(folder) / f"{BESIDE[0]}.npz", int(trials), 1)  # imports, compiled loops
            for name in names or BESIDE:
                line = beside(Path(folder) / f"{name}.npz", int(trials), int(seed))
                print({key: _short(value) for key, value in line.items()}, flush=True)
        return
    seed, *names = rest or ("0",)
    lines = []
    for name in names or NAMES:
        lines.append(measure(Path(folder) / f"{name}.npz", float(seconds), int(seed)))
        print({key: _short(value) for key, value in lines[-1].items()}, flush=True)
    table = pd.DataFrame(lines)
    print(table[["auto", "tuned", "promised"]].mean().round(3).to_dict())


def _short(value: object) -> object:
    return round(float(value), 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main(*sys.argv[1:])
