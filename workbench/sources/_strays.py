"""Finds the few values that keep a column of numbers or dates from being one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.sources import _times

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MOSTLY", "Strays", "find", "in_table"]

#: With this share of numbers (or dates) a column was meant to hold them. Detectors draw the line
#: at the same share: NUMERIC_SHARE in workbench.preparation.kinds.
MOSTLY = 0.9
TRIAL = 1000
_SHOWN = 40

Read = Callable[["pl.Series"], "pl.Series | None"]


def in_table(position: int) -> str:
    """Return where a row is, when only its place in the table is known."""
    return f"row {position + 1:,} of the data (counted from 1, without the header)"


@dataclass(frozen=True)
class Strays:
    """The values of a column of numbers or dates that are none.

    Attributes
    ----------
    name : str
        The column.
    strays : polars.Series
        True where one stands.
    kind : {"number", "date"}
        What the others are.
    count, filled : int
        How many are none, and how many values there are.
    first : str
        The first of them.
    position : int
        Its row, counted from 0.
    """

    name: str
    strays: pl.Series
    kind: str
    count: int
    filled: int
    first: str
    position: int

    def warning(self, place: Callable[[int], str]) -> str:
        """Return what is wrong, where, and the two ways to go on."""
        name, one = self.name, self.count == 1
        values = f"{self.count:,} of its {self.filled:,} values {'is' if one else 'are'}"
        return (
            f"Column '{name}' is read as text because {values} no {self.kind}: "
            f"{self._where(place)}. "
            f"Mend {'it' if one else 'them'} in the file, or pass coerce=['{name}'] to read the "
            f"column as {self.kind}s and take {'it' if one else 'them'} for missing."
        )

    def coerced(self, place: Callable[[int], str]) -> str:
        """Return what was taken for missing."""
        return (
            f"Column '{self.name}' was read as {self.kind}s; {self.count:,} of its "
            f"{self.filled:,} values became missing: {self._where(place)}."
        )

    def _where(self, place: Callable[[int], str]) -> str:
        begins = "" if self.count == 1 else "first "
        shown = self.first if len(self.first) <= _SHOWN else self.first[: _SHOWN - 1] + "…"
        return f"{begins}{shown!r} in {place(self.position)}"


def find(
    clean: pl.Series, number: Read, local_number: Read, *, day_first: bool | None, least: float
) -> Strays | None:
    """Return what a column is apart from a few values, or None if those are too many.

    Parameters
    ----------
    clean : polars.Series
        Text; what means "no value" is missing already.
    number, local_number : callable
        Read a column as numbers if every value is one.
    day_first : bool or None
        Whether 03/04 is the third of April.
    least : float
        Share of numbers or dates that is enough.
    """
    if not _promising(clean.drop_nulls().head(TRIAL), day_first, least):
        return None
    read = [
        (kind, values)
        for kind, values in (
            ("number", _numbers(clean, number, local_number)),
            ("date", _times.mostly(clean, day_first=day_first)),
        )
        if values is not None
    ]
    filled = len(clean) - clean.null_count()
    kind, values = max(read, key=lambda item: -item[1].null_count(), default=("", clean.clear()))
    kept = len(values) - values.null_count()
    if not kept or kept < least * filled:
        return None
    strays = values.is_null() & clean.is_not_null()
    first = int(strays.arg_max() or 0)
    return Strays(clean.name, strays, kind, filled - kept, filled, str(clean[first]), first)


def _promising(trial: pl.Series, day_first: bool | None, least: float) -> bool:
    """Whether a look at the first values leaves a hope; free text ends here, at little cost."""
    if not least:
        return True
    looks = trial.str.contains(r"^[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?$").sum()
    dates = _times.mostly(trial, day_first=day_first)
    known = 0 if dates is None else len(dates) - dates.null_count()
    # The first thousand may hold more than their share of strays.
    return max(int(looks), known) >= (least - 0.1) * len(trial)


def _numbers(clean: pl.Series, number: Read, local_number: Read) -> pl.Series | None:
    """Return numbers, missing where there are none; in the file's own way of writing them."""
    import polars as pl

    plain = clean.set(clean.cast(pl.Float64, strict=False).is_null(), None)
    looks = clean.str.contains(r"^[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?$")
    local = clean.set(~looks.fill_null(False), None)
    choices = [number(plain), local_number(local) if local.null_count() < len(local) else None]
    read = [values for values in choices if values is not None]
    return min(read, key=lambda values: values.null_count(), default=None)
