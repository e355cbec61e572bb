"""The scatter keeps a million rows in Python and hands back those inside a lasso."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from handmade import HandMade
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import MissingExtra
from workbench.view.components import scatter as room
from workbench.view.components._pack import unpack
from workbench.view.components._plane import ByHeight, density
from workbench.view.components.scatter import MOST_POINTS, ScatterState


def ask(state: ScatterState, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


@pytest.fixture
def state(found: HandMade) -> ScatterState:
    state = ScatterState()
    state.show_detection(found, "flow", "heat")
    return state


def test_any_two_columns_and_pca_can_be_chosen(state: ScatterState) -> None:
    assert state.choices[:4] == ["flow", "heat", "PCA 1", "PCA 2"]
    ask(state, "axes", x="PCA 1", y="heat")
    assert state.axes == {"x": "PCA 1", "y": "heat"}
    ask(state, "axes", x="nonsense", y="heat")
    assert state.axes["x"] == "PCA 1"


def test_a_box_and_a_lasso_pick_rows(state: ScatterState) -> None:
    ask(state, "box", x=[80, 100], y=[-100, 100])
    assert state.rows.tolist() == [300, 301, 302, 303, 304]
    assert "5 rows picked, 5 anomalies" in state.picked["words"]
    ask(state, "lasso", points=[[80, 0], [100, 0], [100, 60], [80, 60]])
    assert state.rows.tolist() == [300, 301, 302, 303, 304]
    ask(state, "box", x=[], y=[])
    assert (state.rows.size, state.picked) == (0, {})


def test_a_click_takes_the_nearest_row_and_marks_first(state: ScatterState) -> None:
    ask(state, "near", x=90.0, y=20.0, reachX=1.0, reachY=5.0)
    assert state.selected["row"] in range(300, 305)
    ask(state, "near", x=1000.0, y=20.0, reachX=1.0, reachY=5.0)
    assert state.selected == {}


def test_next_walks_the_anomalies_by_severity(state: ScatterState, found: HandMade) -> None:
    ask(state, "step", by=1)
    worst = found.severity.to_numpy()
    assert worst[state.selected["row"]] == worst.max()
    ask(state, "step", by=-1)
    assert worst[state.selected["row"]] == worst[found.is_anomaly.to_numpy()].min()


def test_many_rows_become_density_and_few_become_points_again() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (2, 200_000))
    state = ScatterState()
    state.show(x, y)
    header, arrays = unpack(state.frame)
    assert header["dense"]
    assert arrays["counts"].sum() == 200_000
    assert len(state.frame) < 150_000
    ask(state, "window", x=[0, 0.2], y=[0, 0.2])
    header, arrays = unpack(state.frame)
    assert not header["dense"]
    assert len(arrays["u"]) == header["inside"] <= MOST_POINTS


def test_a_line_is_fitted_when_it_is_asked_for(state: ScatterState) -> None:
    assert state.fit == {}
    ask(state, "overlay", name="fit", on=1)
    assert state.fit["words"].startswith("slope")
    assert all(a <= b for a, b in zip(state.fit["low"], state.fit["high"], strict=True))


def test_umap_is_offered_where_it_is_installed(
    found: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = SimpleNamespace(fit_transform=lambda table: table[:, :2] * 2)
    monkeypatch.setattr(room, "has_umap", lambda: True)
    monkeypatch.setattr(
        "workbench.charts.embedding.require",
        lambda *_, **__: SimpleNamespace(UMAP=lambda **_: learned),
    )
    state = ScatterState()
    state.show_detection(found, "UMAP 1", "UMAP 2")
    assert state.axes == {"x": "UMAP 1", "y": "UMAP 2"}
    assert unpack(state.frame)[0]["inside"] == 600


def test_a_missing_umap_is_told_with_its_extra(
    found: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise MissingExtra("umap is needed: pip install 'anomaly-workbench[embedding]'")

    monkeypatch.setattr(room, "has_umap", lambda: True)
    monkeypatch.setattr("workbench.charts.embedding.require", missing)
    state = ScatterState()
    state.show_detection(found, "UMAP 1", "UMAP 2")
    assert "embedding" in state.phase["words"]


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), max_size=60), st.floats(0.1, 9))
def test_a_square_lasso_picks_what_a_box_picks(
    points: list[tuple[float, float]], half: float
) -> None:
    x, y = (np.array([point[i] for point in points], dtype=float) for i in (0, 1))
    corners = [[-half, -half], [half, -half], [half, half], [-half, half]]
    strictly = (abs(x) < half) & (abs(y) < half)
    edge = (abs(x) == half) | (abs(y) == half)
    taken = np.zeros(len(x), dtype=bool)
    taken[ByHeight(x, y).inside(corners)] = True
    assert (taken | edge).tolist() == (strictly | edge).tolist()


@given(st.lists(st.floats(0, 1), max_size=50), st.integers(1, 20))
def test_density_loses_no_point(places: list[float], size: int) -> None:
    side = np.array(places)
    assert density(side, side, (0.0, 1.0), (0.0, 1.0), size).sum() == len(places)
