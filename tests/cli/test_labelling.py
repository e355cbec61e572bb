"""Labels said, listed, carried elsewhere and learned from, in a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli import main
from workbench.cli.app import app
from workbench.core.settings import settings

SAMPLE = "sample:breast-cancer"


def ran(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_what_is_said_is_listed_taken_back_and_remembered() -> None:
    ran("label", SAMPLE, "--row", "289", "--row", "3", "--as", "anomaly", "--author", "Ada")
    said = json.loads(ran("labels", SAMPLE, "--json"))["labels"]
    assert [(one["row"], one["verdict"], one["author"]) for one in said] == [
        (289, "anomaly", "Ada"),
        (3, "anomaly", "Ada"),
    ]
    ran("label", SAMPLE, "--row", "3", "--as", "none")
    assert len(json.loads(ran("labels", SAMPLE, "--json"))["labels"]) == 1
    assert len(json.loads(ran("labels", SAMPLE, "--history", "--json"))["labels"]) == 3


def test_rows_worth_asking_about_leave_out_those_that_are_known() -> None:
    words = ["labels", SAMPLE, "--suggest", "4", "--detector", "ecod", "--json"]
    first = [one["row"] for one in json.loads(ran(*words))["suggested"]]
    ran("label", SAMPLE, "--row", str(first[0]), "--as", "normal")
    assert len(first) == 4
    assert first[0] not in [one["row"] for one in json.loads(ran(*words))["suggested"]]


def test_a_table_of_labels_travels_and_teaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import workbench as wb

    truth = wb.load(SAMPLE).frame["is_anomaly"]
    odd, normal = truth[truth].index[:8], truth[~truth].index[:30]
    for verdict, rows in (("anomaly", odd), ("normal", normal)):
        ran("label", SAMPLE, "--as", verdict, *(f"--row={row}" for row in rows))
    said, model = tmp_path / "said.csv", tmp_path / "learned.wb"
    ran("labels", SAMPLE, "--out", str(said))
    stored = json.loads(ran("learn", SAMPLE, "--detector", "ecod", "--json"))
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "another machine"))
    settings.cache_clear()
    assert json.loads(ran("labels", SAMPLE, "--json"))["labels"] == []
    words = ["learn", SAMPLE, "--labels", str(said), "--detector", "ecod", "--save", str(model)]
    carried = json.loads(ran(*words, "--json"))
    assert carried["detector"] == stored["detector"]
    assert "learned from labels of 38 rows, 8 of them anom" in carried["detector"]["reason"]
    assert carried["anomalies"] == stored["anomalies"]
    assert model.exists()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"row": [1], "verdickt": ["normal"]}, "Did you mean 'verdickt'"),
        ({"row": [1, 2], "verdict": ["normal", "odd"]}, "Line 2"),
        ({"row": [1.5], "verdict": ["normal"]}, "a row is a whole number"),
        ({"row": [1], "verdict": ["normal"]}, "labels of both kinds"),
        ({"row": [9999, 1], "verdict": ["normal", "anomaly"]}, "There is no row 9999"),
    ],
)
def test_a_bad_table_is_one_message_and_exit_code_2(
    table: dict[str, list[object]],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pd.DataFrame(table).to_csv(tmp_path / "said.csv", index=False)
    words = ["workbench", "learn", SAMPLE, "--labels", str(tmp_path / "said.csv")]
    monkeypatch.setattr("sys.argv", [*words, "--detector", "ecod", "--quiet"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert message in capsys.readouterr().err


def test_a_row_that_is_not_there_stores_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "sys.argv", ["workbench", "label", SAMPLE, "--row=3", "--row=999", "--as=normal"]
    )
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert "no row 999" in capsys.readouterr().err
    assert json.loads(ran("labels", SAMPLE, "--json"))["labels"] == []
