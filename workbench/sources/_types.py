"""Turns columns of text into numbers, yes/no and times, when every value agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.sources import _times

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MISSING", "Habits", "infer_times", "infer_types", "plain_numbers"]

#: Written for "no value"; only in columns that are otherwise numbers, times or yes/no.
MISSING = [
    "", "NA", "N/A", "n/a", "#N/A", "#NA", "NaN", "nan", "NAN", "-nan", "NaT", "null", "NULL",
    "Null", "None", "none", "<NA>", "-", "--", "?", ".",
]  # fmt: skip
TRIAL = 1000
_INTEGER = r"^[+-]?\d+$"


@dataclass
class Habits:
    """How one file writes numbers and days, and what was noticed about it."""

    decimal: str | None
    day_first: bool | None
    notices: list[str]
    rows_before: int = 1

    def say(self, text: str) -> None:
        self.notices.append(text)


def infer_types(frame: pl.DataFrame, habits: Habits) -> pl.DataFrame:
    """Return the frame with each column of text as what all its values are.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of type String are looked at; of the others only whole numbers, as moments.
    habits : Habits
        Its notices are added to.
    """
    import polars as pl

    columns = []
    for column in frame.iter_columns():
        if column.dtype == pl.String:
            column = _typed(column, habits)
        if column.dtype == pl.Int64:
            column = _times.from_epoch(column, habits.say)
        elif column.dtype == pl.Float64:
            _mention_infinite(column, habits)
        columns.append(column)
    return pl.DataFrame(columns)


def infer_times(frame: pl.DataFrame, habits: Habits) -> pl.DataFrame:
    """Return the frame with columns of moments as such, for formats that know other types."""
    import polars as pl

    columns = []
    for column in frame.iter_columns():
        if column.dtype == pl.String:
            trial = column.drop_nulls().head(TRIAL)
            if _time(trial, Habits(None, habits.day_first, [])) is not None:
                made = _time(column, habits)
                column = column if made is None else made
        elif column.dtype == pl.Int64:
            column = _times.from_epoch(column, habits.say)
        columns.append(column)
    return pl.DataFrame(columns)


def plain_numbers(sample: pl.DataFrame) -> dict[str, pl.DataType]:
    """Return the columns of a text sample that a parser may read as numbers directly."""
    import polars as pl

    found: dict[str, pl.DataType] = {}
    for column in sample.iter_columns():
        if column.null_count() == len(column):
            continue
        for kind in (pl.Int64(), pl.Float64()):
            if column.cast(kind, strict=False).null_count() == column.null_count():
                found[column.name] = kind
                break
    return found


def _typed(column: pl.Series, habits: Habits) -> pl.Series:
    import polars as pl

    clean = column.str.strip_chars()
    clean = clean.set(clean.is_in(MISSING), None)
    if clean.null_count() == len(clean):
        return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    trial = clean.drop_nulls().head(TRIAL)
    converters: tuple[Callable[[pl.Series, Habits], pl.Series | None], ...] = (
        _number, _boolean, _local_number, _time,
    )  # fmt: skip
    for convert in converters:
        silent = Habits(habits.decimal, habits.day_first, [])
        if convert(trial, silent) is None:
            continue
        done = convert(clean, habits)
        if done is not None:
            return done
    _mention_strays(column, clean, habits)
    return column.set(column == "", None)


def _time(clean: pl.Series, habits: Habits) -> pl.Series | None:
    return _times.from_text(clean, day_first=habits.day_first, say=habits.say)


def _number(clean: pl.Series, habits: Habits) -> pl.Series | None:
    import polars as pl

    whole = clean.cast(pl.Int64, strict=False)
    if whole.null_count() == clean.null_count():
        return whole
    floats = clean.cast(pl.Float64, strict=False)
    if floats.null_count() != clean.null_count():
        return None
    if clean.drop_nulls().str.contains(_INTEGER).all():
        habits.say(
            f"Column '{clean.name}' holds whole numbers beyond 64 bits; "
            "they were rounded to 16 digits."
        )
    return floats


def _boolean(clean: pl.Series, habits: Habits) -> pl.Series | None:
    low = clean.str.to_lowercase()
    values = set(low.drop_nulls().unique().to_list()) if low.n_unique() <= 3 else set()
    for yes, no in (("true", "false"), ("yes", "no")):
        if values and values <= {yes, no}:
            return low == yes
    return None


def _local_number(clean: pl.Series, habits: Habits) -> pl.Series | None:
    """Read 1.234,5 and 1,234.5; an unclear 1,234 is a decimal only where the file says so."""
    import polars as pl

    filled = clean.drop_nulls()
    for point, comma in ((",", "."), (".", ",")):
        if habits.decimal not in (None, point):
            continue
        p, c = "\\" + point, "\\" + comma
        grouped = rf"[+-]?\d{{1,3}}({c}\d{{3}})+({p}\d*)?"
        plain = rf"[+-]?\d*({p}\d+)?([eE][+-]?\d+)?"
        if not filled.str.contains(rf"^({grouped}|{plain})$").all():
            continue
        certain = (
            habits.decimal == point
            or filled.str.contains(rf"^[+-]?\d{{1,3}}({c}\d{{3}})+({c}\d{{3}}|{p}\d*)$").any()
        )
        if point == ",":
            certain = certain or not filled.str.contains(rf"^[+-]?\d{{1,3}}{p}\d{{3}}$").all()
        if certain:
            text = clean.str.replace_all(comma, "", literal=True)
            text = text.str.replace(point, ".", literal=True)
            return _number(text.cast(pl.String), habits)
    return None


def _mention_strays(column: pl.Series, clean: pl.Series, habits: Habits) -> None:
    """Say which few values keep a column of numbers from being one."""
    import polars as pl

    if clean.head(TRIAL).cast(pl.Float64, strict=False).null_count() > TRIAL // 2 + 50:
        return
    numbers = clean.cast(pl.Float64, strict=False)
    strays = numbers.is_null() & clean.is_not_null()
    filled = len(clean) - clean.null_count()
    if 0 < strays.sum() <= 0.1 * filled:
        row = int(strays.arg_max() or 0)
        habits.say(
            f"Column '{column.name}' stays text: {strays.sum():,} of {filled:,} values are no "
            f"numbers, first {str(clean[row])[:40]!r} in row {row + 1:,}."
        )


def _mention_infinite(column: pl.Series, habits: Habits) -> None:
    count = int(column.is_infinite().sum() or 0)
    if count:
        habits.say(
            f"Column '{column.name}' holds {count:,} infinite value(s): written as such, "
            "or too large for a number."
        )
