"""Turns columns of text into numbers, yes/no and times, when every value agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.core.errors import ColumnError, DataError, suggest
from workbench.sources import _strays, _times

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MISSING", "Habits", "check_coerced", "infer_times", "infer_types", "plain_numbers"]

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
    #: What nobody should overlook, by column; the notices hold it too.
    warnings: dict[str, str] = field(default_factory=dict)
    #: Columns to read as numbers or dates although some values are neither.
    coerce: tuple[str, ...] = ()
    #: Says where the row of a position is found in the file.
    place: Callable[[int], str] = _strays.in_table

    def say(self, text: str) -> None:
        self.notices.append(text)

    def warn(self, column: str, text: str) -> None:
        self.notices.append(text)
        self.warnings[column] = text


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
    mended = _despite_strays(clean, habits)
    return column.set(column == "", None) if mended is None else mended


def check_coerced(names: Sequence[str], habits: Habits) -> None:
    """Refuse to coerce a column that is not there.

    Raises
    ------
    ColumnError
        The message proposes the nearest name.
    """
    for name in habits.coerce:
        if name not in names:
            shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
            raise ColumnError(
                f"Column '{name}' of coerce= is not in the data.{suggest(name, names)} "
                f"Found: {shown}."
            )


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


def _despite_strays(clean: pl.Series, habits: Habits) -> pl.Series | None:
    """Return the column without its strays if that is wished, else None, and tell of them."""
    wished = clean.name in habits.coerce
    found = _strays.find(
        clean,
        lambda text: _number(text, Habits(habits.decimal, habits.day_first, [])),
        lambda text: _local_number(text, Habits(habits.decimal, habits.day_first, [])),
        day_first=habits.day_first,
        least=0.0 if wished else _strays.MOSTLY,
    )
    if found is None:
        if wished:
            raise DataError(
                f"Column '{clean.name}' of coerce= holds neither numbers nor dates. Leave it out."
            )
        return None
    if wished:
        habits.say(found.coerced(habits.place))
        clean = clean.set(found.strays, None)
        readings = (convert(clean, habits) for convert in (_number, _local_number, _time))
        return next(made for made in readings if made is not None)
    habits.warn(clean.name, found.warning(habits.place))
    return None


def _mention_infinite(column: pl.Series, habits: Habits) -> None:
    count = int(column.is_infinite().sum() or 0)
    if count:
        habits.say(
            f"Column '{column.name}' holds {count:,} infinite value(s): written as such, "
            "or too large for a number."
        )
