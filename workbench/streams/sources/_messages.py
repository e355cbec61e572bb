"""What brokers and sockets carry, made into records."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["rows_of"]

#: Bytes that one message may have.
MOST = 16 * 2**20


def rows_of(told: bytes | str, **beside: Any) -> list[dict[str, Any]]:
    """Return the records of a message: one JSON object, a list of them, or JSON lines.

    What cannot be read comes back as a record without fields: it is counted as not usable.

    Parameters
    ----------
    told : bytes or str
    **beside
        What is known beside it, such as the topic; it does not take the place of a field.

    Examples
    --------
    >>> rows_of('{"a": 1}', topic="x")
    [{'topic': 'x', 'a': 1}]
    """
    if len(told) > MOST:
        return [{}]
    try:
        read = json.loads(told)
    except (ValueError, RecursionError):
        read = _lines(told)
    rows = read if isinstance(read, list) else [read]
    return [{**beside, **row} if row and isinstance(row, dict) else {} for row in rows]


def _lines(told: bytes | str) -> list[Any]:
    text = told.decode("utf-8", errors="replace") if isinstance(told, bytes) else told
    rows = []
    for line in text.split("\n"):  # not at what else ends lines: text may hold it
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            rows.append({})
    return rows or [{}]
