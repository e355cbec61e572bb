"""JSON lines, and JSON arrays of objects."""

from __future__ import annotations

from typing import Any, ClassVar

from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse
from workbench.sources._unpack import COMPRESSIONS
from workbench.sources.base import RawTable, Source

__all__ = ["JsonLines"]

_PLAIN = (".jsonl", ".ndjson", ".json")


class JsonLines(Source):
    """Read one JSON object a line, or a JSON array of objects; objects inside become columns.

    ``{"pump": {"flow": 1}}`` gives the column "pump.flow"; arrays are kept as JSON text. A line
    that is no JSON is named by its number. Compressed files are unpacked.
    """

    name: ClassVar[str] = "jsonl"
    suffixes: ClassVar[tuple[str, ...]] = (
        *_PLAIN,
        *(plain + packed for plain in _PLAIN for packed in COMPRESSIONS),
    )

    def read(self, source: Any) -> RawTable:
        """Read the file at ``source``."""
        path = check_file(source)
        table, notes = parse("workbench.sources._json_reader:read_json", path)
        notices = list(notes["notices"])
        return RawTable(to_frame(table, path.name, notices), path.name, tuple(notices))
