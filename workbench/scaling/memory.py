"""How much memory there is, how much a table takes, and how many rows fit at a time."""

from __future__ import annotations

import re
from typing import Any

from workbench.core.errors import ParameterError

__all__ = ["Allowance", "allowance", "parse_memory", "would_not_fit"]

MIB = 1024**2
#: Interpreter and libraries alone; what a run may take begins here.
LEAST = 512 * MIB
#: What detection holds of each cell at its peak, in float64: the frame, the prepared matrix, and
#: what the detector makes of it (measured: three to four).
COPIES = 4
#: Share of the memory that is free which a table may take before it is worked on in parts.
SHARE = 0.8
#: Rows that are worked on at a time: the second-level cache holds a few columns of them.
MOST_ROWS, LEAST_ROWS = 65_536, 1_024
#: Rows that are drawn where a detector learns from a sample; fewer of wide tables.
SAMPLE_ROWS, LEAST_SAMPLE = 262_144, 2_000
_UNITS = {"": 1, "K": 1024, "M": MIB, "G": 1024**3, "T": 1024**4}


def parse_memory(given: Any) -> int:
    """Return bytes from a number of bytes or a text such as "2GB" (which is 2 GiB).

    Raises
    ------
    ParameterError
        It is neither, or less than the libraries take.

    Examples
    --------
    >>> parse_memory("2GB") == 2 * 1024**3
    True
    """
    size = None
    if isinstance(given, int) and not isinstance(given, bool):
        size = given
    elif isinstance(given, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", given, re.IGNORECASE)
        size = int(float(found[1]) * _UNITS[found[2].upper()]) if found else None
    if size is None:
        raise ParameterError(f"memory must be bytes or a text such as '2GB', found {given!r}.")
    if size < LEAST:
        raise ParameterError(
            f"memory must be at least {LEAST // MIB} MB, which the libraries take by themselves; "
            f"found {given!r}."
        )
    return size


def would_not_fit(rows: int, columns: int) -> bool:
    """Return whether detecting in a table takes more memory than is free on this machine."""
    import psutil

    return rows * columns * 8 * COPIES > SHARE * psutil.virtual_memory().available


class Allowance:
    """What a run may hold at a time.

    Attributes
    ----------
    memory : int
        Bytes.
    rows : int
        Rows of one part.
    sample : int
        Rows of the sample.
    """

    def __init__(self, memory: int, columns: int, workers: int) -> None:
        self.memory = memory
        cell = 8 * max(columns, 1)
        # A part is held as it was read, as a frame and as a matrix, by each worker and one ahead.
        at_once = memory // 4 // (cell * 6 * (workers + 2))
        self.rows = int(min(MOST_ROWS, max(LEAST_ROWS, at_once)))
        drawn = memory // 8 // (cell * COPIES)
        self.sample = int(min(SAMPLE_ROWS, max(LEAST_SAMPLE, drawn)))


def allowance(memory: Any, columns: int, workers: int) -> Allowance:
    """Return what fits into ``memory``: as asked, else half of what is free."""
    if memory is None:
        import psutil

        size = max(LEAST, psutil.virtual_memory().available // 2)
    else:
        size = parse_memory(memory)
    return Allowance(size, columns, workers)
