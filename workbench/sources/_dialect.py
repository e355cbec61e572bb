"""Finds out how a text table is laid out: delimiter, header, names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.errors import DataError, LimitExceeded

__all__ = ["MAX_COLUMNS", "Dialect", "sniff", "tidy_names"]

#: More columns than this are a transposed table or an attack.
MAX_COLUMNS = 20_000
MAX_NAME = 200
SAMPLE = 256 * 1024
_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?[\d.]*,\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*")


@dataclass(frozen=True)
class Dialect:
    """How the table is laid out.

    Attributes
    ----------
    delimiter : str
        One character.
    names : tuple of str
        Unique column names.
    skip_lines : int
        Lines before the first row of values, counted from the first line that is not blank.
    notices : tuple of str
        What was decided, in words.
    """

    delimiter: str
    names: tuple[str, ...]
    skip_lines: int
    notices: tuple[str, ...]


def sniff(data: bytes, name: str, delimiter: str | None, header: bool | None) -> Dialect:
    """Look at the beginning of UTF-8 ``data`` and return its layout.

    Raises
    ------
    DataError
        There is nothing but white space.
    LimitExceeded
        There are too many columns.
    """
    csv.field_size_limit(2**31 - 1)
    text = _whole_lines(data)
    if not text.strip():
        raise DataError(f"'{name}' is empty: it holds no table.")
    lines = text.splitlines(keepends=True)
    delimiter = delimiter or _delimiter(lines, name)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    first = next(reader)
    if len(first) > MAX_COLUMNS:
        raise LimitExceeded(
            f"'{name}' has {len(first):,} columns; {MAX_COLUMNS:,} are allowed. "
            "Is it transposed? Swap rows and columns, or keep the columns you need."
        )
    has_header = not _looks_like_values(first) if header is None else header
    if not has_header:
        names = tuple(f"column_{position}" for position in range(1, len(first) + 1))
        said = "The file has no header: columns are called column_1, column_2, …"
        return Dialect(delimiter, names, 0, (said,) if header is None else ())
    names, notices = tidy_names(first)
    return Dialect(delimiter, names, reader.line_num, tuple(notices))


def _whole_lines(data: bytes) -> str:
    """Return the first lines, the first one whole however long it is."""
    end = len(data)
    if end > SAMPLE:
        cut = data.rfind(b"\n", 0, SAMPLE)
        end = cut + 1 if cut >= 0 else (data.find(b"\n") + 1 or len(data))
    return data[:end].decode("utf-8", "replace")


def _delimiter(lines: Sequence[str], name: str) -> str:
    """Return the delimiter that cuts most lines into as many fields as the first one."""
    order = "\t,;|" if name.lower().partition(".tsv")[1] else ",;\t|"
    best, best_score = ",", (0.0, 0.0)
    for candidate in order:
        reader = csv.reader(lines[:200], delimiter=candidate, skipinitialspace=True)
        counts = [len(row) for _, row in zip(range(100), reader, strict=False) if row]
        if not counts or counts[0] < 2:
            continue
        usual, _ = Counter(counts).most_common(1)[0]
        agreement = sum(count == counts[0] for count in counts) / len(counts)
        score = (round(agreement, 1) if usual == counts[0] else 0.1, float(counts[0]))
        if score > best_score:
            best, best_score = candidate, score
    values = [line.strip() for line in lines[1:100] if line.strip()]
    if best_score == (0.0, 0.0) and values and all(map(_DECIMAL_COMMA.fullmatch, values)):
        return ";"  # one column of 1,5 and 2,5
    return best


def _looks_like_values(row: Sequence[str]) -> bool:
    """Whether a first row holds values: only numbers, dates and gaps, at least one of them."""
    cells = [cell.strip() for cell in row]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.fullmatch(c) or _DATE.fullmatch(c) for c in filled)


def tidy_names(raw: Sequence[object]) -> tuple[tuple[str, ...], list[str]]:
    """Return column names that are unique, filled and not overlong, and what was changed.

    Characters that cannot be written as UTF-8 (lone surrogates) become "�", line breaks and
    control characters become spaces, names are cut at 200 characters, blank ones are called
    after their position, and repeated ones get "_2", "_3", …

    Examples
    --------
    >>> tidy_names(["a", "a", ""])[0]
    ('a', 'a_2', 'column_3')
    """
    names: list[str] = []
    taken: set[str] = set()
    blank, cut, again = [], 0, []
    wanted = {str(item) for item in raw}
    for position, item in enumerate(raw, start=1):
        name = _clean(str(item))
        if not name:
            name = f"column_{position}"
            blank.append(name)
        if len(name) > MAX_NAME:
            name, cut = name[: MAX_NAME - 1] + "…", cut + 1
        if name in taken:
            again.append(name)
            number = 2
            while (unique := f"{name}_{number}") in taken or unique in wanted:
                number += 1
            name = unique
        taken.add(name)
        names.append(name)
    return tuple(names), _say(blank, cut, again)


def _clean(name: str) -> str:
    name = name.encode("utf-8", "replace").decode("utf-8") if not name.isascii() else name
    return re.sub(r"[\x00-\x1f\x7f]+", " ", name).strip()


def _say(blank: list[str], cut: int, again: list[str]) -> list[str]:
    notices = []
    if blank:
        shown = ", ".join(blank[:3]) + (", …" if len(blank) > 3 else "")
        notices.append(f"{len(blank)} blank column name(s) were filled: {shown}.")
    if cut:
        notices.append(f"{cut} column name(s) longer than {MAX_NAME} characters were cut.")
    if again:
        shown = ", ".join(repr(name[:40]) for name in dict.fromkeys(again[:3]))
        notices.append(f"{len(again)} repeated column name(s) got a number: {shown}.")
    return notices
