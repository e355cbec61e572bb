"""The road of a team: data, results, labels, models and reports on a server, by Python's words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.client.remote import RemoteDataset, RemoteDetection, Workbench
from workbench.core.errors import (
    Cancelled,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ParameterError,
    StoreError,
    UnknownName,
)
from workbench.core.settings import settings
from workbench.registry.detections import open_detection
from workbench.team.access import house

from ._server import PASSWORD, Team


@pytest.fixture(scope="module")
def analyst(team: Team) -> Iterator[Workbench]:
    with wb.connect(team.url, team.tokens["analyst"]) as connected:
        yield connected


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(300, 3)), columns=["flow", "pressure", "power"])
    frame["odd"] = 0
    frame.loc[[10, 200], ["flow", "power"]] = [9.0, -9.0]
    frame.loc[[10, 200], "odd"] = 1
    return frame


@pytest.fixture(scope="module")
def data(analyst: Workbench, rows: pd.DataFrame) -> RemoteDataset:
    return analyst.load(rows, name="pump 7", label="odd")


@pytest.fixture(scope="module")
def found(analyst: Workbench, data: RemoteDataset) -> RemoteDetection:
    return analyst.detect(data, "knn", contamination=0.01, params={"n_neighbors": 7})


def test_scores_of_the_server_are_those_of_python(
    found: RemoteDetection, rows: pd.DataFrame
) -> None:
    here = wb.detect(wb.load(rows, label="odd"), "knn", contamination=0.01, n_neighbors=7)
    there = found.scores
    np.testing.assert_array_equal(there["score"], here.scores)
    np.testing.assert_array_equal(there["is_anomaly"], here.is_anomaly)
    assert set(found.anomalies["row"].head(2)) == {10, 200}


def test_data_come_back_as_the_file_that_was_sent(
    analyst: Workbench, rows: pd.DataFrame, tmp_path: Path
) -> None:
    sent = tmp_path / "pump.csv"
    rows.to_csv(sent, index=False)
    data = analyst.load(sent, label="odd")
    newer = data.add_version(rows.head(200))
    (tmp_path / "here").mkdir()
    back = data.download(tmp_path / "here", version=1)
    assert (back.name, back.read_bytes()) == ("pump.csv", sent.read_bytes())
    assert data.download(tmp_path / "here", version=1) == back  # once more does no harm
    back.write_text("what somebody wrote there", encoding="utf-8")
    with pytest.raises(ParameterError, match="holds something else"):
        data.download(tmp_path / "here", version=1)
    assert back.read_text(encoding="utf-8") == "what somebody wrote there"
    newest = newer.download(tmp_path / "newest.parquet")
    assert len(wb.load(newest)) == 200


def test_the_lines_that_a_page_offers_fetch_the_data_and_repeat_the_result(
    team: Team, found: RemoteDetection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(team.server.home))
    monkeypatch.setenv("WORKBENCH_ORIGINS", f"{team.url}, https://another.example")
    settings.cache_clear()
    code = open_detection(house(), found.id).code
    monkeypatch.chdir(tmp_path)
    told: dict[str, Any] = {}
    exec(code.replace("wbk_…", team.tokens["analyst"]), told)
    np.testing.assert_array_equal(told["found"].scores, found.scores["score"])
    assert told["found"].threshold.value == found.facts["facts"]["threshold"]["value"]


def test_data_are_profiled_and_looked_at(data: RemoteDataset, rows: pd.DataFrame) -> None:
    assert data.profile()["rows"] == 300
    pd.testing.assert_frame_equal(data.rows(5, 3), rows.iloc[5:8], check_dtype=False)
    assert [version["number"] for version in data.versions()] == [1]


def test_a_row_is_explained_by_parts_that_add_up(found: RemoteDetection) -> None:
    why = found.explain(10)
    total = why["base"] + sum(part["contribution"] for part in why["contributions"])
    assert total == pytest.approx(found.scores.loc[10, "score"])
    metrics = {one["name"]: one["value"] for one in found.evaluate()["metrics"]}
    assert metrics["roc_auc"] > 0.99


def test_labels_carry_the_name_of_who_said_it(
    found: RemoteDetection, team: Team, analyst: Workbench
) -> None:
    found.label([10, 200], "anomaly", comment="valve stuck")
    found.label([1, 2, 3], "normal")
    labels = found.labels.set_index("row")
    assert labels.loc[10, "author"] == "analyst"
    assert labels.loc[10, "comment"] == "valve stuck"
    learned = found.learn()
    assert learned.id != found.id
    assert learned.scores["score"].idxmax() in (10, 200)


def test_a_threshold_moves_without_fitting(found: RemoteDetection) -> None:
    moved = found.with_threshold("contamination", contamination=0.1)
    assert moved.facts["facts"]["anomalous_rows"] == 30
    back = found.with_threshold("contamination", contamination=0.01)
    assert back.facts["facts"]["anomalous_rows"] == 3


def test_a_model_scores_the_rows_of_a_request(
    analyst: Workbench, team: Team, found: RemoteDetection, rows: pd.DataFrame
) -> None:
    model = analyst.save(found, "pump watch")
    scored = model.score(rows.drop(columns="odd"))
    np.testing.assert_allclose(scored["score"], found.scores["score"], rtol=1e-12)
    one = model.score({"flow": 9.0, "pressure": 0.0, "power": -9.0})
    assert bool(one["is_anomaly"].iloc[0])
    with pytest.raises(wb.WorkbenchError, match="flow"):
        model.score({"pressure": 0.0, "power": -9.0})


def test_an_operator_promotes_and_rolls_back(
    analyst: Workbench, team: Team, found: RemoteDetection
) -> None:
    model = analyst.save(found, "watch")
    analyst.save(found, model=model)
    with pytest.raises(NotAllowed, match="models:promote"):
        model.promote(1)
    grant = {"subject": "user:operator", "object": f"model:{model.id}", "level": "write"}
    analyst.connection.post("/grants", grant)
    with wb.connect(team.url, username="operator", password=PASSWORD) as operator:
        theirs = operator.model(model.id)
        assert theirs.promote(1)["stage"] == "champion"
        assert theirs.promote(2)["number"] == 2
        stages = theirs.versions().set_index("number")["stage"].to_dict()
        assert stages == {2: "champion", 1: "archived"}
        assert theirs.roll_back()["number"] == 1
        assert theirs.deploy(2).facts["deployed"] == 2


def test_detectors_are_compared(analyst: Workbench, data: RemoteDataset) -> None:
    made = analyst.compare(data, ["ecod", "iforest"])
    assert set(made["detections"]) == {"ecod", "iforest"}
    assert made["detections"]["ecod"].scores["score"].idxmax() in (10, 200)


def test_a_detector_is_tuned_and_the_best_one_kept(
    analyst: Workbench, data: RemoteDataset, rows: pd.DataFrame
) -> None:
    words: dict[str, Any] = {"detectors": ["ecod", "lof", "knn"]}
    made = analyst.tune(data, 8, name="tuned", **words)
    here = wb.tune(wb.load(rows, label="odd"), 8, **words)
    best = made["tuning"]["best"]
    assert (best["detector"], best["params"]) == (here.detector, here.params)
    assert [one["value"] for one in made["tuning"]["trials"]] == [one.value for one in here.trials]
    assert made["detection"].name == "tuned"
    np.testing.assert_array_equal(made["detection"].scores["score"], here.detection.scores)


def test_a_search_can_be_given_up(analyst: Workbench, data: RemoteDataset) -> None:
    progress = wb.Progress(lambda done, stage: progress.cancel() if "trial" in stage else None)
    with pytest.raises(Cancelled):
        analyst.tune(data, 500, detectors=["knn", "lof", "iforest"], progress=progress)
    newest = analyst.connection.get("/jobs", limit=1)["items"][0]
    assert newest["kind"] == "tuning"
    with pytest.raises(Cancelled):
        analyst.wait({"job": newest})


def test_a_search_among_detectors_that_there_are_not_is_refused_at_once(
    analyst: Workbench, data: RemoteDataset
) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'iforest'"):
        analyst.tune(data, 5, detectors=["iforst"])


def test_a_report_is_made_there_and_written_here(
    analyst: Workbench, found: RemoteDetection, tmp_path: Path
) -> None:
    path = analyst.report(found, tmp_path / "pump.html", title="Week 12")
    text = path.read_text(encoding="utf-8")
    assert "Week 12" in text
    assert "<script" not in text


def test_rows_with_scores_are_exported(found: RemoteDetection, tmp_path: Path) -> None:
    path = found.export(tmp_path / "scores.csv")
    assert pd.read_csv(path)["score"].tolist() == pytest.approx(found.scores["score"].tolist())


def test_a_saved_model_is_taken_home(
    analyst: Workbench, found: RemoteDetection, rows: pd.DataFrame, tmp_path: Path
) -> None:
    path = analyst.save(found, "home").download(tmp_path / "home.wb")
    np.testing.assert_array_equal(wb.open(path).score(rows).scores, found.scores["score"])


def test_a_newer_version_keeps_the_roles(analyst: Workbench, rows: pd.DataFrame) -> None:
    first = analyst.load(rows, name="grows", label="odd")
    second = first.add_version(pd.concat([rows, rows.head(7)], ignore_index=True))
    assert second.facts["latest"] == 2
    newest = second.versions()[0]
    assert newest["facts"]["rows"] == 307
    assert newest["facts"]["roles"]["label"] == "odd"


def test_what_goes_wrong_leaves_as_the_same_errors(
    analyst: Workbench, team: Team, data: RemoteDataset
) -> None:
    with pytest.raises(NotFound, match="no dataset"):
        analyst.dataset("0" * 32)
    with pytest.raises(wb.WorkbenchError, match="Did you mean"):
        analyst.detect(data, "iforst")
    with pytest.raises(ParameterError, match="no parameter 'n_neighbours'"):
        analyst.detect(data, "knn", params={"n_neighbours": 3})
    with pytest.raises(NotSignedIn):
        wb.connect(team.url, "wbk_nothing")
    with pytest.raises(StoreError, match="does not answer"):
        wb.connect("http://127.0.0.1:9", "wbk_nothing")
    with (
        wb.connect(team.url, team.tokens["viewer"]) as viewer,
        pytest.raises(NotAllowed, match="datasets:write"),
    ):
        viewer.load("sample:pump")
    assert isinstance(NotFound("x"), UnknownName)


def test_who_has_no_grant_sees_nothing_of_others(team: Team, data: RemoteDataset) -> None:
    with wb.connect(team.url, team.tokens["viewer"]) as viewer:
        assert data.id not in {one.id for one in viewer.datasets()}
        with pytest.raises(NotFound):
            viewer.dataset(data.id)
    with wb.connect(team.url, team.tokens["admin"]) as admin:
        assert admin.dataset(data.id).name == "pump 7"


def test_waiting_can_be_given_up(analyst: Workbench, data: RemoteDataset) -> None:
    progress = wb.Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        analyst.detect(data, "knn", progress=progress)
