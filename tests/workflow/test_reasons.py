"""What explanations tell beside the parts: likeness, time, importance, and true words."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors import DETECTORS
from workbench.detectors.base import Detector, Tags


@pytest.fixture(scope="module")
def kinds() -> pd.DataFrame:
    """Two kinds of anomalies: rows 10-13 in "heat", rows 20-22 in "flow"."""
    random = np.random.default_rng(8)
    frame = pd.DataFrame(random.normal(size=(400, 3)), columns=["heat", "flow", "noise"])
    frame.loc[10:13, "heat"] += [9, 10, 11, 12]
    frame.loc[20:22, "flow"] -= [9, 10, 11]
    return frame


def test_similar_anomalies_stand_out_for_the_same_reason(kinds: pd.DataFrame) -> None:
    found = wb.detect(kinds, "knn", contamination=0.02)
    similar = found.explain(11).similar
    assert {item.row for item in similar} >= {10, 12, 13}
    assert not {item.row for item in similar} & {11, 20, 21, 22}
    first = similar[0]
    assert first.likeness > 0.9
    record = next(item for item in found.records if item.peak == first.row)
    assert (first.id, first.severity, first.band) == (record.id, record.severity, record.band)


def test_an_only_anomaly_has_no_similar_one(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines, label="broken"), "knn").with_threshold("budget:1")
    assert len(found.records) == 1
    assert found.explain(123).similar == ()


@pytest.mark.parametrize("detector", ["knn", "pca", "pyod:gmm"])
def test_importance_names_what_the_anomalies_are_about(detector: str, kinds: pd.DataFrame) -> None:
    found = wb.detect(kinds, detector, contamination=0.0175)
    told = found.importance()
    assert list(told.table.columns) == ["feature", "anomalies", "all_rows", "share"]
    assert set(told.table["feature"][:2]) == {"heat", "flow"}
    assert told.table["share"].sum() == pytest.approx(1.0)
    assert told.table["anomalies"].is_monotonic_decreasing
    assert told.anomalies == len(found.records)
    assert str(told.rows) in told.words
    assert "heat" in str(told)
    assert told.to_dict()["features"][0]["feature"] == told.table["feature"][0]


def test_importance_without_anomalies_looks_at_all_rows(kinds: pd.DataFrame) -> None:
    told = wb.detect(kinds, "ecod", threshold=1e9).importance(rows=50)
    assert told.table["anomalies"].isna().all()
    assert told.table["share"].sum() == pytest.approx(1.0)
    assert told.rows == 50


def test_importance_of_no_rows_is_refused(kinds: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="rows must be at least 1"):
        wb.detect(kinds, "ecod").importance(rows=0)


def test_importance_escapes_names() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["<b>x", "y"])
    assert "<b>x" not in wb.detect(frame, "ecod").importance()._repr_html_()


@pytest.mark.parametrize("detector", ["iforest", "pca", "ocsvm", "sub_pca", "sub_knn", "kmeans_ad"])
def test_windows_tell_which_feature_is_odd_when(detector: str, wave: pd.DataFrame) -> None:
    why = wb.detect(wb.load(wave, label="is_anomaly"), detector).explain(400)
    told = why.over_time
    assert told is not None
    assert told.features == ("flow", "heat")
    parts = {part.feature: part.contribution for part in why.contributions}
    np.testing.assert_allclose(told.values.sum(axis=1), [parts["flow"], parts["heat"]], rtol=1e-9)
    # The spike is in one row: its column carries more than any other.
    column = np.flatnonzero(np.array(told.rows) <= 400)[-1]
    near = told.values[0, max(0, column - 3) : column + 4].max()
    assert near == told.values.max()
    assert told.to_frame().shape == told.values.shape


@pytest.mark.parametrize("detector", ["seasonal_residual", "autoregression", "discord", "average"])
def test_rows_around_the_peak_tell_their_own_parts(detector: str, wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), detector)
    told = found.explain(400).over_time
    assert told is not None
    assert 400 in told.rows
    assert told.values.shape == (2, len(told.rows))
    place = told.rows.index(400)
    parts = {part.feature: part.contribution for part in found.explain(400).contributions}
    np.testing.assert_allclose(told.values[:, place], [parts["flow"], parts["heat"]], rtol=1e-9)
    assert told.to_dict()["features"] == ["flow", "heat"]


def test_entities_see_their_own_times(wave: pd.DataFrame) -> None:
    both = pd.concat([wave.assign(pump="a"), wave.assign(pump="b", flow=wave["flow"] * 3)])
    data = wb.load(both.reset_index(drop=True), time="timestamp", entity="pump", label="is_anomaly")
    told = wb.detect(data, "sub_pca").explain(904).over_time
    assert told is not None
    assert min(told.rows) >= 504


def test_pooled_windows_tell_times_too(wave: pd.DataFrame) -> None:
    short = [
        wave.head(150).assign(pump=f"p{number}", flow=lambda frame: frame["flow"] * 2)
        for number in range(8)
    ]
    frame = pd.concat(short).reset_index(drop=True)
    frame.loc[230, "flow"] += 30.0
    data = wb.load(frame, time="timestamp", entity="pump", label="is_anomaly")
    found = wb.detect(data, "sub_pca")
    why = found.explain(230)
    assert why.over_time is not None
    assert why.contributions[0].feature == "flow"
    assert 150 <= min(why.over_time.rows) <= 230 <= max(why.over_time.rows) + 24
    assert "usual stretch" in why.method


def test_tables_have_no_time(machines: pd.DataFrame) -> None:
    assert wb.detect(wb.load(machines, label="broken"), "ecod").explain().over_time is None


@pytest.mark.parametrize(
    ("detector", "words"),
    [
        ("ecod", "Exact: the score of 'ecod'"),
        ("knn", "squared distances to the neighbours"),
        ("iforest", "Exact Shapley values of the row's path lengths"),
        ("ocsvm", "combinations of the features that differ were scored"),
        ("average", "Parts of the members (sampled_knn, iforest, pca)"),
    ],
)
def test_the_method_is_told_truly(detector: str, words: str, machines: pd.DataFrame) -> None:
    assert words in wb.detect(wb.load(machines, label="broken"), detector).explain(123).method


def test_models_that_calibrate_are_told(kinds: pd.DataFrame) -> None:
    why = wb.detect(kinds, "ecod", fdr=0.1).explain(11)
    assert why.method.startswith("Exact: the score of 'ecod' is the sum")
    total = why.base + sum(part.contribution for part in why.contributions)
    assert total == pytest.approx(why.score, rel=1e-9)


@pytest.mark.parametrize(
    ("detector", "words"),
    [
        ("pca", "Parts of the windows around the row, averaged as 'pca'"),
        ("ocsvm", "lose in the score of 'ocsvm'"),
        ("sub_pca", "the most similar usual stretch"),
        ("matrix_profile", "its own nearest stretch"),
        ("average", "Parts of the members (sampled_knn, iforest, pca)"),
        ("seasonal_residual", "Each feature is scored alone"),
    ],
)
def test_the_method_on_a_series_is_told_truly(
    detector: str, words: str, wave: pd.DataFrame
) -> None:
    assert words in wb.detect(wb.load(wave, label="is_anomaly"), detector).explain(400).method


def test_a_sampled_explanation_states_its_error() -> None:
    frame = pd.DataFrame(np.random.default_rng(9).normal(size=(200, 15)))
    frame.columns = [f"f{place}" for place in frame.columns]
    frame.loc[3] += 4.0
    why = wb.detect(frame, "pyod:gmm").explain(3)
    again = wb.detect(frame, "pyod:gmm").explain(3)
    assert why.standard_error > 0.0
    assert "Standard error of a part: at most" in why.caveat
    assert "Sampled Shapley values" in why.method
    assert why.to_dict()["contributions"] == again.to_dict()["contributions"]


def test_periodic_windows_name_the_column_at_fault(wave: pd.DataFrame) -> None:
    """Against a flat window every column of a rhythm looks odd, against an alike one not."""
    shares = []
    for row in (395, 400, 405):
        why = wb.detect(wb.load(wave, label="is_anomaly"), "ocsvm").explain(row)
        assert why.contributions[0].feature == "flow"
        shares.append(why.contributions[0].share)
    assert min(shares) > 0.9


class Mute(Detector):
    """A stranger's series detector that does not explain itself."""

    tags = Tags(kinds=("series",))

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self.centre_ = np.median(X, axis=0)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        # A point counts by its step from the point before: a row alone would say nothing.
        return np.abs(np.diff(X, axis=0, prepend=X[:1])).sum(axis=1)


def test_a_mute_series_detector_is_asked_in_place(
    wave: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), "seasonal_residual")
    unit = next(iter(found.model.units.values()))
    monkeypatch.setattr(unit, "detector", Mute().fit(found.matrix.values))
    from workbench.workflow.explaining import feature_parts

    parts = feature_parts(found, 400)
    score = float(unit.detector.decision_function(found.matrix.values)[400])
    assert parts.base + parts.values.sum() == pytest.approx(score)
    assert parts.values[0] > parts.values[1]


#: All that are not ours and can judge a table; ours are asked in test_explaining.py.
FAMILIES = [
    name
    for name in DETECTORS.names()
    if ":" in name and "tabular" in DETECTORS.get(name).tags.kinds
]


@pytest.mark.parametrize("detector", FAMILIES)
def test_parts_of_every_familys_detector_add_up(detector: str, kinds: pd.DataFrame) -> None:
    why = wb.detect(kinds.head(120), detector, contamination=0.1).explain(11)
    total = why.base + sum(part.contribution for part in why.contributions)
    assert total == pytest.approx(why.score, rel=1e-9, abs=1e-9)
    assert why.method
