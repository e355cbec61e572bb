"""What people say about rows: stored with author and time, and which rows to ask about next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.label import VERDICTS, Label
from workbench.core.settings import settings

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.detection import Detection

__all__ = ["as_verdicts", "label", "label_row", "labels_table", "suggest_rows"]

COLUMNS = ("row", "verdict", "tag", "comment", "author", "time")


def label(found: Detection, rows: Any = None) -> Any:
    """Return the tools to say what rows are, for a notebook cell: one question after the other.

    What is said is stored at once, with author and time, and read back as ``found.labels``;
    ``wb.learn(found)`` learns from it.

    Parameters
    ----------
    found : Detection
        What was found.
    rows : sequence of int or label, optional
        Rows to ask about; by default the 20 whose label would teach most, ``found.suggest(20)``.

    Returns
    -------
    ipywidgets.Widget

    Raises
    ------
    MissingExtra
        The notebook extra is not installed.
    ParameterError
        There is no such row.
    """
    from workbench.core.display import display

    asked = (
        suggest_rows(found, 20)["row"].tolist()
        if rows is None
        else [found.row_position(row) for row in rows]
    )
    return display().label(found, asked)


def label_row(
    found: Detection,
    row: Any,
    verdict: str | None,
    *,
    comment: str = "",
    tag: str = "",
    author: str | None = None,
) -> Label:
    """Store what somebody said about a row; see :meth:`Detection.label`."""
    from workbench.store.labels import add_labels

    said = Label(
        found.row_position(row),
        verdict or "",
        author or settings().author,
        datetime.now(UTC),
        comment.strip(),
        tag.strip(),
    )
    add_labels(found.dataset.fingerprint, [said])
    return said


def labels_table(found: Detection, *, history: bool = False) -> pd.DataFrame:
    """Return all stored labels of the data, one line a row; see :attr:`Detection.labels`."""
    import pandas as pd

    from workbench.store.labels import read_labels

    said = [
        item
        for item in read_labels(found.dataset.fingerprint, history=history)
        if item.row < len(found)
    ]
    table = pd.DataFrame([vars(item) for item in said], columns=list(COLUMNS))
    return table.astype({"row": "int64", "time": "datetime64[us, UTC]"})


def as_verdicts(table: pd.DataFrame) -> Mapping[int, str]:
    """Return the rows that somebody was sure about, with what they said."""
    sure = table[table["verdict"] != VERDICTS[2]]
    return dict(zip(sure["row"].tolist(), sure["verdict"].tolist(), strict=True))


def suggest_rows(found: Detection, count: int = 10) -> pd.DataFrame:
    """Return the rows whose label would teach most; see :meth:`Detection.suggest`."""
    from workbench.tuning.asking import informative_rows

    if count < 1:
        raise ParameterError(f"count must be at least 1, found {count}.")
    known = labels_table(found)["row"].to_numpy(dtype=int)
    # A stretch of a series is one question, and its peak stands for it.
    allowed = np.ones(len(found), bool)
    if found.dataset.kind == "series":
        for item in found.records:
            allowed[list(item.rows)] = False
            allowed[item.peak] = not np.isin(known, item.rows).any()
    allowed[known] = False
    rows = informative_rows(
        found.probability.to_numpy(),
        found.scores.to_numpy(),
        found.matrix.values,
        allowed,
        count,
    )
    shown = found.table.iloc[rows]
    shown.insert(0, "row", rows)
    return shown.assign(probability=found.probability.iloc[rows].to_numpy()).reset_index(drop=True)
