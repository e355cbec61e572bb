"""Which columns are time, label, entity or mere ids: suspicions, with the reason for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.preparation.kinds import as_numbers, kind_of

__all__ = ["Suspects", "is_regular", "looks_like_id", "suspect_roles"]

_LABEL_NAMES = re.compile(
    r"^(is_?)?(anomaly|anomalous|outlier|fraud|label|attack|fault|failure|defect|target|ground_?truth"
    r"|class|y|anomalie|störung|fehler|ausfall)$",
    re.IGNORECASE,
)
_ID_NAMES = re.compile(
    r"(^|_|\b)(id|uuid|guid|key|index|row|rownum|row_?number|nr)$|^unnamed", re.IGNORECASE
)
_ENTITY_NAMES = re.compile(
    r"^(entity|device|sensor|machine|pump|asset|station|host|server|unit|site|customer|account)"
    r"(_?(id|name|key))?$",
    re.IGNORECASE,
)
#: Share of steps between half and one and a half of the median step in a regular series.
REGULAR_SHARE = 0.8


@dataclass(frozen=True)
class Suspects:
    """What the columns look like; every entry maps a column to the reason in words."""

    time: dict[str, str]
    label: dict[str, str]
    entity: dict[str, str]
    ids: dict[str, str]


def suspect_roles(frame: pd.DataFrame) -> Suspects:
    """Return the columns that look like a time stamp, a label, an entity or an id.

    Parameters
    ----------
    frame : pandas.DataFrame
        Data as loaded.
    """
    time: dict[str, str] = {}
    label: dict[str, str] = {}
    entity: dict[str, str] = {}
    ids: dict[str, str] = {}
    for name in frame.columns:
        column = frame[name]
        kind = kind_of(column)
        if kind == "date":
            time[name] = "it holds dates"
        elif _LABEL_NAMES.match(str(name)) and _two_values(column):
            label[name] = "its name and its two values look like a label"
        elif reason := looks_like_id(column):
            ids[name] = reason
        elif _looks_like_entity(column, kind):
            entity[name] = "its name and its few, repeated values look like an entity"
    return Suspects(time, label, entity, ids)


def looks_like_id(column: pd.Series) -> str:
    """Return why a column looks like an id, or an empty string.

    A key says nothing about how odd a row is, yet detectors take its highest and lowest
    values for anomalies.

    Examples
    --------
    >>> looks_like_id(pd.Series(range(100), name="order_id"))
    'it counts the rows'
    """
    present = column.dropna()
    if len(present) < 20 or kind_of(present) not in ("numeric", "text", "category"):
        return ""
    named = bool(_ID_NAMES.search(str(column.name)))
    if kind_of(present) == "numeric" and not pd.api.types.is_numeric_dtype(present.dtype):
        # Numbers with a few strays between them: whether they are ids is for the numbers to say.
        numbers = as_numbers(present).dropna()
        whole = bool((numbers == np.floor(numbers)).all() and (numbers.abs() < 2**53).all())
        present = numbers.astype("int64") if whole else numbers
    if not pd.api.types.is_numeric_dtype(present.dtype):
        share = present.nunique() / len(present)
        if share == 1.0:
            return "each of its values occurs once"
        return (
            "its name says so and nearly every value is distinct" if named and share > 0.9 else ""
        )
    if not pd.api.types.is_integer_dtype(present.dtype) or not present.is_unique:
        return ""
    steps = np.diff(present.to_numpy(dtype="float64"))
    if named or str(column.name).casefold() == "id":
        return "it counts the rows" if np.all(steps == 1) else "its name says so and it is unique"
    return "it counts the rows" if np.all(steps == 1) else ""


def is_regular(time: pd.Series, entity: pd.Series | None = None) -> bool:
    """Return whether time stamps follow each other in (nearly) equal steps.

    Parameters
    ----------
    time : pandas.Series
        Dates or numbers.
    entity : pandas.Series, optional
        Steps are taken within each entity.
    """
    numbers = as_numbers(time)
    if numbers.notna().sum() < 3:
        return False
    table = pd.DataFrame({"time": numbers.to_numpy()})
    if entity is None:
        steps = table["time"].sort_values().diff()
    else:
        table["entity"] = entity.astype(str).to_numpy()
        steps = table.sort_values(["entity", "time"]).groupby("entity")["time"].diff()
    steps = steps[steps > 0]
    if steps.empty:
        return False
    middle = steps.median()
    near = (steps >= 0.5 * middle) & (steps <= 1.5 * middle)
    many = len(steps) >= 0.5 * len(numbers)
    return bool(many and near.mean() >= REGULAR_SHARE)


def _two_values(column: pd.Series) -> bool:
    return 1 <= column.dropna().nunique() <= 2


def _looks_like_entity(column: pd.Series, kind: str) -> bool:
    if kind not in ("category", "text", "numeric") or not _ENTITY_NAMES.match(str(column.name)):
        return False
    distinct = column.nunique()
    return bool(1 < distinct <= max(2, len(column) // 20))
