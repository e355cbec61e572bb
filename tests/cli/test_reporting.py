"""``workbench report``: choose a template, name what it is told, get one message when it fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from workbench.cli.app import app
from workbench.cli.schemas import read_schema
from workbench.core.errors import WorkbenchError

RUN = CliRunner()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(*words: str) -> Any:
    return RUN.invoke(app, ["report", *words], catch_exceptions=False)


def test_a_file_becomes_a_page_named_after_it(folder: Path) -> None:
    table = pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50.0) % 5})
    table.loc[7, "a"] = 900.0
    table.to_csv("pump.csv", index=False)
    words = ("--template", "data_quality", "--param", "title=Week 12", "--json")
    done = report("pump.csv", *words)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert list(Draft202012Validator(read_schema("report")).iter_errors(document)) == []
    assert document["title"] == "Week 12"
    assert document["parameters"]["title"] == "Week 12"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["pump-data_quality.html", "pump-data_quality.summary.json", "pump.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--param", "worts=3"], "Did you mean 'worst'"),
        (["--param", "worst=many"], "worst must be a whole number"),
        (["--param", "worst"], "must be NAME=VALUE"),
        (["--template", "anomly"], "Did you mean 'anomaly_report'"),
        (["--out", "x.docx"], "a report ends with"),
        (["--out", "x.html", "--format", "pdf"], "does not end with .pdf"),
    ],
)
def test_bad_usage_is_one_message_before_the_file_is_opened(words: list[str], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        report("no-such-file.csv", *words)


@pytest.mark.parametrize(
    ("template", "words", "about"),
    [
        ("monitoring", ["--model", "m.wb", "--param", "latest=0.3"], "Detection"),
        ("data_quality", [], "Dataset"),
        ("model_comparison", ["--detectors", "ecod,pca"], "Comparison"),
        ("anomaly", ["--reference", "0:100", "--threshold", "budget:3"], "Detection"),
    ],
)
def test_each_template_is_given_what_it_is_about(
    template: str, words: list[str], about: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import workbench as wb
    from workbench.workflow import reporting

    wb.save(wb.detect("sample:breast-cancer", "ecod"), "m.wb")
    asked: dict[str, Any] = {}

    def stand_in(what: Any, path: Path, **options: Any) -> Any:
        asked.update(what=what, path=path, **options)
        raise WorkbenchError("seen")

    monkeypatch.setattr(reporting, "report", stand_in)
    with pytest.raises(WorkbenchError, match="seen"):
        report("sample:breast-cancer", "--detector", "ecod", "--template", template, *words)
    assert type(asked["what"]).__name__ == about
    assert asked["path"].name == f"breast-cancer-{template}.html"
    assert asked["template"] == f"{template}_report"
    assert asked.get("latest") == (0.3 if template == "monitoring" else None)


@pytest.mark.parametrize(("error", "code"), [("DataError", 2), ("ZeroDivisionError", 1)])
def test_a_failing_step_is_our_fault_unless_the_data_are_to_blame(
    error: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.core.errors import ReportFailed
    from workbench.reports.runner import Failure, Run
    from workbench.reports.summary import Report
    from workbench.workflow import reporting

    def stand_in(what: Any, path: Path, **options: Any) -> Any:
        failure = Failure(2, 5, "Why", error, "no good")
        run = Run({"cells": []}, (), failure, 1.0)
        failed = ReportFailed(failure.words)
        vars(failed)["report"] = Report(path, path, "anomaly_report", {}, {}, run)
        raise failed

    monkeypatch.setattr(reporting, "report", stand_in)
    done = report("sample:breast-cancer", "--template", "data_quality", "--quiet")
    assert done.exit_code == code
    assert done.stderr.strip() == "Error: The report stopped at step 2 of 5, 'Why': no good."
