"""Lets people look at any two columns of millions of rows, with a selection that both plots share.

HoloViews links the plots; from a million rows on, Datashader draws them on the server, so that
only an image travels to the browser. Both come with the extra ``explore``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.charts._theme import USUAL, dress, palette
from workbench.core.extras import require

__all__ = ["SHADED_FROM", "FreeExploration", "free_exploration"]

#: Rows from which pixels are computed on the server instead of sending points.
SHADED_FROM = 1_000_000
BARS = 60
WHY = "to explore data freely"


@dataclass(frozen=True)
class FreeExploration:
    """Two linked plots, and what is selected in them.

    Attributes
    ----------
    plots : tuple of two holoviews objects
        The plane, and what stands beside it; a page puts each into ``pn.pane.HoloViews``.
    shaded : bool
        Whether Datashader draws.
    """

    plots: tuple[Any, Any]
    shaded: bool
    link: Any
    data: Any

    def rows(self) -> np.ndarray:
        """Return the positions of the selected rows; none when nothing is selected."""
        chosen = self.link.selection_expr
        if chosen is None:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(chosen.apply(self.data, expanded=True, flat=True))


def free_exploration(
    frame: pd.DataFrame,
    x: Any,
    y: Any,
    over: Any = None,
    *,
    dark: bool = False,
    shaded_from: int = SHADED_FROM,
) -> FreeExploration:
    """Return a plane of two columns beside a course over time, or a histogram, with one selection.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data; only the columns in question are looked at.
    x, y : column
        Numeric columns of the plane.
    over : column, optional
        A time, or a number, over which ``y`` is drawn; without it, a histogram of ``x``.
    dark : bool
        Theme.
    shaded_from : int
        Rows from which Datashader draws.

    Raises
    ------
    MissingExtra
        The extra ``explore`` is not installed.
    """
    hv = require("holoviews", extra="explore", why=WHY)
    require("datashader", extra="explore", why=WHY)
    require("holoviews.plotting.bokeh", extra="explore", why=WHY)
    hv.Store.set_current_backend("bokeh")
    # By place, not by name: a column may stand on two axes, and a name may be anything.
    columns = [x, y] if over is None else [x, y, over]
    table = pd.DataFrame({f"c{place}": _numbers(frame[name]) for place, name in enumerate(columns)})
    axes = [hv.Dimension(f"c{at}", label=str(name)[:60]) for at, name in enumerate(columns)]
    data = hv.Dataset(table, axes)
    link = hv.selection.link_selections.instance(unselected_alpha=0.15)
    shaded = len(table) >= shaded_from
    plane = _points(hv, data, axes[0], axes[1], shaded, dark)
    other = (
        _bars(hv, data, axes[0], dark)
        if over is None
        else _points(hv, data, axes[2], axes[1], shaded, dark)
    )
    return FreeExploration((link(plane), link(other)), shaded, link, data)


_SHADES = {False: ["#c6dbef", "#08306b"], True: ["#2c4a6e", "#deebf7"]}
_TOOLS = ["box_select", "lasso_select", "pan", "wheel_zoom", "reset"]


def _numbers(column: pd.Series) -> Any:
    """Return times as they are and numbers as float32, which halves what is held in memory."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        stamps = pd.to_datetime(column, utc=True).dt.tz_localize(None)
        return stamps.to_numpy(dtype="datetime64[ns]")
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers.to_numpy(dtype=np.float32, na_value=np.nan)


def _options(dark: bool) -> dict[str, Any]:
    def look(plot: Any, _element: Any) -> None:
        dress(plot.state)
        plot.state.toolbar.logo = None
        for tool in plot.state.tools:
            # HoloViews links the modes of box and lasso by CustomJS, which our policy forbids.
            tool.js_property_callbacks = {}

    return {
        "responsive": True, "height": 340, "tools": _TOOLS[:2], "default_tools": _TOOLS[2:],
        "active_tools": ["box_select"], "hooks": [look], "show_legend": False, "title": "",
    }  # fmt: skip


def _points(hv: Any, data: Any, x: Any, y: Any, shaded: bool, dark: bool) -> Any:
    points = hv.Points(data, [x, y])
    if not shaded:
        return points.opts(color=palette(dark).normal, size=4, alpha=USUAL, **_options(dark))
    from holoviews.operation.datashader import datashade

    image = datashade(points, cmap=_SHADES[dark], precompute=False)
    return image.opts(hv.opts.RGB(**_options(dark)))


def _bars(hv: Any, data: Any, x: Any, dark: bool) -> Any:
    from holoviews.operation.element import histogram

    bars = histogram(data, dimension=x.name, num_bins=BARS, dynamic=False)
    return bars.opts(hv.opts.Histogram(color=palette(dark).normal, line_alpha=0, **_options(dark)))
