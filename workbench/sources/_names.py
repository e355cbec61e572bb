"""Names that files of strangers get here, and the endings that can be read."""

from __future__ import annotations

import re

__all__ = ["ENDINGS", "safe_name"]

#: What the reader can make sense of.
ENDINGS = (
    ".csv", ".tsv", ".txt", ".gz", ".zst", ".parquet", ".jsonl", ".ndjson", ".json", ".xlsx",
    ".graphml",
)  # fmt: skip


def safe_name(name: str) -> str:
    """Return a file name of plain letters, with the ending kept.

    Examples
    --------
    >>> safe_name("../../etc/pump data<b>.csv"), safe_name("…")
    ('pump_data_b_.csv', 'upload')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", last).lstrip("._-") or "upload"
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:60]}.{ending[:12]}" if dot else plain[:60]
