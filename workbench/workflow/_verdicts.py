"""What several detectors say of the same rows, and which rows they dispute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.comparison import Comparison

__all__ = ["disputed_rows", "scored_rows", "verdicts"]


def disputed_rows(result: Comparison) -> np.ndarray:
    """Return rows that some detectors flag and others do not; the widest difference first."""
    flags = result.flags.to_numpy()
    votes = flags.sum(axis=1)
    rows = np.flatnonzero((votes > 0) & (votes < flags.shape[1]))
    return rows[np.argsort(-_gap(result, rows), kind="stable")]


def _gap(result: Comparison, rows: np.ndarray) -> np.ndarray:
    severity = np.column_stack([one.severity.to_numpy() for one in result.detections.values()])
    part = severity[rows]
    apart: np.ndarray = part.max(axis=1) - part.min(axis=1) if rows.size else np.empty(0)
    return apart


def verdicts(result: Comparison, rows: Sequence[int] | np.ndarray) -> pd.DataFrame:
    """Return one line a row: its position, place, who flags it, and each detector's severity."""
    import pandas as pd

    places = np.asarray(rows, dtype=int)
    data = result.dataset
    line: dict[Any, Any] = {"row": places}
    for column in (data.time, data.entity):
        if column is not None:
            shown = f"{column}_original" if column in (*line, *result.detections) else column
            line[shown] = data.frame[column].iloc[places].to_numpy()
    flags, names = result.flags.to_numpy()[places], list(result.detections)
    line["flagged_by"] = [
        ", ".join(name for name, flagged in zip(names, each, strict=True) if flagged) or "none"
        for each in flags
    ]
    for name, found in result.detections.items():
        line[name] = found.severity.to_numpy()[places].round()
    return pd.DataFrame(line)


def scored_rows(result: Comparison, rows: Sequence[int] | np.ndarray) -> pd.DataFrame:
    """Return rows of the data with each detector's score and flag; ``row`` is the position."""
    import pandas as pd

    places = np.asarray(rows, dtype=int)
    said: dict[str, Any] = {"row": places}
    for name, found in result.detections.items():
        said[f"{name}_score"] = found.scores.to_numpy()[places]
        said[f"{name}_flag"] = found.is_anomaly.to_numpy()[places]
    table = result.dataset.frame.iloc[places].reset_index(drop=True)
    own = table.rename(columns={name: f"{name}_original" for name in table.columns if name in said})
    told = pd.DataFrame(said)
    return pd.concat([told[["row"]], own, told.drop(columns="row")], axis=1)
