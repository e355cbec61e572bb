"""What the gallery shows: small real results, found once and kept."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["comparison", "detection", "phase", "points"]


def phase(state: Any, case: str, nothing: str) -> bool:
    """Put a state into the phase that a case asks for; return whether that was all."""
    if case == "loading":
        state.wait("Scoring 10,080 rows …")
    elif case == "error":
        state.fail("Column 'tmep' is not in pump.csv. Did you mean 'temp'? Choose another column.")
    elif case == "empty":
        state.blank(nothing)
    return case in ("loading", "error", "empty")


@cache
def detection(case: str = "many") -> Any:
    """Return a detection: "many" is a pump's 10,080 rows, "few" its worst 60."""
    from workbench.workflow.dataset import load
    from workbench.workflow.detecting import detect

    data = load("sample:pump")
    if case == "few":
        frame = data.frame.iloc[5290:5350].reset_index(drop=True)
        data = load(frame, time=data.time)
        return detect(data, "mcd")
    return detect(data, "seasonal_residual")


@cache
def comparison(case: str = "many") -> Any:
    """Return a comparison of six detectors, or of two."""
    from workbench.workflow.comparing import compare

    names = ["ecod", "iforest", "knn", "pca", "hbos", "copod"]
    return compare("sample:breast-cancer", names if case == "many" else names[:2])


@cache
def points(case: str = "many") -> Any:
    """Return scored points of a stream: "many" has four pumps over four hours, "few" one."""
    import numpy as np

    from workbench.detectors import DETECTORS
    from workbench.streams.judging import Judging
    from workbench.streams.records import Records
    from workbench.streams.scoring import Scorer

    pumps, rows = (4, 14_400) if case == "many" else (1, 600)
    rng = np.random.default_rng(5)
    step = np.arange(rows)
    flow = 12.0 + np.sin(step / 300.0) + rng.normal(0.0, 0.3, rows)
    heat = 61.0 + rng.normal(0.0, 0.8, rows)
    flow[rows - 500 : rows - 470] -= 6.0
    heat[rows - 200 : rows - 190] += 9.0
    entity = np.array(
        [f"pump {1 + one}" if pumps > 1 else "" for one in range(pumps)], dtype=object
    )
    time = 1_772_600_000_000_000 + step * 1_000_000
    records = Records(
        time, entity[step % pumps], np.full(rows, "", dtype=object), np.column_stack([flow, heat])
    )
    scorer = Scorer(("flow", "heat"), DETECTORS.get("ewma").create, Judging())
    return scorer.step(records)
