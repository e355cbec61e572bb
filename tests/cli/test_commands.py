"""The commands, run in this process; the journey test runs them in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli import main
from workbench.cli.app import app

RUNNER = CliRunner()


def run(*arguments: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    return done.stdout


def document(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return found


@pytest.fixture
def file(machines: pd.DataFrame, tmp_path: Path) -> str:
    machines.to_csv(tmp_path / "machines.csv", index=False)
    return str(tmp_path / "machines.csv")


@pytest.fixture
def model(file: str, tmp_path: Path) -> str:
    path = str(tmp_path / "machines.wb")
    given = ["--label", "broken", "--detector", "ecod", "--contamination", "0.02"]
    run("detect", file, *given, "--save", path, "-q")
    return path


def test_detect_tells_what_it_chose_found_and_why(file: str) -> None:
    text = run("detect", file, "--label", "broken", "-q")
    assert "average: 300 rows" in text
    assert "extended_iforest" in text
    assert "Row 123 stands out" in text


def test_detect_obeys_its_options(file: str) -> None:
    found = document(
        "detect", file, "--label", "broken", "--features", "speed,load",
        "--detector", "iforest", "--param", "n_estimators=20", "--seed", "5",
        "--contamination", "0.02", "--reference", "0:200",
    )  # fmt: skip
    assert found["data"]["features"] == ["speed", "load"]
    assert found["detector"]["name"] == "iforest"
    assert found["detector"]["params"]["n_estimators"] == 20
    assert found["detector"]["params"]["random_state"] == 5
    assert found["threshold"]["params"] == {"contamination": 0.02}
    assert found["provenance"]["reference"] == "0:200"
    assert found["anomalies"][0]["row"] == 123


def test_excluded_columns_and_the_threshold_rule_are_obeyed(file: str) -> None:
    found = document(
        "detect",
        file,
        "--label",
        "broken",
        "--exclude",
        "state",
        "--exclude",
        "alarm",
        "--threshold",
        "budget:4",
        "--detector",
        "ecod",
    )
    assert found["data"]["features"] == ["speed", "load"]
    assert found["counts"]["anomalous_rows"] == 4


def test_nothing_found_says_what_to_try(file: str) -> None:
    text = run(
        "detect", file, "--label", "broken", "--detector", "ecod", "--threshold", "1e9", "-q"
    )
    assert "Nothing passes the threshold" in text


def test_score_writes_the_original_columns_and_four_more(
    model: str, file: str, tmp_path: Path
) -> None:
    out = str(tmp_path / "scored.csv")
    assert "Wrote" in run("score", model, file, "--out", out)
    scored = pd.read_csv(out)
    assert list(scored.columns)[-4:] == ["score", "is_anomaly", "rank", "severity"]
    assert scored["rank"].iloc[123] <= 5
    assert "6 of 300 rows score above" in run("score", model, file)
    assert document("score", model, file)["format"] == "workbench.detection/1"


def test_explain_by_row(model: str, file: str) -> None:
    assert "speed" in run("explain", model, file, "--row", "123")
    found = document("explain", model, file, "--row", "123")
    assert found["row"] == 123
    assert found["contributions"][0]["feature"] in ("speed", "load")


def test_evaluate_compare_and_profile(file: str) -> None:
    assert "roc_auc" in run("evaluate", file, "--label", "broken", "--detector", "ecod", "-q")
    assert document("evaluate", file, "--label", "broken", "--detector", "ecod")["labelled"] is True
    text = run("compare", file, "--label", "broken", "--detectors", "ecod,matrix_profile", "-q")
    assert "ecod" in text
    assert (
        document("compare", file, "--label", "broken", "--detectors", "ecod,hbos")["failures"] == {}
    )
    assert "machine_id" in run("profile", file)
    assert document("profile", file)["rows"] == 300


def test_the_catalog_and_the_samples_are_listed() -> None:
    assert "iforest" in run("detectors")
    assert len(document("detectors")["detectors"]) >= 15
    assert "pump" in run("samples")
    assert {item["name"] for item in document("samples")["samples"]} >= {"pump", "glucose"}


def test_export_turns_a_sample_into_a_file(tmp_path: Path) -> None:
    out = tmp_path / "figures.xlsx"
    run("export", "sample:les-miserables", str(out))
    assert len(pd.read_excel(out)) == 77


def test_the_doctor_does_the_main_job_once() -> None:
    assert "main job" in run("doctor")
    found = document("doctor")
    assert found["healthy"] is True


def test_the_version_is_shown() -> None:
    assert run("--version").strip().count(".") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["detect", "nowhere.csv"], "does not exist"),
        (["detect", "sample:pmup"], "Did you mean 'pump'"),
        (["detect", "sample:pump", "--detector", "iforst"], "Did you mean 'iforest'"),
        (["detect", "sample:pump", "--time", "tme"], "Column 'tme' is not in the data"),
        (["detect", "sample:pump", "--contamination", "3"], "contamination must lie"),
        (["detect", "sample:pump", "--threshold", "budgt"], "Did you mean 'budget'"),
        (["detect", "sample:pump", "--reference", "yesterday"], "is not FROM:TO"),
        (["detect", "sample:pump", "--param", "window"], "NAME=VALUE"),
        (["detect", "sample:pump", "--param", "nonsense=1"], "has no parameter 'nonsense'"),
        (["detect", "sample:pump", "--out", "x.docx"], "ending must be one of"),
        (["score", "gone.wb", "sample:pump"], "no model file"),
    ],
)
def test_bad_input_is_one_clear_message_and_exit_code_2(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 2
    assert said[-1].startswith("Error: ")
    assert message in said[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_option_is_bad_usage() -> None:
    assert "No such option" in RUNNER.invoke(app, ["detect", "x.csv", "--nope"]).output
    run("detect", "x.csv", "--nope", code=2)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("0:100", (0, 100)),
        (":100", (None, 100)),
        ("2026-01-01:2026-02-01", ("2026-01-01", "2026-02-01")),
        ("2026-01-01T00:00:2026-02-01T12:30", ("2026-01-01T00:00", "2026-02-01T12:30")),
        ("2026-01-01 00:00:00:2026-02-01 12:30:00", ("2026-01-01 00:00:00", "2026-02-01 12:30:00")),
        ("2026:2027", ("2026", "2027")),
        ("2026-01:", ("2026-01", None)),
    ],
)
def test_references_with_colons_in_their_times_are_understood(
    text: str, ends: tuple[object, object]
) -> None:
    from workbench.workflow.reference import parse_reference

    found = parse_reference(text)
    assert (found.start, found.stop) == ends


def test_a_pipe_closed_early_is_no_disaster(file: str) -> None:
    command = f"{sys.executable} -m workbench detectors | head -1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr


def test_the_doctor_asks_only_for_what_an_installation_brings_along() -> None:
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    from workbench.cli.doctor import _PARTS

    wanted: dict[str, set[str]] = {}
    for line in requires("anomaly-workbench") or []:
        known = Requirement(line)
        extra = str(known.marker).partition("extra == ")[2].strip('"')
        wanted.setdefault(extra, set()).add(known.name.lower())
    for part, names in _PARTS.items():
        extra = part.removesuffix(" (extra)") if part.endswith("(extra)") else ""
        assert set(names) <= wanted[extra], part


def test_a_column_with_a_bad_value_is_read_without_it(tmp_path: Path) -> None:
    path = tmp_path / "pump.csv"
    path.write_text("a,b\n" + "\n".join(["bad,1", *(f"{n},{n % 7}" for n in range(60))]))
    found = document("profile", str(path), "--coerce", "a")
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    assert kinds["a"] == "numeric"


def test_options_of_a_source_are_handed_on(tmp_path: Path) -> None:
    lines = [f"job {n // 2} {('begins', 'ends')[n % 2]} now" for n in range(40)]
    path, kept = tmp_path / "jobs.log", str(tmp_path / "jobs.wb")
    path.write_text("\n".join(lines))
    session = ("--read", r"session=job (\d+)")
    assert document("profile", str(path), *session)["rows"] == 20
    run("detect", str(path), *session, "--detector", "hbos", "--save", kept, "-q")
    run("score", kept, str(path), *session)


def test_an_option_of_a_source_needs_a_value() -> None:
    done = RUNNER.invoke(app, ["profile", "sample:pump", "--read", "session"])
    assert "--read must be NAME=VALUE" in str(done.exception)
