"""Scored points for rules, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.core.points import Points

START = np.datetime64("2026-03-01T00:00:00", "us")


def points(
    flags: Sequence[bool] | str,
    *,
    entity: Sequence[str] | None = None,
    values: Sequence[float] | None = None,
    severity: Sequence[float] | float = 60.0,
    start: int = 0,
    step: float = 60.0,
    **more: Any,
) -> Points:
    """Return one point for each flag ("x" is anomalous), a minute apart, with one feature."""
    marked = np.array([one == "x" for one in flags] if isinstance(flags, str) else flags, bool)
    n = len(marked)
    value = np.arange(n, dtype=float) if values is None else np.array(values, float)
    unknown = np.full((n, 1), np.nan)
    made = Points(
        start=start, time=START + ((start + np.arange(n)) * step * 1e6).astype("timedelta64[us]"),
        entity=np.array([""] * n if entity is None else list(entity), dtype=object),
        features=("flow",), values=value[:, None], score=np.where(marked, 5.0, 1.0),
        p_value=np.where(marked, 0.001, 0.5),
        severity=np.broadcast_to(np.asarray(severity, float), n).copy(), anomalous=marked,
        low=unknown, high=unknown, parts=unknown, threshold=3.0,
    )  # fmt: skip
    return replace(made, **more)


def cut(whole: Points, begin: int, end: int) -> Points:
    """Return the points [begin, end) as a batch of their own."""
    parts = {
        name: value[begin:end]
        for name, value in vars(whole).items()
        if isinstance(value, np.ndarray)
    }
    return replace(whole, start=whole.start + begin, **parts)
