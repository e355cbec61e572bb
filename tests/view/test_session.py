"""The session: URL, stages, threshold, selection, brushing; no server, no browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from handmade import HandMade, hand_made

from workbench.core.errors import ColumnError, DataError, LimitExceeded, UnreadableFile
from workbench.core.settings import settings
from workbench.view import uploads
from workbench.view.engine import Engine
from workbench.view.job import Job
from workbench.view.session import Session


class Bench:
    """An engine that answers from a detection made by hand."""

    place = Engine.place

    def __init__(self, found: HandMade, kept: bool = False) -> None:
        self.found = found
        self.is_kept = kept
        self.gate: threading.Event | None = None
        self.error: Exception | None = None
        self.judged = 0

    def load(self, source: str, progress: Any, roles: Any = ()) -> Any:
        known = self.found.dataset.frame.columns
        for column in dict(roles).values():
            if column not in known:
                raise ColumnError(f"Column '{column}' is not in the data.")

        class Data(type(self.found.dataset)):  # type: ignore[misc]
            def profile(self) -> str:
                return "profile"

        parts = {
            name: getattr(self.found.dataset, name)
            for name in ("frame", "name", "kind", "features", "time")
        }
        return Data(**{**parts, **dict(roles)})

    def detect(self, source: str, data: Any, detector: str, progress: Any, roles: Any = ()) -> Any:
        if self.gate is not None:
            assert self.gate.wait(10)
        progress.step(0.5, "fitting")
        if self.error is not None:
            raise self.error
        return replace(self.found, dataset=data)

    def kept(self, source: str, detector: str, roles: Any = ()) -> Any:
        return None

    def evaluate(self, source: str, detector: str, found: Any, roles: Any = ()) -> Any:
        if self.error is not None:
            raise self.error
        self.judged += 1
        return ("evaluated", found.threshold.value)


def settle(session: Session) -> None:
    """Collect all work; a job may start the next one."""
    while (job := session.job or session.verdict) is not None:
        assert job.wait(20)
        session.poll()


@pytest.fixture
def session(found: HandMade) -> Session:
    session = Session(Bench(found))
    session.pick("sample:boiler", then_run=True)
    settle(session)
    return session


def test_data_become_a_result_with_its_reason(session: Session, found: HandMade) -> None:
    assert session.stage == "scored"
    assert session.row == found.records[0].peak
    assert "stands out" in session.explanation.sentence


def test_loading_alone_ends_before_the_run(found: HandMade) -> None:
    session = Session(Bench(found))
    session.pick("sample:boiler")
    assert session.stage == "loading"
    settle(session)
    assert session.stage == "ready"
    assert session.found is None


def test_an_error_is_told_in_words(found: HandMade) -> None:
    bench = Bench(found)
    bench.error = DataError("There are no numbers in it. Name some features.")
    session = Session(bench)
    session.pick("sample:boiler", then_run=True)
    settle(session)
    assert (session.stage, session.message) == ("failed", str(bench.error))


def test_a_surprise_does_not_end_the_page(found: HandMade) -> None:
    bench = Bench(found)
    bench.error = ZeroDivisionError("oops")
    session = Session(bench)
    session.pick("sample:boiler", then_run=True)
    settle(session)
    assert session.stage == "failed"
    assert "ZeroDivisionError" in session.message


def test_cancelled_work_leaves_nothing(found: HandMade) -> None:
    bench = Bench(found)
    session = Session(bench)
    session.pick("sample:boiler")
    settle(session)
    bench.gate = threading.Event()
    session.run()
    session.cancel()
    bench.gate.set()
    settle(session)
    assert session.stage == "cancelled"
    assert session.found is None


def test_running_without_data_names_the_next_step(found: HandMade) -> None:
    session = Session(Bench(found))
    session.run()
    assert session.stage == "failed"
    assert "upload" in session.message


def test_the_url_brings_everything_back(session: Session, found: HandMade) -> None:
    session.set_threshold(5.0)
    session.select(302)
    session.set_brush([1.0, 2.0])
    session.param.update(theme="dark", upright="flow")
    again = Session.from_query(session.query(), Bench(found))
    again.restore()
    settle(again)
    assert again.query() == session.query()
    assert again.explanation.row == 302


@pytest.mark.parametrize("text", ["", "x", "-1", "1e9", "99999999999999", "²", "<b>"])
def test_nonsense_in_the_url_is_left_out(text: str) -> None:
    session = Session.from_query({"row": text, "range": text, "rule": text, "theme": text})
    assert session.row is None
    assert session.brush == []
    assert session.rule == "automatic"
    assert session.theme == "light"


def test_the_url_cannot_name_a_file(found: HandMade) -> None:
    session = Session.from_query({"data": "/etc/passwd"}, Bench(found))
    session.restore()
    assert session.stage == "failed"
    assert "no sample" in session.message


def test_a_session_without_data_is_empty() -> None:
    session = Session.from_query({})
    session.restore()
    assert session.stage == "empty"


def test_a_threshold_by_hand_beats_the_rule(session: Session) -> None:
    before = len(session.found.records)
    session.set_threshold(3.0)
    assert session.found.threshold.value == 3.0
    session.set_threshold(None)
    assert len(session.found.records) == before


def test_a_row_that_is_not_there_is_not_opened(session: Session) -> None:
    before = session.row
    session.select(10**6)
    assert session.row == before


def test_brushing_by_range_and_by_rows_replace_each_other(session: Session) -> None:
    assert session.rows_inside() is None
    session.set_brush([float(session.axis[3]), float(session.axis[5])])
    assert session.rows_inside().tolist() == [3, 4, 5]
    session.pick_rows(np.array([1, 300]))
    assert session.brush == []
    assert session.rows_inside().tolist() == [1, 300]
    assert session.row == 300


def test_a_job_reports_where_it_stands() -> None:
    job = Job(lambda progress: progress.step(0.4, "fitting"), lambda done: None)
    assert job.wait(10)
    assert (job.fraction, job.stage) == (0.4, "fitting")
    assert job.seconds >= 0


@pytest.fixture
def home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_UPLOAD_LIMIT", "100")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_an_upload_gets_a_harmless_name_in_the_data_folder(home: Any) -> None:
    reference = uploads.store("../../<img onerror=x>.csv", b"a,b\n1,2\n")
    path = uploads.stored(reference)
    assert path.is_relative_to(home / "uploads")
    assert path.read_bytes() == b"a,b\n1,2\n"
    assert path.suffix == ".csv"


def test_an_upload_that_is_too_large_or_empty_is_refused(home: Any) -> None:
    with pytest.raises(LimitExceeded, match="WORKBENCH_UPLOAD_LIMIT"):
        uploads.store("big.csv", b"x" * 101)
    with pytest.raises(UnreadableFile, match="empty"):
        uploads.store("none.csv", b"")


@pytest.mark.parametrize(
    "reference",
    ["upload:../x", "upload:0123456789abcdef/../../x", "upload:0123456789abcdef/.hidden", "upload:",
     "upload:0123456789abcdef/none.csv", "upload:0123456789abcdeg/a.csv"],
)  # fmt: skip
def test_a_reference_cannot_leave_the_folder(home: Any, reference: str) -> None:
    with pytest.raises(UnreadableFile):
        uploads.stored(reference)


def test_a_link_is_not_followed(home: Any) -> None:
    folder = home / "uploads" / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "a.csv").symlink_to("/etc/passwd")
    with pytest.raises(UnreadableFile):
        uploads.stored("upload:0123456789abcdef/a.csv")


def test_a_table_without_times_is_measured_in_rows() -> None:
    session = Session(Bench(hand_made(series=False)))
    session.pick("sample:boiler", then_run=True)
    settle(session)
    assert session.axis[:3].tolist() == [0.0, 1.0, 2.0]


def test_columns_that_a_person_names_are_in_the_url_and_come_back(session: Session) -> None:
    session.set_role("entity", "heat")
    settle(session)
    assert (session.stage, session.dataset.entity, session.row) == ("ready", "heat", None)
    again = Session.from_query(session.query(), session.engine)
    again.restore()
    settle(again)
    assert again.dataset.entity == "heat"
    assert again.query()["entity"] == "heat"


def test_a_wrong_column_is_told_and_can_be_taken_back(session: Session) -> None:
    session.set_role("time", "tmie")
    settle(session)
    assert session.stage == "failed"
    assert "tmie" in session.message
    assert "flow" in session.columns
    session.set_role("time", "")
    settle(session)
    assert session.stage == "ready"


def test_other_data_forget_the_columns(session: Session) -> None:
    session.set_role("entity", "heat")
    session.pick("sample:other")
    settle(session)
    assert session.roles == {}


def test_a_label_is_measured_unasked_and_again_at_another_threshold(session: Session) -> None:
    session.set_role("label", "heat")
    settle(session)
    session.run()
    settle(session)
    before = session.evaluation
    session.set_threshold(3.0)
    assert (session.evaluation, session.judging) == (None, True)
    settle(session)
    assert (before[0], session.evaluation, session.judging) == (
        "evaluated",
        ("evaluated", 3.0),
        False,
    )


def test_without_a_label_nothing_is_fitted_again_unasked(session: Session) -> None:
    assert (session.evaluation, session.judging, session.engine.judged) == (None, False, 0)
    session.judge()
    settle(session)
    assert session.evaluation[0] == "evaluated"
    session.engine.error = DataError("The label has one kind only.")
    session.judge()
    settle(session)
    assert session.doubt == "The label has one kind only."
