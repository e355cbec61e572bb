"""A table for tests of data in parts: numbers of several shapes, gaps, a category, odd rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

#: Odd on purpose: their values are far out.
ODD = (123, 4_567, 11_999)
ROWS = 12_000


def table() -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "number": np.arange(ROWS),  # counts the rows: left out
            "flow": random.normal(10.0, 1.0, ROWS),
            "heat": np.exp(random.normal(0.0, 1.0, ROWS)),
            "steps": random.poisson(3.0, ROWS),
            "load": random.normal(0.0, 1.0, ROWS).astype("float32"),
            "gaps": random.normal(0.0, 1.0, ROWS),
            "state": random.choice(["run", "idle", "off"], ROWS, p=[0.6, 0.3, 0.1]),
        }
    )
    frame.loc[::50, "gaps"] = np.nan
    frame.loc[list(ODD), ["flow", "heat", "load"]] = [30.0, 400.0, -12.0]
    return frame


def numbers() -> pd.DataFrame:
    """The columns that hold plain numbers only: the compiled way."""
    return table()[["flow", "heat", "steps", "load"]]


def write(frame: pd.DataFrame, folder: Path, group: int = 1_700) -> Path:
    path = folder / "table.parquet"
    frame.to_parquet(path, index=False, row_group_size=group)
    return path
