"""The journey test: load, profile, fit, save, restart, score, explain, export; every face."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from pytest_bdd import given, parsers, scenarios, then, when

scenarios("journey.feature")

FACES = ("python", "cli", "notebook")
PLANTED = 40  # row in the unseen file


@dataclass
class Journey:
    """What one scenario has made so far."""

    folder: Path
    kind: str
    options: list[str]
    keywords: dict[str, str]
    scored: dict[str, pd.DataFrame] = field(default_factory=dict)

    def file(self, name: str) -> Path:
        return self.folder / name


def run(*command: str, folder: Path) -> str:
    """Run a command in a process of its own and return what it printed."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(program: str, folder: Path) -> str:
    return run(sys.executable, "-c", textwrap.dedent(program), folder=folder)


def workbench(*arguments: str, folder: Path) -> str:
    return run(sys.executable, "-m", "workbench", *arguments, folder=folder)


def notebook(program: str, folder: Path) -> None:
    """Run lines as a notebook, in a real kernel of its own."""
    from nbclient import NotebookClient

    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(textwrap.dedent(program))]
    NotebookClient(
        book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


def rows_like(kind: str, seed: int, count: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    if kind == "tabular":
        load = random.normal(0.6, 0.05, count)
        return pd.DataFrame(
            {
                "part_no": [f"p-{seed}-{number}" for number in range(count)],
                "load": load,
                "heat": 30 + 20 * load + random.normal(0, 0.5, count),
                "line": random.choice(["north", "south"], count),
                "is_anomaly": 0,
            }
        )
    hours = np.arange(count) + (0 if seed == 1 else 24 * 28)
    wave = np.sin(hours * 2 * np.pi / 24)
    return pd.DataFrame(
        {
            "timestamp": pd.Timestamp("2026-01-01") + pd.to_timedelta(hours, unit="h"),
            "load": 10 + 3 * wave + random.normal(0, 0.2, count),
            "heat": 40 + wave + random.normal(0, 0.1, count),
            "is_anomaly": 0,
        }
    )


@given(
    parsers.parse("a {kind} CSV with one planted anomaly and a second CSV with unseen rows"),
    target_fixture="journey",
)
def files(kind: str, tmp_path: Path) -> Journey:
    train = rows_like(kind, 1, 24 * 28)
    train.loc[100, ["heat", "is_anomaly"]] = [90.0, 1]
    unseen = rows_like(kind, 2, 24 * 7)
    unseen.loc[PLANTED, "heat"] = 95.0
    train.to_csv(tmp_path / "train.csv", index=False)
    # Label and time are not needed to score; a column that nobody knows is ignored.
    unseen = unseen.drop(columns="is_anomaly").assign(remark="=1+1")
    unseen.to_csv(tmp_path / "unseen.csv", index=False)
    keywords = {"label": "is_anomaly"} | ({"time": "timestamp"} if kind == "series" else {})
    options = [part for name, value in keywords.items() for part in (f"--{name}", value)]
    return Journey(tmp_path, kind, options, keywords)


@when("Python fits and saves a model")
def fit_in_python(journey: Journey) -> None:
    program = f"""
        import workbench as wb
        data = wb.load("train.csv", **{journey.keywords!r})
        assert data.profile().findings
        found = wb.detect(data, "auto", contamination=0.01)
        assert found.anomalies["row"].iloc[0] == 100, found.anomalies
        wb.save(found, "python.wb")
    """
    python(program, journey.folder)


@when("the command line fits and saves a model")
def fit_on_the_command_line(journey: Journey) -> None:
    folder = journey.folder
    profile = json.loads(
        workbench("profile", "train.csv", *journey.options, "--json", folder=folder)
    )
    assert profile["rows"] == 24 * 28
    text = workbench(
        "detect",
        "train.csv",
        *journey.options,
        "--contamination",
        "0.01",
        "--save",
        "cli.wb",
        "--out",
        "cli-train.csv",
        "--json",
        folder=folder,
    )
    document = json.loads(text)
    assert document["anomalies"][0]["row"] == 100
    assert document["detector"]["reason"]


@when("a notebook fits and saves a model")
def fit_in_a_notebook(journey: Journey) -> None:
    program = f"""
        import workbench as wb
        data = wb.load("train.csv", **{journey.keywords!r})
        found = wb.detect(data, "auto", contamination=0.01)
        wb.save(found, "notebook.wb")
        found
    """
    notebook(program, journey.folder)


@when("each face scores the unseen rows in a fresh process")
def score_unseen_rows(journey: Journey) -> None:
    folder = journey.folder
    program = """
        import workbench as wb
        found = wb.open("{face}.wb").score("unseen.csv")
        found.export("{face}.parquet")
    """
    python(program.format(face="python"), folder)
    notebook(program.format(face="notebook"), folder)
    workbench("score", "cli.wb", "unseen.csv", "--out", "cli.csv", folder=folder)
    for face in ("python", "notebook"):
        journey.scored[face] = pd.read_parquet(journey.file(f"{face}.parquet"))
    journey.scored["cli"] = pd.read_csv(journey.file("cli.csv"))


@then("every face gives the same scores to 1e-12")
def same_scores(journey: Journey) -> None:
    expected = journey.scored["python"]["score"].to_numpy()
    assert np.isfinite(expected).all()
    for face in FACES[1:]:
        np.testing.assert_allclose(journey.scored[face]["score"], expected, rtol=0, atol=1e-12)
        assert (journey.scored[face]["is_anomaly"] == journey.scored["python"]["is_anomaly"]).all()


@then("the planted anomaly has rank 1 in every face")
def planted_first(journey: Journey) -> None:
    for face in FACES:
        row = journey.scored[face].iloc[PLANTED]
        assert row["rank"] == 1
        assert row["is_anomaly"]
        # One per cent of a series is the rows around its spike: the threshold (25) lies among them.
        assert row["severity"] > (50 if journey.kind == "tabular" else 25)


@then("explaining the planted row names the feature that was changed")
def explained(journey: Journey) -> None:
    folder = journey.folder
    text = workbench(
        "explain", "cli.wb", "unseen.csv", "--row", str(PLANTED), "--json", folder=folder
    )
    document: dict[str, Any] = json.loads(text)
    first = document["contributions"][0]
    assert first["feature"] == "heat"
    assert first["value"] == 95.0
    assert first["expected_high"] < 60
    assert "heat is 95" in document["sentence"]
    total = document["base"] + sum(part["contribution"] for part in document["contributions"])
    assert total == pytest.approx(document["score"], rel=1e-9)
    score = journey.scored["cli"]["score"].iloc[PLANTED]
    assert document["score"] == pytest.approx(score, abs=1e-12)


@then("the exported rows carry the original values")
def original_values(journey: Journey) -> None:
    unseen = pd.read_csv(journey.file("unseen.csv"))
    for face in FACES:
        np.testing.assert_array_equal(journey.scored[face]["heat"], unseen["heat"])
        # What a spreadsheet opens must not run: the command line wrote CSV.
        remark = "'=1+1" if face == "cli" else "=1+1"
        assert (journey.scored[face]["remark"] == remark).all()
