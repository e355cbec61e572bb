"""What people say about rows: stored with author and time, and which rows to ask about next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import ColumnError, ParameterError, suggest
from workbench.core.label import VERDICTS, Label
from workbench.core.settings import settings
from workbench.workflow.dataset import row_position

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.dataset import DatasetRecord
    from workbench.workflow.detection import Detection

__all__ = [
    "as_verdicts",
    "label",
    "label_rows",
    "labels_of",
    "labels_table",
    "read_verdicts",
    "suggest_rows",
]

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


def label_rows(
    data: DatasetRecord,
    rows: Sequence[Any],
    verdict: str | None,
    *,
    comment: str = "",
    tag: str = "",
    author: str | None = None,
) -> list[Label]:
    """Store what somebody said about rows, all or none; see :meth:`Detection.label`."""
    from workbench.store.labels import add_labels

    said = labels_of(data, rows, verdict, comment=comment, tag=tag, author=author)
    add_labels(data.fingerprint, said)
    return said


def labels_of(
    data: DatasetRecord,
    rows: Sequence[Any],
    verdict: str | None,
    *,
    comment: str = "",
    tag: str = "",
    author: str | None = None,
) -> list[Label]:
    """Return what somebody says about rows, without storing it."""
    by, now = author or settings().author, datetime.now(UTC)
    return [
        Label(row_position(data, row), verdict or "", by, now, comment.strip(), tag.strip())
        for row in rows
    ]


def labels_table(data: DatasetRecord, *, history: bool = False) -> pd.DataFrame:
    """Return all stored labels of the data, one line a row; see :attr:`Detection.labels`."""
    import pandas as pd

    from workbench.store.labels import read_labels

    said = [item for item in read_labels(data.fingerprint, history=history) if item.row < len(data)]
    table = pd.DataFrame([vars(item) for item in said], columns=list(COLUMNS))
    return table.astype({"row": "int64", "time": "datetime64[us, UTC]"})


def as_verdicts(table: pd.DataFrame) -> Mapping[int, str]:
    """Return the rows that somebody was sure about, with what they said."""
    sure = table[table["verdict"] != VERDICTS[2]]
    return dict(zip(sure["row"].tolist(), sure["verdict"].tolist(), strict=True))


def read_verdicts(path: str | Path) -> Mapping[int, str]:
    """Return the rows that somebody was sure about, from a table with columns row and verdict.

    Parameters
    ----------
    path : str or Path
        As ``workbench labels --out`` writes it; a later line on a row counts.

    Raises
    ------
    ColumnError
        A column is missing.
    ParameterError
        A row is no whole number, or a verdict none of anomaly, normal and unsure.
    """
    import pandas as pd

    from workbench.preparation.kinds import as_text
    from workbench.sources import read

    frame = read(str(path)).frame
    for name in ("row", "verdict"):
        if name not in frame.columns:
            known = [str(column) for column in frame.columns]
            raise ColumnError(
                f"Labels need a column '{name}', and '{Path(path).name}' has {', '.join(known)}."
                f"{suggest(name, known)}"
            )
    rows = pd.to_numeric(frame["row"], errors="coerce")
    words = as_text(frame["verdict"]).fillna("").str.strip()
    for place, (row, word) in enumerate(zip(rows, words, strict=True), start=1):
        if not float(row).is_integer() or word not in VERDICTS:
            raise ParameterError(
                f"Line {place} of '{Path(path).name}' says row {frame['row'].iloc[place - 1]} is "
                f"{word!r}: a row is a whole number, a verdict one of {', '.join(VERDICTS)}."
            )
    return as_verdicts(pd.DataFrame({"row": rows.astype("int64"), "verdict": words}))


def suggest_rows(found: Detection, count: int = 10) -> pd.DataFrame:
    """Return the rows whose label would teach most; see :meth:`Detection.suggest`."""
    from workbench.tuning.asking import informative_rows

    if count < 1:
        raise ParameterError(f"count must be at least 1, found {count}.")
    known = labels_table(found.dataset)["row"].to_numpy(dtype=int)
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
