"""Finished measurements survive whatever stops the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.bench._ledger import Ledger
from workbench.bench._watch import PeakMemory
from workbench.core.errors import DataError


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r.jsonl")
    ledger.add("a", {"auc": 0.5, "mib": float("nan")})
    ledger.add("a", {"auc": 0.7})
    again = Ledger(tmp_path / "r.jsonl")
    assert again.get("a") == {"auc": 0.7}
    assert again.get("b") is None


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    Ledger(path).add("a", {"auc": 0.5})
    with path.open("a") as out:
        out.write('{"key": "b", "au')
    again = Ledger(path)
    assert again.get("a") == {"auc": 0.5}
    again.add("c", {"auc": 0.6})
    assert Ledger(path).get("c") == {"auc": 0.6}


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("not json\n")
    with pytest.raises(DataError, match=r"Line 1 of 'r\.jsonl'"):
        Ledger(path)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot write"):
        Ledger(tmp_path / "gone" / "r.jsonl").add("a", {})


def test_the_peak_is_seen_and_not_only_what_is_left() -> None:
    with PeakMemory() as memory:
        many = np.ones(12_000_000)  # 92 MiB
        many += 1.0
        del many
    assert 60 < memory.mib < 400
