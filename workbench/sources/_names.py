"""Names that files of strangers get here, and the endings that can be read."""

from __future__ import annotations

import re

from workbench.sources._unpack import COMPRESSIONS

__all__ = ["ENDINGS", "safe_name"]

#: What Windows takes for devices, whatever the ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
#: What the reader can make sense of.
ENDINGS = (
    ".csv", ".tsv", ".txt", *COMPRESSIONS, ".parquet", ".jsonl", ".ndjson", ".json", ".xlsx",
    ".graphml", ".log",
)  # fmt: skip


def safe_name(name: str) -> str:
    """Return a file name of plain letters, with the ending kept.

    Examples
    --------
    >>> safe_name("../../etc/pump data<b>.csv"), safe_name("…"), safe_name("nul.csv")
    ('pump_data_b_.csv', 'upload', 'file_nul.csv')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", last).lstrip("._-") or "upload"
    if _DEVICES.fullmatch(plain):
        plain = f"file_{plain}"
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:60]}.{ending[:12]}" if dot else plain[:60]
