"""Free exploration: two plots share a selection; from many rows on the server draws."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from workbench.charts.free_exploration import FreeExploration, free_exploration
from workbench.core.errors import MissingExtra

pytestmark = [
    # Libraries beneath, not ours: they warn about each other's future.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    times = pd.date_range("2026-01-01", periods=500, freq="h", tz="UTC")
    heat, flow = rng.normal(0, 1, (2, 500))
    return pd.DataFrame({"at": times, "<b>heat": heat, "flow": flow})


def select(plots: FreeExploration) -> np.ndarray:
    import holoviews as hv

    plots.link.selection_expr = hv.dim("c0") > 1.0
    return plots.rows()


@pytest.mark.parametrize("over", ["at", "flow", None])
@pytest.mark.parametrize("shaded", [True, False])
def test_what_is_selected_in_one_plot_is_selected_in_both(
    frame: pd.DataFrame, over: str | None, shaded: bool
) -> None:
    import holoviews as hv

    plots = free_exploration(frame, "<b>heat", "flow", over, shaded_from=500 if shaded else 501)
    drawn = [hv.renderer("bokeh").get_plot(plot) for plot in plots.plots]
    assert plots.shaded is shaded
    assert plots.rows().size == 0
    rows = select(plots)
    assert rows.tolist() == np.flatnonzero(frame["<b>heat"].to_numpy("f4") > 1.0).tolist()
    assert len(drawn) == 2


def test_no_script_of_the_page_is_asked_for(frame: pd.DataFrame) -> None:
    """The policy of the pages forbids code that comes as text, as CustomJS does."""
    import holoviews as hv
    from bokeh.models import CustomJS

    for plot in free_exploration(frame, "<b>heat", "flow", "at", dark=True).plots:
        figure = hv.renderer("bokeh").get_plot(plot).state
        assert list(figure.select({"type": CustomJS})) == []


def test_without_the_extra_it_says_how_to_get_it(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datashader", None)
    with pytest.raises(MissingExtra, match=r"anomaly-workbench\[explore\]"):
        free_exploration(frame, "<b>heat", "flow")
