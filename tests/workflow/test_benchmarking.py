"""A collection of files: resumable, bounded, and a report at the end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, ParameterError, UnknownName


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sets"
    place.mkdir()
    for number in range(3):
        X = np.random.default_rng(number).normal(size=(120, 2))
        X[:4] += 6.0
        np.savez(place / f"{number}_set.npz", X=X, y=np.arange(120) < 4)
    return place


def lines(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def test_a_benchmark_leaves_results_table_and_report(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    contest = wb.benchmark(folder, "ecod, pca", suite="adbench", out=out)
    assert contest.figures("roc_auc").shape == (3, 2)
    assert (contest.table["roc_auc"] > 0.9).all()
    assert {path.name for path in out.iterdir()} == {"results.jsonl", "results.csv", "report.html"}
    assert {line["set"] for line in lines(out)} == {"0_set", "1_set", "2_set"}
    assert "sets (adbench)" in (out / "report.html").read_text(encoding="utf-8")


def test_what_is_done_is_not_done_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = wb.benchmark(folder, "ecod", suite="adbench", out=out)
    again = wb.benchmark(folder, "ecod, pca", suite="adbench", out=out)
    assert len(lines(out)) == 6
    assert again.figures("seconds")["ecod"].tolist() == first.figures("seconds")["ecod"].tolist()
    wb.benchmark(folder, "ecod", suite="adbench", out=out, fresh=True)
    assert len(lines(out)) == 9


def test_other_settings_or_another_file_are_measured_anew(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    wb.benchmark(folder, "ecod", suite="adbench", out=out)
    wb.benchmark(folder, "ecod", suite="adbench", out=out, rows=100)
    assert len(lines(out)) == 6
    X = np.random.default_rng(9).normal(size=(90, 2))
    np.savez(folder / "0_set.npz", X=X, y=np.arange(90) < 5)
    wb.benchmark(folder, "ecod", suite="adbench", out=out)
    assert len(lines(out)) == 7


def test_a_cancelled_run_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    progress = wb.Progress(lambda done, stage: progress.cancel() if "1_set: pca" in stage else None)
    with pytest.raises(Cancelled):
        wb.benchmark(folder, "ecod, pca", suite="adbench", out=out, progress=progress)
    assert len(lines(out)) == 3
    stages: list[str] = []
    contest = wb.benchmark(
        folder,
        "ecod, pca",
        suite="adbench",
        out=out,
        progress=wb.Progress(lambda done, stage: stages.append(stage)),
    )
    assert len(lines(out)) == len(contest.results) == 6
    assert not any("fitting" in stage for stage in stages[: stages.index("1_set: pca")])


def test_a_file_that_cannot_be_used_is_skipped_with_its_reason(folder: Path) -> None:
    (folder / "9_torn.npz").write_bytes(b"nothing")
    contest = wb.benchmark(folder, "ecod", suite="adbench")
    assert "not an npz" in contest.skipped["9_torn"]
    assert len(contest.results) == 3


def test_a_failure_is_kept_and_shown(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    contest = wb.benchmark(folder, "ecod, matrix_profile", suite="adbench", out=out)
    assert len(contest.failures) == 3
    assert "is for series" in (out / "report.html").read_text(encoding="utf-8")
    assert contest.table.loc["matrix_profile", "sets"] == 0


def test_the_same_seed_gives_the_same_figures(folder: Path) -> None:
    figures = [
        wb.benchmark(folder, "iforest", suite="adbench", rows=100, random_state=3).figures(
            "roc_auc"
        )
        for _ in range(2)
    ]
    assert figures[0].equals(figures[1])


def test_what_cannot_work_is_said_first(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'ecod'"):
        wb.benchmark(folder, "ecodd", suite="adbench", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ParameterError, match="label="):
        wb.benchmark(folder, "ecod")
    with pytest.raises(ParameterError, match="rows must be"):
        wb.benchmark(folder, "ecod", suite="adbench", rows=5)
    for path in folder.iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match="No file could be used"):
        wb.benchmark(folder, "ecod", suite="adbench")
