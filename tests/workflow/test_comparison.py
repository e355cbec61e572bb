"""Detectors side by side: agreement, cost, intervals, limits, and what fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, ParameterError, UnknownName
from workbench.workflow._runs import parse_ways


@pytest.fixture(scope="module")
def result() -> wb.Comparison:
    random = np.random.default_rng(4)
    frame = pd.DataFrame(random.normal(size=(300, 3)), columns=list("abc"))
    frame.iloc[:8] += 5.0
    frame["odd"] = [1] * 8 + [0] * 292
    frame.index = pd.Index([f"row {place}" for place in range(300)])
    data = wb.load(frame, label="odd")
    return wb.compare(data, ["ecod", ("knn", {"n_neighbors": 5}), "knn", "matrix_profile"])


def test_scores_and_flags_are_aligned_row_by_row(result: wb.Comparison) -> None:
    assert list(result.scores) == ["ecod", "knn(n_neighbors=5)", "knn"]
    assert result.scores.index[0] == "row 0"
    assert np.array_equal(result.scores["knn"], result.detections["knn"].scores)
    assert result.flags.iloc[:8].all().all()


def test_agreement_counts_the_highest_scores_in_common(result: wb.Comparison) -> None:
    assert result.k == 5
    matrix = result.agreement
    assert np.allclose(np.diag(matrix), 1.0)
    assert np.allclose(matrix, matrix.T)
    top = {name: set(result.scores[name].nlargest(5).index) for name in result.scores}
    assert matrix.loc["ecod", "knn"] == len(top["ecod"] & top["knn"]) / 5
    flags = result.flags
    shared = (flags["ecod"] & flags["knn"]).sum() / (flags["ecod"] | flags["knn"]).sum()
    assert result.flag_agreement.loc["ecod", "knn"] == pytest.approx(shared)


def test_metrics_stand_within_their_intervals(result: wb.Comparison) -> None:
    table = result.table
    for metric in ("roc_auc", "average_precision"):
        assert (table[f"{metric}_low"] <= table[metric] + 1e-12).all()
        assert (table[metric] <= table[f"{metric}_high"] + 1e-12).all()
    assert (table["seconds"] > 0).all()
    assert (table["memory_mib"] >= 0).all()


def test_what_failed_is_listed_with_its_reason(result: wb.Comparison) -> None:
    assert "is for series" in result.failures["matrix_profile"]
    assert "matrix_profile" in repr(result)
    assert "matrix_profile" in result._repr_html_()


@pytest.mark.parametrize("ending", ["csv", "parquet", "json", "xlsx"])
def test_every_part_can_be_exported(result: wb.Comparison, ending: str, tmp_path: Path) -> None:
    path = result.export(tmp_path / f"table.{ending}")
    assert path.stat().st_size > 100
    if ending == "csv":
        assert list(pd.read_csv(path)["detector"]) == list(result.detections)
        rows = pd.read_csv(result.export(tmp_path / "rows.csv", "scores"))
        assert len(rows) == 300
        assert rows["row"][0] == "row 0"


def test_an_unknown_part_is_refused(result: wb.Comparison, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="part must be one of"):
        result.export(tmp_path / "x.csv", "everything")  # type: ignore[arg-type]


def test_the_chart_names_all_detectors(result: wb.Comparison) -> None:
    for dark in (False, True):
        charts = result.chart(dark=dark).children
        assert len(charts) == 3
        assert charts[0].y_range.factors == list(result.detections)[::-1]


def test_side_by_side_gives_the_same_scores(machines: pd.DataFrame) -> None:
    names = ["ecod", "hbos", "pca"]
    alone, together = (wb.compare(machines, names, workers=count) for count in (1, 3))
    pd.testing.assert_frame_equal(alone.scores, together.scores)
    assert together.table["memory_mib"].isna().all()


def test_a_used_up_budget_ends_what_is_left(machines: pd.DataFrame) -> None:
    seen: list[str] = []

    def slow(done: float, stage: str) -> None:
        seen.append(stage)
        if stage == "hbos":
            deadline[0] = 0.0

    import workbench.workflow._runs as runs

    deadline = [1e9]
    clock = runs.clock.monotonic
    with pytest.MonkeyPatch.context() as patch:
        start = clock()
        patch.setattr(runs.clock, "monotonic", lambda: start if deadline[0] else start + 100.0)
        found = wb.compare(
            machines, ["ecod", "hbos", "pca"], seconds=50.0, progress=wb.Progress(slow)
        )
    assert list(found.detections) == ["ecod"]
    assert "50 s for this comparison are used up" in found.failures["hbos"]
    assert set(found.failures) == {"hbos", "pca"}


def test_cancelling_leaves_at_once(machines: pd.DataFrame) -> None:
    progress = wb.Progress(lambda done, stage: progress.cancel() if stage == "hbos" else None)
    with pytest.raises(Cancelled):
        wb.compare(machines, ["ecod", "hbos", "pca"], progress=progress)


@pytest.mark.parametrize("options", [{"seconds": 0}, {"k": 0}, {"workers": 0}, {"k": True}])
def test_options_that_cannot_work_are_refused(machines: pd.DataFrame, options: Any) -> None:
    with pytest.raises(ParameterError):
        wb.compare(machines, ["ecod"], **options)


def test_ways_are_written_as_they_are_shown() -> None:
    text = "ecod, knn(n_neighbors=5, method='largest'), average(members=['pca', 'ecod'])"
    ways = parse_ways(text)
    assert [way.detector for way in ways] == ["ecod", "knn", "average"]
    assert ways[2].params == {"members": ["pca", "ecod"]}
    assert parse_ways([way.shown for way in ways]) == ways


@pytest.mark.parametrize(
    "text", ["knn(5)", "knn(n_neighbors=", "knn(n_neighbors=print(1))", "knn(x=1)", "ecod,ecod", ""]
)
def test_ways_that_do_not_parse_are_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        parse_ways(text)


def test_a_mistyped_name_is_told_before_the_work(machines: pd.DataFrame) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'knn'"):
        wb.compare(machines, ["ecod", ("knnn", {})])


# Several sets.


def labelled(seed: int, shift: float = 4.0) -> wb.Dataset:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(200, 3)), columns=list("abc"))
    frame.iloc[:6, : 1 + seed % 3] += shift
    frame["odd"] = [1] * 6 + [0] * 194
    return wb.load(frame, label="odd", name=f"set {seed}")


@pytest.fixture(scope="module")
def contest() -> wb.Contest:
    sets = [labelled(seed) for seed in range(5)]
    return wb.compare(sets, ["ecod", "pca", "knn"])


def test_several_sets_give_figures_by_set_and_mean_ranks(contest: wb.Contest) -> None:
    figures = contest.figures("roc_auc")
    assert figures.shape == (5, 3)
    assert list(figures.index) == [f"set {seed}" for seed in range(5)]
    assert sum(contest.ranking().ranks.values()) == pytest.approx(6.0)
    table = contest.table
    assert {"mean_rank", "gain", "won", "lost", "p_value", "median_seconds"} <= set(table)
    assert np.isnan(table.loc["ecod", "gain"])
    gain = (figures["knn"] - figures["ecod"]).mean()
    assert table.loc["knn", "gain"] == pytest.approx(gain)
    assert table.loc["knn", "won"] == (figures["knn"] > figures["ecod"]).sum()


def test_figures_equal_those_of_a_single_detection(contest: wb.Contest) -> None:
    alone = wb.detect(labelled(2), "pca").evaluate()["roc_auc"]
    assert contest.figures("roc_auc").loc["set 2", "pca"] == pytest.approx(alone)


def test_a_contest_is_shown_charted_reported_and_exported(
    contest: wb.Contest, tmp_path: Path
) -> None:
    assert "3 detectors on 5 sets" in repr(contest)
    assert "<svg" in contest._repr_html_()
    assert len(contest.chart(dark=True).children) == 3
    page = contest.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<svg") == 4
    assert "| ecod |" in contest.to_markdown()
    assert len(pd.read_csv(contest.export(tmp_path / "r.csv"))) == 15


def test_names_in_a_report_are_text_not_markup(tmp_path: Path) -> None:
    bad = labelled(1)
    contest = wb.compare({"<b>one</b>": bad, "two": labelled(2)}, ["ecod", "pca"])
    page = contest.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<b>one" not in page
    assert "&lt;b&gt;one" in page


def test_sets_without_labels_are_skipped_and_said_so() -> None:
    frame = labelled(0).frame.drop(columns="odd")
    contest = wb.compare({"good": labelled(1), "bare": frame}, ["ecod", "pca"])
    assert "no label column" in contest.skipped["bare"]
    with pytest.raises(DataError, match="Nothing could be judged"):
        wb.compare([frame, frame], ["ecod"])


def test_a_failure_on_one_set_keeps_the_others(wave: pd.DataFrame) -> None:
    series = wb.load(wave, label="is_anomaly", name="wave")
    contest = wb.compare([labelled(0), series], ["ecod", "spectral_residual"])
    assert list(contest.failures) == ["spectral_residual on set 0"]
    assert contest.table.loc["spectral_residual", "sets"] == 1
    assert contest.metrics[0] == "roc_auc"  # one of the sets is a table
    assert np.isnan(contest.figures("vus_pr").loc["set 0"]).all()


def test_series_alone_are_led_by_the_range_metric(wave: pd.DataFrame) -> None:
    series = wb.load(wave, label="is_anomaly", name="wave")
    assert wb.compare([series], ["ecod", "pca"]).metrics[0] == "vus_pr"


def test_an_unknown_metric_gets_a_proposal(contest: wb.Contest) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'roc_auc'"):
        contest.figures("roc_au")


def test_a_list_of_rows_is_still_one_table() -> None:
    random = np.random.default_rng(0)
    rows = [{"a": value, "b": value * 2} for value in random.normal(size=50)]
    assert isinstance(wb.compare(rows, ["ecod"]), wb.Comparison)
    columns = {"a": random.normal(size=50), "b": random.normal(size=50)}
    assert isinstance(wb.compare(columns, ["ecod"]), wb.Comparison)


def test_without_names_a_few_unlike_detectors_are_compared(wave: pd.DataFrame) -> None:
    random = np.random.default_rng(0)
    table = wb.compare(pd.DataFrame(random.normal(size=(120, 3)), columns=list("abc")))
    assert list(table.detections) == ["sampled_knn", "inne", "ecod", "iforest"]
    series = wb.compare(wb.load(wave, label="is_anomaly"))
    assert list(series.detections) == ["discord", "seasonal_residual", "spectral_residual"]
    assert not series.failures


def test_without_names_several_datasets_share_their_detectors(wave: pd.DataFrame) -> None:
    one = wb.load(wave.head(200), label="is_anomaly", features=["flow"], name="one", kind="tabular")
    other = replace(one, frame=wave.tail(200).iloc[::-1], name="two")
    assert list(wb.compare([one, other]).table.index) != []


@pytest.mark.parametrize(
    "word", ["out='/tmp/scores.parquet'", "client='tcp://10.0.0.5:8786'", "memory='1GB'", "fdr=0.1"]
)
@pytest.mark.parametrize("detector", ["auto", "hbos"])
def test_a_detector_in_text_says_nothing_of_where_the_work_is_done(
    detector: str, word: str
) -> None:
    with pytest.raises(ParameterError, match=f"'{word.partition('=')[0]}'"):
        parse_ways([f"{detector}({word})"])
