"""What the gallery shows: small real results, found once and kept."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["comparison", "detection", "phase"]


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
