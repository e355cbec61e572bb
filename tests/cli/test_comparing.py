"""Comparing and benchmarking from a terminal, in processes of their own where they are stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli import main
from workbench.cli.app import app

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sets"
    place.mkdir()
    for number in range(3):
        X = np.random.default_rng(number).normal(size=(120, 2))
        X[:4] += 6.0
        np.savez(place / f"{number}_set.npz", X=X, y=np.arange(120) < 4)
    return place


def test_bench_prints_markdown_and_writes_a_report(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["bench", "adbench", str(folder), "--detectors", "ecod,pca", "--out", str(out), "-q"]
    result = RUNNER.invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "| ecod |" in result.stdout
    assert "## Average precision" in result.stdout
    assert "Wrote" in result.stdout
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_without_a_name_results_lie_beside_where_one_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    RUNNER.invoke(app, ["bench", "adbench", str(folder), "--detectors", "ecod", "-q"])
    assert (tmp_path / "bench-adbench" / "results.csv").exists()


def test_tune_writes_trials_and_a_model_and_goes_on_under_a_name(tmp_path: Path) -> None:
    table, model = tmp_path / "t.csv", tmp_path / "m.wb"
    words = ["tune", "sample:breast-cancer", "--detectors", "ecod,hbos", "--study", "mine", "-q"]
    RUNNER.invoke(app, [*words, "--trials", "3"], catch_exceptions=False)
    more = ["--trials", "4", "--out", str(table), "--save", str(model)]
    result = RUNNER.invoke(app, [*words, *more], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "did not learn from" in result.stdout
    assert "Best: hbos" in result.stdout
    assert sorted(pd.read_csv(table)["trial"]) == [0, 1, 2, 3]
    scored = RUNNER.invoke(app, ["score", str(model), "sample:breast-cancer"])
    assert scored.exit_code == 0, scored.output


def test_compare_writes_table_and_scores(tmp_path: Path) -> None:
    table, scores = tmp_path / "t.csv", tmp_path / "s.parquet"
    words = ["compare", "sample:breast-cancer", "--detectors", "ecod,knn(n_neighbors=5)", "-q"]
    result = RUNNER.invoke(
        app, [*words, "--out", str(table), "--scores", str(scores)], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    assert list(pd.read_csv(table)["detector"]) == ["ecod", "knn(n_neighbors=5)"]
    assert len(pd.read_parquet(scores)) == 376
    assert "Rank correlation" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["bench", "adbensh", "."], "Did you mean 'adbench'"),
        (["bench", "adbench", "nowhere"], "is not a folder"),
        (["bench", "adbench", ".", "--detectors", "ecodd"], "Did you mean 'ecod'"),
        (["bench", "files", "."], "label="),
        (["compare", "sample:pump", "--detectors", "knn(5)"], "not a detector with parameters"),
        (["compare", "sample:pump", "sample:pump", "--scores", "x.csv"], "--scores needs one file"),
        (["compare", "sample:pump", "--seconds", "-1"], "seconds must be positive"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    words: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["workbench", *words])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 2
    assert message in said[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_leaves_what_is_done_and_the_next_run_goes_on(folder: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(20_000, 30))
    np.savez(folder / "9_long.npz", X=values, y=np.arange(len(values)) < 9)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "workbench", "bench", "adbench", str(folder), "-q"]
    command += ["--detectors", "ecod,pyod:knn,pyod:lof", "--out", str(out)]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ledger = out / "results.jsonl"
    deadline = time.monotonic() + 120
    while started.poll() is None and time.monotonic() < deadline:
        if ledger.exists() and "0_set" in ledger.read_text():
            break
        time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=120)
    assert started.returncode == 130, said
    assert b"Traceback" not in said
    done = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert 1 <= len(done) < 12
    (folder / "9_long.npz").unlink()
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    again = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert again[: len(done)] == done
    assert len({line["key"] for line in again}) == len(again)
