"""Reads JSON lines and JSON arrays; runs in the worker."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, LimitExceeded, UnreadableFile
from workbench.sources import _types
from workbench.sources._decode import to_utf8
from workbench.sources._dialect import MAX_COLUMNS
from workbench.sources._files import GROWTH, refuse_foreign, snapshot
from workbench.sources._unpack import compression_of, unpack

if TYPE_CHECKING:
    import polars as pl

__all__ = ["columns_to_frame", "read_json"]

#: Tables nest a few levels; parsers break at some thousand.
MAX_DEPTH = 64
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_OTHERS = re.compile(rb"[^\[\]{}]+")


def read_json(*, path: str, name: str, limit: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the table in a file of JSON lines or with one JSON array."""
    data, grew = snapshot(path)
    if compression_of(name):
        data = unpack(data, name, limit=limit)
    refuse_foreign(data[:64], name, "JSON lines")
    data, notices = to_utf8(data, name, None)
    if not data.strip():
        raise DataError(f"'{name}' is empty: it holds no table.")
    if grew:
        data = data[: data.rfind(b"\n") + 1] or data
        notices.append(GROWTH)
    _check_depth(data, name)
    head = data.lstrip()[:1]
    whole = head == b"[" or name.lower().partition(".json")[2][:1] in ("", ".")
    frame = _read_whole(data, name) if whole else _read_lines(data, name)
    if frame is None:
        frame = _read_lines(data, name)
    if frame.is_empty():
        raise DataError(f"'{name}' holds no rows. There is nothing to look at.")
    frame = _flatten(frame, name)
    return _types.infer_times(frame, _types.Habits(None, None, notices)), {"notices": notices}


def _check_depth(data: bytes, name: str) -> None:
    """Refuse deep nesting before any parser meets it."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    for number, line in enumerate(io.BytesIO(data), start=1):
        if line.count(b"[") + line.count(b"{") > MAX_DEPTH:
            worst = _depth(line)
            if worst > MAX_DEPTH:
                raise UnreadableFile(
                    f"'{name}' is nested {worst:,} levels deep in line {number}; {MAX_DEPTH} are "
                    "allowed. A table needs one or two."
                )


def _depth(line: bytes) -> int:
    """Return how deep brackets nest, those inside strings aside."""
    depth = deepest = 0
    for character in _OTHERS.sub(b"", _STRING.sub(b"", line)):
        if character in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _read_lines(data: bytes, name: str) -> pl.DataFrame:
    import polars as pl

    try:
        frame = pl.read_ndjson(data, infer_schema_length=None)
        if frame.width:
            return frame
    except pl.exceptions.PolarsError:
        pass
    rows = []
    for number, line in enumerate(io.BytesIO(data), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(
                f"'{name}' has a bad line {number}: {_reason(error)}. Mend or remove that line."
            ) from None
        if not isinstance(row, dict):
            raise UnreadableFile(
                f"'{name}' has a bad line {number}: found {_kind(row)}, each line must be "
                'an object such as {"flow": 1.5}.'
            )
        rows.append(row)
    return _from_rows(rows, name)


def _read_whole(data: bytes, name: str) -> pl.DataFrame | None:
    """Read one JSON value: an array of objects, or an object of columns."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        if data.lstrip()[:1] == b"{" and "Extra data" in str(error):
            return None  # lines after all
        raise UnreadableFile(f"'{name}' is not JSON: {_reason(error)}.") from None
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return _from_rows(found, name)
    if isinstance(found, dict) and _are_columns(list(found.values())):
        return columns_to_frame(found)
    if isinstance(found, dict) and data.count(b"\n") <= 1:
        return _from_rows([found], name)
    raise UnreadableFile(
        f"'{name}' holds {_kind(found)} that is no table. It must be an array of objects, an "
        "object with columns of one length, or one object a line."
    )


def _are_columns(values: list[Any]) -> bool:
    return all(isinstance(v, list) for v in values) and len({len(v) for v in values}) == 1


def _reason(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error)[:200] or type(error).__name__


def _kind(value: object) -> str:
    names = {list: "an array", dict: "an object", str: "a text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")


def _from_rows(rows: list[dict[str, Any]], name: str) -> pl.DataFrame:
    keys = dict.fromkeys(key for row in rows for key in row)
    if len(keys) > MAX_COLUMNS:
        raise LimitExceeded(
            f"'{name}' has {len(keys):,} different keys; {MAX_COLUMNS:,} are allowed. "
            "Are the keys values? Turn them into rows."
        )
    return columns_to_frame({key: [row.get(key) for row in rows] for key in keys})


def columns_to_frame(columns: dict[str, list[Any]]) -> pl.DataFrame:
    """Return a frame of Python lists; a column of mixed kinds becomes text."""
    import polars as pl

    return pl.DataFrame([_column(label, values) for label, values in columns.items()])


def _column(label: str, values: list[Any]) -> pl.Series:
    import polars as pl

    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {int, float} and kinds:
        try:
            return pl.Series(label, values, dtype=pl.Int64 if kinds == {int} else pl.Float64)
        except (OverflowError, TypeError, pl.exceptions.PolarsError):
            return pl.Series(label, [None if v is None else _float(v) for v in values])
    if len(kinds) == 1 and not kinds & {list, dict, bytes}:
        try:
            return pl.Series(label, values, strict=True)
        except (TypeError, OverflowError, pl.exceptions.PolarsError):
            pass
    if not kinds:
        return pl.Series(label, values, dtype=pl.Float64)
    return pl.Series(label, [_text(value) for value in values], dtype=pl.String)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", "replace").decode()
    if isinstance(value, bytes):
        return value.hex()
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return str(value)


def _flatten(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Spread objects into columns "outer.inner"; turn arrays into JSON text."""
    import polars as pl

    for _ in range(MAX_DEPTH):
        nested = [label for label, kind in frame.schema.items() if isinstance(kind, pl.Struct)]
        if not nested:
            break
        pieces: list[pl.Series] = []
        for column in frame.iter_columns():
            if column.name in nested:
                pieces += [
                    column.struct.field(part).alias(f"{column.name}.{part}")
                    for part in column.struct.fields
                ]
            else:
                pieces.append(column)
        if len(pieces) > MAX_COLUMNS:
            raise LimitExceeded(f"'{name}' has more than {MAX_COLUMNS:,} columns.")
        frame = _unique(pieces)
    lists = [label for label, kind in frame.schema.items() if isinstance(kind, pl.List)]
    return frame.with_columns(
        pl.Series(label, [_text(v) for v in frame[label].to_list()], dtype=pl.String)
        for label in lists
    )


def _unique(pieces: list[pl.Series]) -> pl.DataFrame:
    import polars as pl

    from workbench.sources._dialect import tidy_names

    names, _ = tidy_names([piece.name for piece in pieces])
    return pl.DataFrame([p.alias(n) for p, n in zip(pieces, names, strict=True)])
