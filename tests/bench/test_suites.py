"""Suites read collections as they are published, and say what they cannot use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.bench import SUITES
from workbench.bench._protocol import judge, protocol_window
from workbench.core.errors import (
    ColumnError,
    DataError,
    ParameterError,
    UnknownName,
    UnreadableFile,
)

LABELS = np.array([0.0] * 50 + [1.0] * 3 + [0.0] * 7)


def test_the_suites_are_found_by_their_files() -> None:
    assert SUITES.names() == ["adbench", "files", "series"]
    with pytest.raises(UnknownName, match="Did you mean 'adbench'"):
        SUITES.get("adbensh")


def test_adbench_reads_x_and_y(tmp_path: Path) -> None:
    np.savez(tmp_path / "1_a.npz", X=np.ones((60, 2)), y=LABELS)
    suite = SUITES.get("adbench")(tmp_path)
    assert [suite.set_name(path) for path in suite.paths()] == ["1_a"]
    case = suite.read(tmp_path / "1_a.npz")
    assert (case.kind, list(case.frame), case.labels.sum()) == ("tabular", ["x1", "x2"], 3)


def test_series_reads_nab_tsb_ad_and_ucr(tmp_path: Path) -> None:
    values = np.arange(60.0)
    times = pd.date_range("2026-01-01", periods=60, freq="h")
    nab = pd.DataFrame({"timestamp": times, "value": values, "label": LABELS.astype(int)})
    nab.to_csv(tmp_path / "nab.csv", index=False)
    (tmp_path / "deep").mkdir()
    tsb = pd.DataFrame({"a": values, "b": values, "Label": LABELS.astype(int)})
    tsb.to_csv(tmp_path / "deep" / "tsb.csv.gz", index=False)
    marks = np.column_stack([LABELS, LABELS * 0])  # some collections label each column
    np.savez(tmp_path / "ucr.npz", train=values[:9], test=values, label=marks)
    suite = SUITES.get("series")(tmp_path)
    cases = {suite.set_name(path): suite.read(path) for path in suite.paths()}
    assert set(cases) == {"nab", "deep/tsb", "ucr"}
    assert cases["nab"].time == "timestamp"
    assert cases["deep/tsb"].time is None
    assert list(cases["deep/tsb"].frame) == ["a", "b"]
    assert all(case.labels.sum() == 3 and case.kind == "series" for case in cases.values())


def test_own_files_need_their_label_column_named(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": range(60), "t": range(60), "odd": LABELS})
    table.to_parquet(tmp_path / "own.parquet")
    kind = SUITES.get("files")
    assert kind(tmp_path, label="odd").read(tmp_path / "own.parquet").kind == "tabular"
    assert kind(tmp_path, label="odd", time="t").read(tmp_path / "own.parquet").kind == "series"
    with pytest.raises(ColumnError, match="Did you mean 'odd'"):
        kind(tmp_path, label="od").read(tmp_path / "own.parquet")
    with pytest.raises(ParameterError, match="label="):
        kind(tmp_path).read(tmp_path / "own.parquet")


def test_files_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04 nonsense")
    np.savez(tmp_path / "other.npz", values=np.ones(3))
    np.savez(tmp_path / "normal.npz", X=np.ones((5, 1)), y=np.zeros(5))
    np.savez(tmp_path / "short.npz", X=np.ones((5, 1)), y=np.zeros(4))
    suite = SUITES.get("adbench")(tmp_path)
    with pytest.raises(UnreadableFile, match="not an npz"):
        suite.read(tmp_path / "torn.npz")
    with pytest.raises(DataError, match="needs the arrays X with y, found values"):
        suite.read(tmp_path / "other.npz")
    with pytest.raises(DataError, match="Every labelled row is normal"):
        suite.read(tmp_path / "normal.npz")
    with pytest.raises(DataError, match="5 rows and 4 labels"):
        suite.read(tmp_path / "short.npz")


def test_pickles_in_an_npz_are_not_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", X=np.array([{"a": 1}], dtype=object), y=np.ones(1))
    with pytest.raises(UnreadableFile):
        SUITES.get("adbench")(tmp_path).read(tmp_path / "evil.npz")


def test_a_folder_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is not a folder"):
        SUITES.get("adbench")(tmp_path / "gone").paths()
    with pytest.raises(ParameterError, match=r"it takes \.npz"):
        SUITES.get("adbench")(tmp_path).paths()


def test_a_cap_samples_tables_and_cuts_series_around_an_event(tmp_path: Path) -> None:
    labels = np.zeros(1000)
    labels[700:703] = 1
    np.savez(tmp_path / "s.npz", test=np.arange(1000.0), label=labels)
    case = SUITES.get("series")(tmp_path).read(tmp_path / "s.npz").capped(100, 0)
    assert len(case.labels) == 100
    assert case.labels.sum() == 3
    assert np.all(np.diff(case.frame["x1"]) == 1.0)
    np.savez(tmp_path / "t.npz", X=np.arange(1000.0), y=np.arange(1000) % 10 == 0)
    table = SUITES.get("adbench")(tmp_path).read(tmp_path / "t.npz")
    one, same, other = (table.capped(100, seed).frame["x1"].tolist() for seed in (1, 1, 2))
    assert one == same != other
    assert one == sorted(one)
    np.savez(tmp_path / "r.npz", X=np.arange(1000.0), y=np.arange(1000) == 5)
    with pytest.raises(DataError, match="one kind of label only"):
        SUITES.get("adbench")(tmp_path).read(tmp_path / "r.npz").capped(20, 0)


def test_the_protocols_window_is_the_period_or_125() -> None:
    wave = np.sin(np.arange(2000) * 2 * np.pi / 40)
    assert protocol_window(wave) == 40
    assert protocol_window(np.ones(500)) == 125
    assert protocol_window(np.arange(2.0)) == 125


def test_tables_get_no_range_metric_and_series_do() -> None:
    scores = LABELS + np.linspace(0, 0.1, 60)
    assert set(judge(LABELS, scores, None)) == {"roc_auc", "average_precision"}
    found = judge(LABELS, scores, np.sin(np.arange(60.0)))
    assert found["roc_auc"] == 1.0
    assert 0.5 < found["vus_pr"] <= 1.0
