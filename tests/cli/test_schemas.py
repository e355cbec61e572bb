"""Every ``--json`` document is as its published schema says, and holds nothing undocumented."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from workbench.cli.app import app
from workbench.cli.schemas import read_schema, schema_names
from workbench.core.errors import UnknownName

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with mixed columns, a series with two devices, and a model of each."""
    place = tmp_path_factory.mktemp("schemas")
    random = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "speed": random.normal(1500, 20, 120),
            "state": random.choice(["run", "idle"], 120),
            "alarm": random.random(120) < 0.1,
            "seen": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(random.integers(0, 10**6, 120), "s"),
            "score": random.normal(size=120),
            "broken": [1, *[0] * 119],
        }
    )
    table.loc[0, "speed"] = 4000.0
    table.loc[5, "speed"] = np.nan
    table.to_csv(place / "table.csv", index=False)
    hours = np.arange(24 * 10)
    devices = [
        pd.DataFrame(
            {
                "time": pd.date_range("2026-01-01", periods=len(hours), freq="h"),
                "device": device,
                "flow": np.sin(hours * np.pi / 12) + random.normal(0, 0.05, len(hours)),
            }
        )
        for device in ("a", "b")
    ]
    devices[1].loc[100, "flow"] = 9.0
    pd.concat(devices).to_csv(place / "series.csv", index=False)
    return place


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    """Run a command with ``--json`` in this process and return the document it prints."""

    def ran(*words: str) -> dict[str, Any]:
        told = [word.replace("@", f"{folder}/") for word in words]
        result = CliRunner().invoke(app, [*told, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    return ran


def closed(schema: Any) -> Any:
    """Return the schema with no room for members that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(part) for name, part in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def check(document: dict[str, Any], name: str) -> None:
    schema = read_schema(name)
    for each in (schema, closed(schema)):
        checker = Draft202012Validator.FORMAT_CHECKER
        errors = Draft202012Validator(each, format_checker=checker).iter_errors(document)
        assert not [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("name", schema_names())
def test_each_schema_is_one_and_describes_every_member(name: str) -> None:
    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"

    def described(part: Any) -> None:
        for member, item in part.get("properties", {}).items():
            assert item.get("description"), f"{name}: {member} has no description"
            described(item)
            described(item.get("items", {}))

    described(schema)


@pytest.mark.parametrize(
    "words",
    [
        ("detect", "@table.csv", "--label", "broken"),
        ("detect", "@table.csv", "--detector", "ecod", "--reference", "10:110", "--threshold", "9"),
        ("detect", "@series.csv", "--time", "time", "--entity", "device"),
        ("detect", "@series.csv", "--time", "time", "--entity", "device", "--detector", "knn"),
        ("detect", "sample:les-miserables", "--contamination", "0.1"),
    ],
    ids=" ".join,
)
def test_a_detection_is_as_published(run: Run, words: tuple[str, ...]) -> None:
    document = run(*words)
    check(document, "detection")
    assert len(document["anomalies"]) == document["counts"]["anomalies"]


def test_a_detection_in_parts_is_as_published(run: Run, folder: Path) -> None:
    words = ("--memory", "1GB", "--out", "@scores.parquet", "--save", "@large.wb")
    document = run("detect", "@table.csv", "--label", "broken", *words)
    check(document, "large_detection")
    assert document["counts"]["anomalous_rows"] == len(document["anomalies"]) > 0
    again = run("score", "@large.wb", "@table.csv", "--memory", "1GB")
    check(again, "large_detection")
    assert again["anomalies"] == document["anomalies"]
    check(run("score", "@large.wb", "@table.csv"), "detection")


def test_a_detection_that_finds_nothing_is_as_published(run: Run) -> None:
    document = run("detect", "@table.csv", "--detector", "ecod", "--threshold", "1e9")
    check(document, "detection")
    assert document["anomalies"] == []


@pytest.mark.parametrize(
    ("file", "options", "row"),
    [("table.csv", ["--label", "broken"], "0"), ("series.csv", ["--entity", "device"], "340")],
)
def test_scores_and_explanations_of_a_saved_model_are_as_published(
    run: Run, folder: Path, file: str, options: list[str], row: str
) -> None:
    if "device" in options:
        options = ["--time", "time", *options]
    run("detect", f"@{file}", *options, "--save", f"@{file}.wb")
    check(run("score", f"@{file}.wb", f"@{file}"), "detection")
    why = run("explain", f"@{file}.wb", f"@{file}", "--row", row)
    check(why, "explanation")
    added = why["base"] + sum(part["contribution"] for part in why["contributions"])
    assert added == pytest.approx(why["score"])
    assert why["is_anomaly"]


def test_evaluations_with_and_without_labels_are_as_published(run: Run) -> None:
    labelled = run("evaluate", "@table.csv", "--label", "broken", "--detector", "ecod")
    unlabelled = run("evaluate", "sample:les-miserables", "--detector", "ecod")
    check(labelled, "evaluation")
    check(unlabelled, "evaluation")
    assert (labelled["labelled"], unlabelled["labelled"]) == (True, False)


def test_an_evaluation_of_a_labelled_series_is_as_published(run: Run, folder: Path) -> None:
    series = pd.read_csv(folder / "series.csv")
    series["odd"] = (series["flow"] > 5).astype(int)
    series.to_csv(folder / "labelled.csv", index=False)
    words = ("--time", "time", "--entity", "device", "--label", "odd", "--detector", "ecod")
    document = run("evaluate", "@labelled.csv", *words)
    check(document, "evaluation")
    assert "vus_pr" in {metric["name"] for metric in document["metrics"]}


def test_comparisons_are_as_published(run: Run) -> None:
    several = run("compare", "@table.csv", "--label", "broken", "--detectors", "ecod,pca,hbos")
    alone = run("compare", "@table.csv", "--detectors", "ecod")
    check(several, "comparison")
    check(alone, "comparison")
    assert set(several["correlation"]) == {"ecod", "pca", "hbos"}


@pytest.mark.parametrize("label", [["--label", "broken"], []], ids=["alone", "unlabelled"])
def test_a_search_is_as_published(run: Run, label: list[str]) -> None:
    # One broken row is too few to judge by: both are surrogates.
    document = run("tune", "@table.csv", *label, "--detectors", "ecod,lof", "--trials", "9")
    check(document, "tuning")
    assert document["surrogate"]
    assert len(document["trials"]) == 9


def test_a_comparison_lists_what_failed(run: Run) -> None:
    document = run("compare", "@table.csv", "--detectors", "ecod,matrix_profile")
    check(document, "comparison")
    assert set(document["failures"]) == {"matrix_profile"}


def test_several_sets_and_a_benchmark_are_as_published(run: Run, folder: Path) -> None:
    sets = folder / "sets"
    sets.mkdir(exist_ok=True)
    for seed in range(3):
        random = np.random.default_rng(seed)
        table = pd.DataFrame({"a": random.normal(size=80), "odd": np.arange(80) < 4})
        table.loc[:3, "a"] += 4
        table.to_csv(sets / f"{seed}.csv", index=False)
    names = ("--detectors", "ecod,pca,matrix_profile", "--label", "odd")
    several = run("compare", "@sets/0.csv", "@sets/1.csv", *names)
    check(several, "contest")
    assert several["metrics"]["roc_auc"]["sets"] == 2
    whole = run("bench", "files", "@sets", *names, "--out", "@out")
    check(whole, "contest")
    assert len(whole["results"]) == 9
    assert (folder / "out" / "report.html").exists()


@pytest.mark.parametrize(
    "file", ["@table.csv", "@series.csv", "sample:pump", "sample:les-miserables"]
)
def test_a_profile_is_as_published(run: Run, file: str) -> None:
    check(run("profile", file), "profile")


@pytest.mark.parametrize("command", ["detectors", "samples", "doctor"])
def test_what_the_workbench_says_of_itself_is_as_published(run: Run, command: str) -> None:
    check(run(command), command)


def test_every_command_that_prints_json_has_its_schema() -> None:
    """A new ``--json`` must bring a schema: its format names one."""
    import re

    import workbench.cli as room
    from workbench.workflow import exporting

    written = [*Path(room.__file__).parent.glob("*.py"), Path(exporting.__file__)]
    formats = {
        name
        for path in written
        for name in re.findall(r'"workbench\.(\w+)/1"', path.read_text(encoding="utf-8"))
    }
    assert formats == set(schema_names())


def test_an_unknown_document_gets_a_proposal() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'detection'"):
        read_schema("detecton")


def test_labels_accounts_and_the_audit_are_as_published(run: Run) -> None:
    from workbench.team.accounts import create_account

    create_account("ada", "admin", email="ada@plant.example")
    for row, verdict in (("3", "anomaly"), ("4", "unsure"), ("3", "none")):
        words = ["label", "sample:breast-cancer", "--row", row, "--as", verdict]
        assert CliRunner().invoke(app, words).exit_code == 0
    told = ["labels", "sample:breast-cancer", "--history", "--suggest", "2", "--detector", "ecod"]
    check(run(*told), "labels")
    check(run("users", "list"), "users")
    check(run("audit", "verify"), "audit")
    check(run("retention", "--dry-run"), "retention")
    document = run("retention")
    check(document, "retention")
    assert {rule["what"]: rule["days"] for rule in document["rules"]}["jobs"] == 30
