"""The full counts, run by ``pytest -m bars``; their printed figures go into the issue's note."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.bars
@pytest.mark.timeout(3600)
def test_auto_finishes_with_finite_scores_on_every_real_file(shared_data: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "real_data.py"), str(shared_data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3500,
    )
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stderr
    assert "not finite: 0" in done.stdout


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_no_ratio_fell_by_more_than_a_fifth() -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "ratios.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1700,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.bars
@pytest.mark.timeout(7200)
def test_mutants_of_core_thresholds_and_metrics_are_killed() -> None:
    """Prints mutmut's score; what survives is looked at by a person, so no floor is asserted."""
    run = subprocess.run(
        [sys.executable, "-m", "mutmut", "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=7000,
    )
    print(run.stdout[-600:])
    assert "🎉" in run.stdout, run.stdout[-2000:] + run.stderr[-2000:]


@pytest.mark.bars
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "script",
    [
        ("false_discoveries.py", "--seeds", "200"),
        ("accuracy.py", "tabular"),
        ("accuracy.py", "mixed"),
        ("accuracy.py", "series"),
    ],
    ids=" ".join,
)
def test_the_figures_that_the_docs_promise_hold(script: tuple[str, ...]) -> None:
    """Each script prints its table and fails when its floor is missed."""
    done = subprocess.run(
        [sys.executable, str(HERE / script[0]), *script[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=3500,
    )
    print(done.stdout[-6000:])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.bars
@pytest.mark.timeout(7200)
def test_a_hundred_million_rows_are_scored_within_two_gigabytes() -> None:
    """Also: a cluster of two workers gives the same scores, with one killed half-way too."""
    for options in (["--rows", "1e8", "--parts", "local"], ["--rows", "1e7", "--parts", "dask"]):
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.scaling", *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=3600,
        )
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
