"""What is in a table and what is wrong with it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.core.dataset import DatasetRecord
from workbench.preparation.kinds import ColumnKind, as_numbers, as_text, kind_of
from workbench.preparation.roles import is_regular, suspect_roles

__all__ = ["ColumnProfile", "Finding", "Profile", "profile_dataset"]

Level = Literal["problem", "warning", "info"]


@dataclass(frozen=True)
class ColumnProfile:
    """One column: its role, kind and range.

    ``missing`` counts NaN and empty cells, ``infinite`` counts ±inf; ``minimum`` and
    ``maximum`` are None where the column has no order.
    """

    name: str
    role: str
    kind: ColumnKind
    dtype: str
    missing: int
    infinite: int
    distinct: int
    minimum: Any
    maximum: Any
    example: Any


@dataclass(frozen=True)
class Finding:
    """Something a careful analyst would mention, about one column or the whole table."""

    level: Level
    column: str | None
    text: str


@dataclass(frozen=True)
class Profile:
    """What a dataset is and what is wrong with it."""

    name: str
    kind: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    findings: tuple[Finding, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one line a column."""
        return pd.DataFrame([vars(column) for column in self.columns])

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "rows": self.rows,
            "columns": [vars(column) for column in self.columns],
            "findings": [vars(finding) for finding in self.findings],
        }

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.rows:,} rows, {len(self.columns)} columns, {self.kind}"]
        return "\n".join([*lines, *(f"[{item.level}] {item.text}" for item in self.findings)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>[{f.level}] {escape(f.text)}</li>" for f in self.findings)
        head = f"{escape(self.name)}: {self.rows:,} rows, {escape(self.kind)}"
        return (
            f"<p><strong>{head}</strong></p><ul>{items}</ul>{self.to_frame().to_html(index=False)}"
        )


def profile_dataset(data: DatasetRecord) -> Profile:
    """Return what is in ``data`` and what is wrong with it.

    Examples
    --------
    >>> frame = pd.DataFrame({"flow": [1.0, None, 3.0]})
    >>> data = DatasetRecord(frame, "pump", "tabular", ("flow",))
    >>> profile_dataset(data).findings[0].text
    "Column 'flow' has 1 missing value (33.3 %)."
    """
    columns = tuple(_column(data, name) for name in data.frame.columns)
    told = {f"'{name}' is left out: {reason}." for name, reason in data.excluded.items()}
    findings = [
        *(
            Finding("warning" if notice in data.warnings else "info", None, notice)
            for notice in data.notices
            if notice not in told
        ),
        *(finding for column in columns for finding in _column_findings(column, len(data))),
        *_row_findings(data),
        *_time_findings(data),
        *_role_findings(data),
    ]
    order = {"problem": 0, "warning": 1, "info": 2}
    findings.sort(key=lambda item: order[item.level])
    return Profile(data.name, data.kind, len(data), columns, tuple(findings))


def _role(data: DatasetRecord, name: str) -> str:
    for role in ("time", "label", "entity"):
        if getattr(data, role) == name:
            return role
    return "feature" if name in data.features else "left out"


def _column(data: DatasetRecord, name: str) -> ColumnProfile:
    values = data.frame[name]
    kind = kind_of(values)
    numbers = as_numbers(values) if kind == "numeric" else None
    finite = numbers[np.isfinite(numbers)] if numbers is not None else None
    dates = values.dropna() if kind == "date" else None
    ordered = finite if finite is not None else dates
    present = values.dropna()
    return ColumnProfile(
        name=str(name),
        role=_role(data, name),
        kind=kind,
        dtype=str(values.dtype),
        missing=int(values.isna().sum()),
        infinite=0 if numbers is None else int(np.isinf(numbers).sum()),
        distinct=int((as_text(values) if kind == "nested" else values).nunique()),
        minimum=None if ordered is None or ordered.empty else ordered.min(),
        maximum=None if ordered is None or ordered.empty else ordered.max(),
        example=None if present.empty else present.iloc[0],
    )


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _column_findings(column: ColumnProfile, rows: int) -> list[Finding]:
    found: list[Finding] = []
    quoted = f"Column '{column.name}'"
    if column.missing == rows:
        return [Finding("warning", column.name, f"{quoted} is empty.")]
    if column.missing:
        share = 100 * column.missing / rows
        level: Level = "warning" if share > 5 else "info"
        text = f"{quoted} has {_plural(column.missing, 'missing value')} ({share:.1f} %)."
        found.append(Finding(level, column.name, text))
    if column.infinite:
        text = f"{quoted} has {_plural(column.infinite, 'infinite value')}."
        found.append(Finding("warning", column.name, text))
    if column.distinct == 1 and rows > 1:
        text = f"{quoted} is constant ({column.example}) and tells detectors nothing."
        found.append(Finding("info", column.name, text))
    if column.role == "feature" and column.kind == "category" and column.distinct > 100:
        text = (
            f"{quoted} has {column.distinct:,} categories; their rarity is used, not their names."
        )
        found.append(Finding("info", column.name, text))
    if column.kind in ("numeric", "date") and column.dtype in ("object", "str", "string"):
        text = f"{quoted} is stored as text; cells that are not numbers count as missing."
        found.append(Finding("warning", column.name, text))
    return found


def _row_findings(data: DatasetRecord) -> list[Finding]:
    found: list[Finding] = []
    if len(data) < 30:
        text = f"Only {_plural(len(data), 'row')}: too few to tell odd from usual reliably."
        found.append(Finding("problem" if len(data) < 2 else "warning", None, text))
    if len(data.features) > len(data) > 0:
        text = f"More features ({len(data.features)}) than rows ({len(data)})."
        found.append(Finding("warning", None, text))
    hashable = [name for name in data.frame.columns if kind_of(data.frame[name]) != "nested"]
    doubles = int(data.frame[hashable].duplicated().sum()) if hashable else 0
    if doubles:
        share = 100 * doubles / len(data)
        text = f"{_plural(doubles, 'row')} repeat an earlier row ({share:.1f} %)."
        found.append(Finding("warning" if share > 20 else "info", None, text))
    return found


def _time_findings(data: DatasetRecord) -> list[Finding]:
    if data.time is None or len(data) < 3:
        return []
    time = data.frame[data.time]
    entity = None if data.entity is None else data.frame[data.entity]
    numbers = as_numbers(time)
    found: list[Finding] = []
    steps = numbers.sort_values().diff() if entity is None else _steps(numbers, entity)
    positive = steps[steps > 0]
    repeated = int((steps == 0).sum())
    if repeated:
        text = f"{_plural(repeated, 'time stamp')} in '{data.time}' occur more than once."
        found.append(Finding("warning", data.time, text))
    if not positive.empty:
        found += _gap_findings(data.time, positive, time)
    if entity is None and (numbers.diff() < 0).any():
        text = f"'{data.time}' is not in order; rows are sorted for detection, the file is not."
        found.append(Finding("info", data.time, text))
    if not is_regular(time, entity):
        text = f"Steps in '{data.time}' are irregular: rows are treated as events, not as a series."
        found.append(Finding("info", data.time, text))
    zone = getattr(time.dtype, "tz", None)
    text = f"Times are in {zone}." if zone else f"'{data.time}' has no time zone."
    found.append(Finding("info", data.time, text))
    return found


def _steps(numbers: pd.Series, entity: pd.Series) -> pd.Series:
    table = pd.DataFrame({"time": numbers.to_numpy(), "entity": entity.astype(str).to_numpy()})
    return table.sort_values(["entity", "time"]).groupby("entity")["time"].diff()


def _gap_findings(name: str, positive: pd.Series, time: pd.Series) -> list[Finding]:
    step = float(positive.median())
    gaps = positive[positive > 1.5 * step]
    if gaps.empty:
        return []
    dated = pd.api.types.is_datetime64_any_dtype(time.dtype)
    usual = _duration(step) if dated else f"{step:g}"
    longest = _duration(float(gaps.max())) if dated else f"{gaps.max():g}"
    text = (
        f"{_plural(len(gaps), 'gap')} in '{name}': the usual step is {usual}, "
        f"the longest gap {longest}."
    )
    return [Finding("warning", name, text)]


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1e3:g} ms"
    return (
        str(pd.Timedelta(seconds=round(seconds, 3)))
        .removesuffix(" 00:00:00")
        .replace("0 days ", "")
    )


def _role_findings(data: DatasetRecord) -> list[Finding]:
    found = [
        Finding("info", name, f"Column '{name}' is left out: {reason}.")
        for name, reason in data.excluded.items()
    ]
    suspects = suspect_roles(data.frame)
    for role in ("label", "entity"):
        if getattr(data, role) is None:
            found += [
                Finding(
                    "info", name, f"'{name}' may be the {role}: pass {role}='{name}' to use it."
                )
                for name in getattr(suspects, role)
                if f"pass {role}=" not in data.excluded.get(name, "")
            ]
    if data.label is not None:
        count = int(_positive(data.frame[data.label]))
        text = f"'{data.label}' marks {_plural(count, 'row')} of {len(data):,} as anomalous."
        found.append(Finding("info", data.label, text))
    return found


def _positive(label: pd.Series) -> int:
    from workbench.preparation.labels import as_labels

    return int(np.nansum(as_labels(label)))
