"""Makes ``_tables`` importable from the tests beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sample, a part and a batch be small, so that small data are worked on in many parts."""
    from workbench.scaling import memory, parts

    monkeypatch.setattr(memory, "SAMPLE_ROWS", 3_000)
    monkeypatch.setattr(memory, "MOST_ROWS", 1_024)
    monkeypatch.setattr(parts, "PART_ROWS", 4_000)
