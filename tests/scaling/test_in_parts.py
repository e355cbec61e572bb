"""Data in parts: the same rules and results as in memory, bounded, and nothing left behind."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from _tables import ODD, ROWS, numbers, table, write

import workbench as wb
from workbench.core.errors import (
    Cancelled,
    ColumnError,
    DataError,
    ParameterError,
    UnreadableFile,
)
from workbench.preparation.encoding import Preparation
from workbench.preparation.facts import gather_facts, join_facts
from workbench.scaling.parts import Batch, parquet_table
from workbench.scaling.preparing import PlainColumns, matrix_of
from workbench.scaling.sampling import keys_of

EXACT = ["hbos", "loda", "pca"]


def scores_of(path: Path) -> np.ndarray:
    return pq.read_table(path)["score"].to_numpy()


@pytest.mark.parametrize("name", [*EXACT, "ecod", "copod", "iforest", "knn", "auto"])
def test_where_the_sample_holds_all_rows_every_score_is_as_in_memory(
    name: str, tmp_path: Path
) -> None:
    frame = table().head(2_000)
    path = write(frame, tmp_path, 300)
    found = wb.detect(path, name, memory="1GB", out=tmp_path / "scores.parquet")
    plain = wb.detect(wb.load(path), name)
    np.testing.assert_array_equal(scores_of(tmp_path / "scores.parquet"), plain.scores.to_numpy())
    assert found.threshold.value == plain.threshold.value
    assert found.flagged == int(plain.is_anomaly.sum())
    assert found.model.features == plain.model.features
    assert found.how.startswith("exact")


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize("name", EXACT)
def test_learning_from_parts_is_learning_from_all_rows(name: str, tmp_path: Path) -> None:
    """The detector sees every row: as the same detector on the same prepared matrix."""
    from workbench.detectors import DETECTORS

    path = write(table(), tmp_path)
    found = wb.detect(path, name, memory="1GB", out=tmp_path / "scores.parquet")
    matrix = found.model.preparation.transform(wb.load(path).frame).values
    whole = DETECTORS.get(name).create().fit(matrix)
    expected = whole.decision_function(matrix)
    scores = scores_of(tmp_path / "scores.parquet")
    if name == "pca":  # sums in another order
        np.testing.assert_allclose(scores, expected, rtol=1e-9)
    else:
        np.testing.assert_array_equal(scores, expected)
    assert found.how.startswith(f"exact: learned from each of {ROWS:,} rows")


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize("name", ["ecod", "copod"])
def test_a_sketch_states_its_error_and_keeps_it(name: str, tmp_path: Path) -> None:
    from workbench.detectors import DETECTORS

    path = write(numbers(), tmp_path)
    found = wb.detect(path, name, memory="1GB", out=tmp_path / "scores.parquet")
    assert found.how.startswith("sketch with rank error ≤ ")
    tails = found.model.units[""].detector.tails_
    error = tails.rank_error_
    assert 0.0 < error < 0.01
    matrix = found.model.preparation.transform(wb.load(path).frame).values
    for column in range(matrix.shape[1]):  # held against the exact ranks
        known = np.sort(matrix[:, column])
        cuts = tails.cuts_[column, : tails.sizes_[column]]
        exact = np.searchsorted(known, cuts, side="right") - np.searchsorted(known, cuts, "left")
        between = np.searchsorted(known, cuts[1:], "left") - np.searchsorted(
            known, cuts[:-1], "right"
        )
        assert between.max() / len(known) <= error
        assert exact.sum() + between.sum() == len(known)
    whole = DETECTORS.get(name).create().fit(matrix).decision_function(matrix)
    scores = scores_of(tmp_path / "scores.parquet")
    assert np.abs(scores - whole).max() < 1.0
    assert pd.Series(scores).corr(pd.Series(whole), method="spearman") > 0.9999
    assert set(np.argsort(-scores)[:3]) == set(ODD)


@pytest.mark.usefixtures("few_rows")
def test_a_sketch_of_few_different_values_is_exact(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.poisson(4.0, ROWS), "b": random.integers(0, 50, ROWS)})
    found = wb.detect(write(frame, tmp_path), "ecod", memory="1GB", out=tmp_path / "s.parquet")
    matrix = found.model.preparation.transform(frame).values
    from workbench.detectors.ecod import Ecod

    expected = Ecod().fit(matrix).decision_function(matrix)
    np.testing.assert_allclose(scores_of(tmp_path / "s.parquet"), expected, rtol=1e-12)
    assert found.model.units[""].detector.rank_error_ == 0.0


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize("name", ["ecod", "hbos"])
def test_explanations_of_the_worst_rows_add_up(name: str, tmp_path: Path) -> None:
    found = wb.detect(write(table(), tmp_path), name, memory="1GB")
    assert set(ODD) <= set(found.anomalies["row"])
    why = found.explain()
    parts = sum(part.contribution for part in why.contributions)
    assert why.base + parts == pytest.approx(why.score)
    odd = found.explain(ODD[1])
    assert (odd.row, odd.sentence[:8]) == (ODD[1], f"Row {ODD[1]}")
    assert len(odd.nearest_normal)
    with pytest.raises(ParameterError, match="not among the"):
        found.explain(-1)
    detector = found.model.units[""].detector
    row = found.worst.matrix.values[0]
    assert detector.score_one(row) == detector.decision_function(row[None])[0]


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize(("name", "word"), [("iforest", "subsamples"), ("knn", "sample of 3,000")])
def test_what_cannot_see_all_rows_says_so(name: str, word: str, tmp_path: Path) -> None:
    path, out = write(table(), tmp_path), tmp_path / "scores.parquet"
    found = wb.detect(path, name, memory="1GB", random_state=3, out=out)
    assert found.how.startswith(word)
    assert "seed 3" in found.how
    assert "by the scores of 3,000 sampled rows" in found.threshold.reason
    whole = wb.detect(wb.load(path), name, random_state=3)
    ranks = pd.Series(scores_of(out)).corr(whole.scores, method="spearman")
    assert ranks > 0.85  # another sample of the same data teaches much the same
    again = wb.detect(write(table(), tmp_path, 999), name, memory="1GB", random_state=3)
    assert again.flagged == found.flagged  # however the file is cut


@pytest.mark.usefixtures("few_rows")
def test_preparation_knows_of_all_rows_what_the_sample_cannot(tmp_path: Path) -> None:
    frame = table()
    missed = np.sort(np.argsort(keys_of(0, ROWS, 0))[3_000:])[:3]
    # One missing cell, one rare category, one far value in all.
    frame.loc[missed[0], "flow"] = np.nan
    frame.loc[missed[1], "state"] = "broken"
    frame.loc[missed[2], "steps"] = 5_000
    data = wb.scan(write(frame, tmp_path), memory="1GB")
    assert len(data.rows) == 3_000
    assert not set(missed) & set(data.rows)
    found = wb.detect(data, "hbos")
    plans = {plan.name: plan for plan in found.model.preparation.plans}
    assert plans["flow"].had_missing
    assert plans["steps"].high == 5_000.0
    assert set(plans["state"].levels) == {"run", "idle", "off", "broken"}
    assert plans["state"].levels["run"] == pytest.approx((frame["state"] == "run").mean())
    assert not [one for one in found.notices if "never" in one]
    assert "number" not in data.features
    assert "it counts the rows" in data.sample.excluded["number"]


def test_facts_of_parts_are_facts_of_all() -> None:
    frame = table()
    whole = gather_facts(frame)
    parts = [gather_facts(frame.iloc[k : k + 1_000]) for k in range(0, ROWS, 1_000)]
    joined = parts[0]
    for part in parts[1:]:
        joined = join_facts(joined, part)
    assert joined == whole
    with_facts = Preparation().fit(frame, ["flow", "gaps", "state", "steps"], whole)
    plain = Preparation().fit(frame, ["flow", "gaps", "state", "steps"])
    assert with_facts.to_dict() == plain.to_dict()


def test_the_compiled_way_gives_what_the_rules_give(tmp_path: Path) -> None:
    frame = numbers()
    frame.loc[::700, "heat"] *= 1e6  # beyond the knee
    preparation = Preparation().fit(frame, list(frame))
    frame.loc[5_500, "flow"], frame.loc[9_100, "heat"] = np.nan, np.inf
    frame.loc[200, "flow"] = -1e301
    (part,) = parquet_table([write(frame, tmp_path, ROWS)], "t").parts
    ways = 0
    for batch in part.batches(None, 1_000, False):
        expected = preparation.transform(batch.frame()).values
        np.testing.assert_array_equal(matrix_of(preparation, batch), expected)
        columns = PlainColumns(preparation, batch)
        list(columns.blocks())
        ways += columns.plain
    assert ways == 12 - 3  # what is no plain number takes the long way, all others do not


def test_a_sample_hangs_on_seed_and_row_numbers_alone() -> None:
    keys = keys_of(0, 100_000, 3)
    assert len(np.unique(keys)) == 100_000
    np.testing.assert_array_equal(keys_of(70_000, 10, 3), keys[70_000:70_010])
    assert not np.array_equal(keys_of(0, 100, 4), keys[:100])
    share = (keys < np.uint64(2**62)).mean()  # a quarter of all
    assert share == pytest.approx(0.25, abs=0.01)


@pytest.mark.usefixtures("few_rows")
def test_text_tables_and_databases_are_looked_through_in_parts(tmp_path: Path) -> None:
    frame = table()
    frame.to_csv(tmp_path / "table.csv", index=False)
    frame.to_csv(tmp_path / "other.csv.gz", index=False, sep=";", decimal=",")
    with sqlite3.connect(tmp_path / "plant.db") as link:
        frame.to_sql("readings", link, index=False)
    link.close()
    import duckdb

    with duckdb.connect(str(tmp_path / "plant.duckdb")) as link:
        link.execute("CREATE TABLE readings AS SELECT * FROM frame")
    expected = wb.detect(write(frame, tmp_path), "hbos", memory="1GB")
    sources = [
        (tmp_path / "table.csv", {}),
        (tmp_path / "other.csv.gz", {}),
        (tmp_path / "plant.db", {"query": "SELECT * FROM readings ORDER BY number"}),
        (tmp_path / "plant.duckdb", {"table": "readings"}),
    ]
    for source, options in sources:
        data = wb.scan(source, memory="1GB", **options)
        found = wb.detect(data, "hbos")
        assert found.flagged == expected.flagged, source
        assert list(found.anomalies["row"]) == list(expected.anomalies["row"]), source
        assert data.features == ("flow", "heat", "steps", "load", "gaps", "state")
        folder = data.opened.spool.folder
        assert folder.is_dir()
        data.close()
        assert not folder.exists()


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    place = tmp_path / "parts"
    place.mkdir()
    for number in range(3):
        table().iloc[number * 4_000 : (number + 1) * 4_000].to_parquet(place / f"{number}.parquet")
    data = wb.scan(place, memory="1GB")
    assert len(data) == ROWS
    assert set(ODD) <= set(wb.detect(data, "ecod").anomalies["row"])


def test_scores_come_with_time_and_label_and_say_how_they_were_made(tmp_path: Path) -> None:
    frame = table().head(500).drop(columns="number")
    frame["at"] = pd.date_range("2026-01-01", periods=500, freq="min")
    frame["odd"] = (np.arange(500) == 123).astype(int)
    frame["score"] = 1.0
    data = wb.scan(write(frame, tmp_path), time="at", label="odd", exclude="score", memory="1GB")
    found = wb.detect(data, "hbos", out=tmp_path / "scores.parquet", threshold=12.0)
    kept = pq.read_table(tmp_path / "scores.parquet")
    assert kept.column_names == ["at", "odd", "score", "is_anomaly"]
    assert kept.num_rows == 500
    assert int(kept["is_anomaly"].to_numpy().sum()) == found.flagged
    about = json.loads(pq.read_metadata(tmp_path / "scores.parquet").metadata[b"workbench"])
    assert about["threshold"]["value"] == 12.0
    assert about["detector"] == "hbos"
    assert any("one by one" in notice for notice in found.notices)


@pytest.mark.usefixtures("few_rows")
def test_batches_are_the_scores_again(tmp_path: Path) -> None:
    found = wb.detect(
        write(table(), tmp_path), "loda", memory="1GB", out=tmp_path / "scores.parquet"
    )
    frames = list(found.batches())
    assert len(frames) > 5
    whole = pd.concat(frames)
    assert whole.index.tolist() == list(range(ROWS))
    np.testing.assert_array_equal(whole["score"], scores_of(tmp_path / "scores.parquet"))


@pytest.mark.usefixtures("few_rows")
def test_a_model_learned_in_parts_scores_tomorrow(tmp_path: Path) -> None:
    path = write(table(), tmp_path)
    found = wb.detect(path, "ecod", memory="1GB", out=tmp_path / "today.parquet")
    found.save(tmp_path / "m.wb")
    model = wb.open(wb.save(found, tmp_path / "m2.wb"))
    later = wb.open(tmp_path / "m.wb").score(path, memory="1GB", out=tmp_path / "later.parquet")
    np.testing.assert_array_equal(
        scores_of(tmp_path / "today.parquet"), scores_of(tmp_path / "later.parquet")
    )
    assert later.how == found.how
    in_memory = model.score(path)
    np.testing.assert_array_equal(in_memory.scores, scores_of(tmp_path / "today.parquet"))


def test_new_rows_that_the_model_does_not_know_are_told(tmp_path: Path) -> None:
    model = wb.detect(table().drop(columns="gaps"), "hbos").model
    fresh = table().drop(columns="gaps")
    fresh.loc[5, "state"] = "on fire"
    found = model.score(write(fresh, tmp_path), memory="1GB")
    assert any("never seen in training ('on fire')" in notice for notice in found.notices)
    with pytest.raises(ColumnError, match="'flow'"):
        model.score(write(fresh.drop(columns="flow"), tmp_path), memory="1GB")


class Stopping(wb.Progress):
    """Cancels itself at a stage, as somebody in another thread would."""

    def __init__(self, stage: str) -> None:
        super().__init__(lambda _, now: self.cancel() if now == stage else None)


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize("stage", ["reading", "looking through", "counting", "scoring"])
def test_cancelling_leaves_no_file_no_thread_and_no_result(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    table().to_csv(tmp_path / "table.csv", index=False)
    before = threading.active_count()
    with pytest.raises(Cancelled):
        wb.detect(
            tmp_path / "table.csv", "hbos", memory="1GB", out=tmp_path / "scores.parquet",
            progress=Stopping(stage),
        )  # fmt: skip
    assert list(scratch.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["table.csv"]
    assert threading.active_count() == before


@pytest.mark.usefixtures("few_rows")
def test_a_failure_under_way_leaves_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(table(), tmp_path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 4_000] = b"\xff" * 4_000
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match="damaged"):
        wb.detect(path, "hbos", memory="1GB", out=tmp_path / "scores.parquet")
    assert [one.name for one in tmp_path.iterdir()] == ["table.parquet"]


def test_progress_rises_to_one(tmp_path: Path) -> None:
    seen: list[float] = []
    progress = wb.Progress(lambda share, _: seen.append(share))
    wb.detect(write(table(), tmp_path), "hbos", memory="1GB", progress=progress)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_file_that_does_not_fit_is_worked_on_in_parts_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.scaling import memory

    path = write(table(), tmp_path)
    assert isinstance(wb.detect(path, "hbos"), wb.Detection)
    monkeypatch.setattr(memory, "SHARE", 0.0)
    assert repr(wb.detect(path, "hbos")).startswith("LargeDetection('hbos' on 'table.parquet': ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"memory": "2 apples"}, "memory must be bytes or a text such as '2GB'"),
        ({"memory": "10MB"}, "at least 512 MB"),
        ({"memory": "1GB", "fdr": 0.1}, "fdr needs all rows in memory"),
        ({"memory": "1GB", "threshold": "budget:5"}, "counts single rows"),
        ({"memory": "1GB", "out": "scores.csv"}, "written as .parquet"),
        ({"out": "scores.parquet"}, "out is for data that are worked on in parts"),
    ],
)
def test_what_cannot_be_is_said_at_once(
    options: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=words):
        wb.detect(write(table(), tmp_path), "hbos", **options)


def test_series_and_comparisons_say_what_to_do_instead(tmp_path: Path) -> None:
    path = write(table(), tmp_path)
    with pytest.raises(DataError, match="stretches of a series"):
        wb.detect(path, "discord", memory="1GB")
    data = wb.scan(path, memory="1GB")
    with pytest.raises(ParameterError, match=r"data\.sample"):
        wb.compare(data, ["ecod"])
    assert list(wb.compare(data.sample, ["ecod"]).table.index) == ["ecod"]
    with pytest.raises(ParameterError, match="belong to the data"):
        wb.detect(data, "ecod", memory="1GB")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match="holds no Parquet files"):
        wb.scan(empty)


def test_a_text_table_that_goes_on_otherwise_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    lines = [f"{number},{number / 7}" for number in range(600_000)]
    lines[590_000] = "590000,broken pipe"
    path.write_text("number,flow\n" + "\n".join(lines), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="goes on in another way than it begins"):
        wb.scan(path, memory="1GB")


def test_a_batch_of_pandas_is_as_one_of_arrow(tmp_path: Path) -> None:
    frame = numbers().head(100)
    preparation = Preparation().fit(frame, list(frame))
    (part,) = parquet_table([write(frame, tmp_path)], "t").parts
    (arrow,) = part.batches(None, 1_000, False)
    ours = matrix_of(preparation, Batch(0, frame))
    np.testing.assert_array_equal(ours, matrix_of(preparation, arrow))


def test_a_result_shows_itself(tmp_path: Path) -> None:
    found = wb.detect(write(table(), tmp_path), "hbos", memory="1GB")
    shown = found._repr_html_()
    assert "LargeDetection" in shown
    assert str(ODD[0]) in shown
    assert "<script" not in shown


def test_columns_of_several_kinds_are_text_as_they_are_in_memory() -> None:
    # And numbers keep their kind: whole ones that rise by one would be taken for an id.
    frame = pd.DataFrame({"flow": np.arange(400.0), "note": [1, "x", None, "x"] * 100})
    here, parts = wb.detect(frame, "hbos"), wb.detect(frame, "hbos", memory="1GB")
    assert parts.model.features == here.dataset.features == ("flow", "note")
    together = [batch["score"].to_numpy() for batch in parts.batches()]
    np.testing.assert_array_equal(np.concatenate(together), here.scores.to_numpy())


def test_a_database_in_parts_reaches_no_other_file(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    place, other = tmp_path / "plant.duckdb", tmp_path / "other.csv"
    other.write_text("a\n1\n")
    with duckdb.connect(str(place)) as link:
        link.execute("CREATE TABLE readings AS SELECT range AS flow FROM range(100)")
    with pytest.raises(DataError, match="failed"):
        wb.scan(place, memory="1GB", query=f"SELECT * FROM read_csv('{other}')")
    data = wb.scan(place, memory="1GB", query="SELECT current_setting('lock_configuration') AS l")
    assert data.sample.frame["l"].tolist() == [True]
