"""The state of the Compare page: URL, run, failures, what is looked at; no server, no browser."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.view.compare_session import USUAL, CompareSession
from workbench.view.engine import Engine
from workbench.view.pages._compare_words import compared, comparing_stands
from workbench.view.session import STAGES, Session


def settle(session: Any) -> Any:
    """Collect all work; a job may start the next one."""
    while session.job is not None:
        assert session.job.wait(60)
        session.poll()
    return session


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def opened(engine: Engine, **query: str) -> CompareSession:
    session = CompareSession.from_query({"data": "sample:breast-cancer", **query}, engine)
    session.restore(scored=query.get("scored", "yes") == "yes")
    return settle(session)  # type: ignore[no-any-return]


def test_data_and_detectors_become_a_comparison(engine: Engine) -> None:
    session = opened(engine, detectors="ecod,pca")
    assert session.stage == "scored"
    assert list(session.comparison.detections) == ["ecod", "pca"]
    assert session.space.row == session.comparison.disputed[0]


def test_the_url_brings_everything_back(engine: Engine) -> None:
    session = opened(engine, detectors="ecod,pca")
    session.space.choose("pca")
    session.space.select(17)
    session.space.set_threshold(25.0)
    again = opened(engine, **session.query())
    assert again.query() == session.query()
    assert again.space.found.threshold.value == 25.0
    assert (again.space.detector, again.space.row) == ("pca", 17)


@pytest.mark.parametrize("words", ["", ",,", "(", "ecod:", "x" * 9000, "²;:nan;a:inf"])
def test_nonsense_in_the_url_breaks_nothing(words: str) -> None:
    session = CompareSession.from_query({"detectors": words, "thresholds": words, "row": words})
    assert session.detectors
    assert session.query()["row"] == ""


def test_an_unknown_detector_is_told_with_a_proposal(engine: Engine) -> None:
    session = opened(engine, detectors="ecod,iforrest")
    assert session.stage == "failed"
    assert "Did you mean 'iforest'" in session.message


def test_one_detector_is_no_comparison(engine: Engine) -> None:
    session = opened(engine, detectors="ecod")
    assert session.stage == "failed"
    assert "2 to 16" in session.message


def test_what_cannot_work_on_the_data_is_listed_and_kept_in_the_choice(engine: Engine) -> None:
    session = opened(engine, detectors="ecod,pca,matrix_profile")
    assert session.stage == "scored"
    assert "matrix_profile" in compared(session.comparison)
    assert session.query()["detectors"] == "ecod,pca,matrix_profile"


def test_progress_names_the_detector_and_a_cancelled_run_leaves_nothing(engine: Engine) -> None:
    session = opened(engine, scored="no")
    assert (session.stage, session.detectors) == ("ready", list(USUAL))
    session.run()
    session.cancel()
    assert (session.stage, session.comparison) == ("cancelled", None)
    stages: list[str] = []
    wb.compare("sample:breast-cancer", ["ecod", "pca"],
               progress=wb.Progress(lambda _, stage: stages.append(stage)))  # fmt: skip
    assert any(stage.startswith("ecod: ") for stage in stages)
    assert any(stage.startswith("pca: ") for stage in stages)


def test_a_result_of_this_process_opens_with_its_own_parameters() -> None:
    own = Engine()
    result = wb.compare("sample:breast-cancer", ["ecod", ("knn", {"n_neighbors": 7})])
    session = CompareSession.from_query({"data": own.put(result)}, own)
    session.restore()
    assert session.comparison is result
    assert session.detectors == ["ecod", "knn(n_neighbors=7)"]
    # One of its detectors opens on Explore; nothing is computed for it.
    explore = Session.from_query({"data": session.source, "detector": "knn(n_neighbors=7)"}, own)
    explore.restore()
    assert explore.found.scores is result.detections["knn(n_neighbors=7)"].scores


def test_explore_shares_what_a_comparison_has_found(engine: Engine) -> None:
    session = opened(engine, detectors="ecod,pca")
    kept = engine.kept("sample:breast-cancer", "pca")
    assert kept is session.comparison.detections["pca"]


def test_each_stage_names_a_next_step() -> None:
    for stage in {*STAGES, "none"} - {"loading", "running", "scored", "failed"}:
        assert comparing_stands(stage).count("<p") == 1
