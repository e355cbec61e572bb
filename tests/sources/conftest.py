"""Files of these tests are our own: most are read in this process, which is faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.core.settings import settings
from workbench.sources import RawTable, read


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Parse in this process."""
    monkeypatch.setenv("WORKBENCH_ISOLATE", "0")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def read_text(trusted: None, tmp_path: Path) -> Callable[..., RawTable]:
    """Write a text to a file and read it."""

    def write_and_read(text: str | bytes, name: str = "f.csv", **options: Any) -> RawTable:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path, **options)

    return write_and_read
