"""``wb.tune``: judged on rows that were not learned from, honest without labels, resumable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, ParameterError, UnknownName
from workbench.store.trials import read_trials
from workbench.workflow import tuning as module
from workbench.workflow._judging import judge_for


def table(rows: int = 200) -> pd.DataFrame:
    """Odd rows beside a dense cluster, in the midst of a wide one: only neighbours tell."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame.loc[: rows // 2, ["a", "b", "c"]] *= 0.1
    frame.loc[: rows // 2, "a"] += 6.0
    frame["odd"] = 0
    odd = np.arange(0, rows // 2, rows // 20)
    frame.loc[odd, "a"] -= 1.5
    frame.loc[odd, "odd"] = 1
    return frame


def series(points: int = 240) -> pd.DataFrame:
    random = np.random.default_rng(1)
    steps = np.arange(points)
    frame = pd.DataFrame({"flow": np.sin(steps / 4) + random.normal(0, 0.05, points), "odd": 0})
    for start in (40, 110, 190):
        frame.loc[start : start + 5, "flow"] += 2.0
        frame.loc[start : start + 5, "odd"] = 1
    frame["time"] = pd.date_range("2026-01-01", periods=points, freq="h")
    return frame


@pytest.fixture(scope="module")
def tuned() -> wb.Tuning:
    return wb.tune(wb.load(table(), label="odd"), 12, detectors=["auto", "ecod", "lof"])


def test_the_best_of_the_table_is_fitted_on_all_rows(tuned: wb.Tuning) -> None:
    assert tuned.detector == "lof"
    assert tuned.value == tuned.table["value"].max() == tuned.table["value"].iloc[0]
    assert len(tuned.detection) == 200
    again = wb.detect(wb.load(table(), label="odd"), "lof", **tuned.params)
    np.testing.assert_array_equal(again.scores, tuned.detection.scores)
    assert "average_precision" in tuned.detection.reason


def test_defaults_and_auto_are_in_the_table_to_be_compared_with(tuned: wb.Tuning) -> None:
    firsts = [(one.detector, one.params) for one in tuned.trials[:3]]
    assert firsts == [("auto", {}), ("ecod", {}), ("lof", {})]
    assert tuned.value >= max(one.value or 0.0 for one in tuned.trials[:3])


def test_it_says_what_the_values_are_and_are_not(tuned: wb.Tuning) -> None:
    assert not tuned.surrogate
    assert "did not learn from" in tuned.words
    assert "looks better than it is" in tuned.words
    assert tuned.words in repr(tuned)
    assert "lof" in tuned._repr_html_()


def test_its_lines_of_python_repeat_it(tuned: wb.Tuning) -> None:
    assert "wb.tune(data, trials=12, detectors=['auto', 'ecod', 'lof']" in tuned.code
    assert "wb.detect(data, 'lof', " in tuned.code
    compile(tuned.code, "code", "exec")


def test_the_same_seed_gives_the_same_trials(tuned: wb.Tuning) -> None:
    again = wb.tune(wb.load(table(), label="odd"), 12, detectors="auto,ecod,lof")
    assert [(one.params, one.value) for one in again.trials] == [
        (one.params, one.value) for one in tuned.trials
    ]


def test_no_row_is_judged_by_a_detector_that_learned_from_it() -> None:
    data = wb.load(table(), label="odd")
    learned: list[np.ndarray] = []

    def fit(learn: np.ndarray) -> np.ndarray:
        learned.append(learn)
        # Whoever looked at a row it learned from would find it perfect.
        return np.where(learn, data.frame["odd"], 0.0)

    values = [part(fit) for part in judge_for(data, "auto", 0).parts]
    assert len(values) == 3
    assert np.array(learned).sum(axis=0).tolist() == [2] * 200  # each is held out once
    assert max(values) < 0.1


def test_a_series_is_held_out_in_stretches_between_its_events() -> None:
    data = wb.load(series(), time="time", label="odd")
    judge = judge_for(data, "auto", 0)
    held: list[np.ndarray] = []

    def fit(learn: np.ndarray) -> np.ndarray:
        held.append(np.flatnonzero(~learn))
        return data.frame["odd"].to_numpy(dtype=float)

    assert judge.measure == "vus_pr"
    assert min(part(fit) for part in judge.parts) > 0.8
    assert all((np.diff(rows) == 1).all() for rows in held)
    assert [data.frame["odd"].to_numpy()[rows].sum() for rows in held] == [6, 6, 6]


def test_several_series_are_each_held_out_by_their_own_time() -> None:
    frame = pd.concat([series().assign(pump=name) for name in ("p", "q")])
    data = wb.load(frame, time="time", label="odd", entity="pump")
    tuned = wb.tune(data, 2, detectors=["seasonal_residual", "sub_pca"])
    assert tuned.measure == "vus_pr"
    assert 0.0 < tuned.value <= 1.0


def test_entities_of_one_kind_alone_judge_nothing() -> None:
    frame = pd.concat([series().assign(pump=name, odd=int(name == "p")) for name in ("p", "q")])
    with pytest.raises(DataError, match="label more rows"):
        judge_for(wb.load(frame, time="time", label="odd", entity="pump"), "auto", 0)


def test_without_labels_it_takes_a_surrogate_and_says_so() -> None:
    tuned = wb.tune(table().drop(columns="odd"), 3, detectors=["ecod", "knn"])
    assert (tuned.measure, tuned.surrogate) == ("stability", True)
    assert "internal measures are known to mislead" in tuned.words
    assert "no labels were used" in tuned.detection.reason


def test_labels_that_people_stored_are_taken() -> None:
    data = wb.load(table().drop(columns="odd"))
    found = wb.detect(data, "ecod")
    for row in (0, 10, 20, 30):
        found.label(row, "anomaly")
        found.label(row + 1, "normal")
    tuned = wb.tune(data, 2, detectors=["ecod", "lof"])
    assert tuned.measure == "average_precision"
    assert "labels that people stored" in tuned.words


def test_several_workers_find_as_many_trials() -> None:
    data = wb.load(table(), label="odd")
    tuned = wb.tune(data, 7, detectors=["ecod", "lof", "knn"], workers=2)
    assert [one.number for one in tuned.trials] == list(range(7))


def test_what_cannot_work_is_a_failed_trial_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.detectors.ecod import Ecod

    def broken(*words: Any) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr(Ecod, "_fit", broken)
    data = wb.load(table(), label="odd")
    tuned = wb.tune(data, 2, detectors=["ecod", "lof"])
    assert "no such luck" in tuned.table.loc[0, "reason"]
    with pytest.raises(DataError, match="None of 1 trials"):
        wb.tune(data, 1, detectors=["ecod"])


def test_time_that_is_up_ends_the_search_after_at_least_one_trial() -> None:
    tuned = wb.tune(wb.load(table(), label="odd"), 50, seconds=1e-6, detectors=["ecod", "lof"])
    assert len(tuned.trials) == 1
    assert "used up after 1 of 50" in tuned.notices[-1]


def test_it_can_be_cancelled_and_goes_on_from_the_trials_that_were_kept() -> None:
    data = wb.load(table(), label="odd")
    progress = wb.Progress(lambda done, stage: progress.cancel() if "trial 4" in stage else None)
    words: dict[str, Any] = {"detectors": ["ecod", "lof"], "study": "mine"}
    with pytest.raises(Cancelled):
        wb.tune(data, 8, progress=progress, **words)
    assert len(read_trials("mine")) == 3
    tuned = wb.tune(data, 8, **words)
    assert [one.number for one in tuned.trials] == list(range(8))
    assert [trial for _, trial in read_trials("mine")] == list(tuned.trials)


def test_a_study_is_about_one_thing() -> None:
    data = wb.load(table(), label="odd")
    wb.tune(data, 1, detectors=["ecod"], study="mine")
    with pytest.raises(ParameterError, match="about other data"):
        wb.tune(table(100), 1, detectors=["ecod"], study="mine")


LINES = """
import sys
import workbench as wb
sys.path.insert(0, sys.argv[1])
from test_tuning import table
def told(done, stage):
    print(stage, flush=True)
found = wb.tune(wb.load(table(), label="odd"), int(sys.argv[2]), detectors=["ecod", "lof", "knn"],
                study="killed", progress=wb.Progress(told))
print("ended", len(found.trials))
"""


def test_finished_trials_survive_a_kill_and_the_study_goes_on() -> None:
    here = os.path.dirname(__file__)  # noqa: PTH120
    command = [sys.executable, "-c", LINES, here]
    with subprocess.Popen([*command, "100000"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        deadline = time.monotonic() + 120
        for line in process.stdout:
            if line.startswith("trial 6 ") or time.monotonic() > deadline:
                break
        process.send_signal(signal.SIGKILL)
    kept = [trial for _, trial in read_trials("killed")]
    assert len(kept) >= 5
    more = str(len(kept) + 3)
    done = subprocess.run([*command, more], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == f"ended {more}"
    assert f"trial {len(kept) + 1} of {more}" in done.stdout
    assert "trial 1 of" not in done.stdout
    after = [trial for _, trial in read_trials("killed")]
    assert after[: len(kept)] == kept


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        ({"trials": 0}, ParameterError, "trials must be a whole number"),
        ({"seconds": -1}, ParameterError, "seconds must be positive"),
        ({"detectors": []}, ParameterError, "at least one detector"),
        ({"detectors": ["iforst"]}, UnknownName, "iforest"),
        ({"objective": "vus"}, ParameterError, "objective must be one of"),
        ({"objective": "vus_pr"}, DataError, "needs a series"),
        ({"study": ""}, ParameterError, "1 to 200"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    words: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        wb.tune(wb.load(table(), label="odd"), **words)


def test_an_objective_by_labels_needs_labels() -> None:
    with pytest.raises(DataError, match="two labelled anomalies"):
        wb.tune(table().drop(columns="odd"), objective="average_precision")


def test_by_default_all_of_the_house_that_suit_are_there_and_dear_ones_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = wb.load(table())
    names, told = module._candidates(data, None)
    assert names[0] == "auto"
    assert {"iforest", "knn", "lof"} < set(names)
    assert not {"average", "stacked", "discord", "pyod:abod", "autoencoder"} & set(names)
    assert told == []
    monkeypatch.setattr(module, "MANY_ROWS", 100)
    names, told = module._candidates(data, None)
    assert "lof" not in names
    assert "lof" in told[0]
