"""What a benchmark has measured so far: one line a file and detector, safe against a stop."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from workbench.core.errors import DataError

__all__ = ["Ledger"]


class Ledger:
    """Finished measurements on disk; a line is there whole or not at all.

    Parameters
    ----------
    path : Path
        JSON lines; made at the first entry. A line torn by a crash is cut off.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "results.jsonl"
    >>> Ledger(path).add("a", {"roc_auc": 0.5})
    >>> Ledger(path).get("a")
    {'roc_auc': 0.5}
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._load()

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what was measured under a key, or None."""
        return self._known.get(key)

    def add(self, key: str, line: dict[str, Any]) -> None:
        """Keep a measurement; an older one under the same key is superseded."""
        plain = {
            name: None if isinstance(item, float) and not math.isfinite(item) else item
            for name, item in line.items()
        }
        text = json.dumps({"key": key, **plain}, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            # One write to a file opened for appending: readers see the whole line or nothing.
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                os.write(handle, text.encode("utf-8", "replace"))
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise DataError(f"Cannot write '{self.path.name}': {error.strerror}.") from error
        self._known[key] = plain

    def _load(self) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(self.path, len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                item = json.loads(line)
                self._known[item.pop("key")] = item
            except (ValueError, KeyError, AttributeError, TypeError):
                raise DataError(
                    f"Line {number} of '{self.path.name}' is no result of a benchmark. Move the "
                    "file away, or name another folder."
                ) from None
