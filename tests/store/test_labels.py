"""Labels outlive the process that stored them, in the order in which they were said."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.core.errors import ParameterError, StoreError
from workbench.core.label import Label
from workbench.core.settings import settings
from workbench.store.labels import add_labels, read_labels

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


def said(row: int, verdict: str = "anomaly", author: str = "ann") -> Label:
    return Label(row, verdict, author, NOW, "seen twice", "leak")


def test_what_is_stored_comes_back_whole() -> None:
    add_labels("abc", [said(3), said(5, "unsure", "bob")])
    assert read_labels("abc") == [said(3), said(5, "unsure", "bob")]
    assert read_labels("other data") == []


def test_the_latest_word_counts_and_the_history_is_kept() -> None:
    add_labels("abc", [said(3)])
    add_labels("abc", [said(3, "normal", "bob")])
    assert read_labels("abc") == [said(3, "normal", "bob")]
    assert read_labels("abc", history=True) == [said(3), said(3, "normal", "bob")]


def test_another_process_reads_them() -> None:
    add_labels("abc", [said(7)])
    code = "from workbench.store.labels import read_labels; print(read_labels('abc')[0].row)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "7"


def test_a_word_that_is_no_verdict_is_refused() -> None:
    with pytest.raises(ParameterError, match="one of anomaly, normal, unsure; found 'maybe'"):
        said(1, "maybe")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (settings().home / "workbench.db").write_bytes(b"not a database, but long enough to tell" * 9)
    with pytest.raises(StoreError, match="WORKBENCH_HOME"):
        read_labels("abc")


def test_looking_for_labels_makes_no_file() -> None:
    assert read_labels("abc") == []
    assert not (settings().home / "workbench.db").exists()
