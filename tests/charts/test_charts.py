"""Charts show the anomalies of a detection, by shape and colour, and only as text."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from bokeh.models import PlainText

sys.path.insert(0, str(Path(__file__).parents[1] / "view"))

from handmade import HandMade, hand_made

import workbench as wb
from workbench.charts._theme import DARK, LIGHT
from workbench.charts.contributions import contributions
from workbench.charts.scatter import overview_plane, plane_columns, scatter, scatter_data
from workbench.charts.series import SeriesData, series
from workbench.view.wording import axis_of


@pytest.fixture(scope="module")
def found() -> HandMade:
    return hand_made()


def axis(found: HandMade) -> np.ndarray:
    return axis_of(found.dataset.frame["time"], len(found))


def test_a_series_marks_each_anomaly_at_its_peak(found: HandMade) -> None:
    data = SeriesData(found, "flow", axis(found))
    marks = data.marks()
    assert marks["row"] == [item.peak for item in found.records]
    assert set(marks["band"]) <= {"critical", "high", "medium", "low"}
    assert dict(zip(marks["band"], marks["marker"], strict=True))["critical"] == "diamond"


def test_a_series_follows_its_window(found: HandMade) -> None:
    x = axis(found)
    plot = series(SeriesData(found, "flow", x), "flow", timed=True, window=(x[0], x[50]))
    assert plot.x_range.end == x[50]
    assert len(plot.select_one({"name": "line"}).data["x"]) == 52


def test_dark_marks_use_the_dark_ramp(found: HandMade) -> None:
    data = SeriesData(found, "flow", axis(found))
    assert set(data.marks(dark=True)["colour"]) <= set(DARK.bands.values())
    assert set(data.marks()["colour"]) <= set(LIGHT.bands.values())


def test_a_name_that_looks_like_a_formula_stays_text(found: HandMade) -> None:
    x = axis(found)
    plot = series(SeriesData(found, "flow", x), "$$x$$", timed=True, window=(x[0], x[-1]))
    assert isinstance(plot.yaxis[0].axis_label, PlainText)


def test_a_plane_keeps_every_anomaly_and_thins_the_rest(found: HandMade) -> None:
    x, y = overview_plane(found.dataset.frame, found.dataset.features)
    usual, marks = scatter_data(found, x, y, limit=100)
    assert len(usual["x"]) <= 104
    assert set(marks["row"]) == set(np.flatnonzero(found.is_anomaly))
    assert x[usual["row"]].max() == x[~found.is_anomaly].max()
    plot = scatter(usual, marks, ("a", "b"))
    assert plot.select_one({"name": "chosen"}) is not None


def test_a_plane_of_one_feature_is_a_line(found: HandMade) -> None:
    _, y = overview_plane(found.dataset.frame, ("flow",))
    assert (y == 0).all()
    _, none = overview_plane(found.dataset.frame, ("time",))
    assert (none == 0).all()


def test_texts_are_placed_by_their_numbers() -> None:
    found = wb.detect("sample:service-log", "hbos")
    x, y = overview_plane(*plane_columns(found))
    odd = found.is_anomaly.to_numpy()
    assert np.hypot(x, y)[odd].mean() > np.hypot(x, y)[~odd].mean()
    assert np.ptp(y) > 0.0


def test_contributions_are_listed_largest_first(found: HandMade) -> None:
    plot = contributions(found.explain(found.records[0].peak))
    bars = plot.select_one({"name": "bars"}).data
    assert bars["share"] == sorted(bars["share"], reverse=True)
    assert bars["feature"][0].endswith("!")


@pytest.mark.parametrize("dark", [False, True])
def test_importance_shows_anomalies_beside_all_rows(dark: bool) -> None:
    import pandas as pd

    from workbench.charts.feature_importance import feature_importance

    table = pd.DataFrame(
        {"feature": ["flow", "heat"], "anomalies": [3.0, np.nan], "all_rows": [0.5, 0.2]}
    )
    plot = feature_importance(table, dark=dark)
    bars = plot.select_one({"name": "bars"})
    assert list(bars.data["feature"]) == ["flow", "heat"]
    assert list(bars.data["anomalies"]) == [3.0, 0.0]
    assert plot.y_range.factors[-1] == "flow"
