"""Shows rows as points in a plane, so that a reader sees how far the odd ones lie from the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.charts._theme import MARKERS, USUAL, dress, palette
from workbench.core.anomaly import band

__all__ = ["overview_plane", "plane_columns", "scaled_features", "scatter", "scatter_data"]

MOST_MARKS = 1000


def _numbers(values: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def overview_plane(frame: pd.DataFrame, features: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the two directions in which the numeric features spread most (PCA).

    Features are centred on their median, scaled by their interquartile range and cut at ten
    of these, so that one wild value does not flatten the picture. Missing values sit at the
    median.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    features : tuple of str
        Columns to look at; those that are not numeric are left out.

    Returns
    -------
    tuple of two arrays, shape (n,)
        First and second component.
    """
    table = scaled_features(frame, features)
    if table.shape[1] == 0:
        return np.zeros(len(frame)), np.zeros(len(frame))
    table = table - table.mean(axis=0)
    _, directions = np.linalg.eigh(np.atleast_2d(np.cov(table, rowvar=False)))
    plane = table @ directions[:, ::-1][:, :2]
    return plane[:, 0], plane[:, 1] if plane.shape[1] > 1 else np.zeros(len(frame))


def plane_columns(found: Any) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table and its columns that place rows in an overview: of texts, their numbers.

    Parameters
    ----------
    found : DetectionRecord
        What was detected.
    """
    data = found.dataset
    if data.kind != "text":
        return data.frame, data.features
    numbers = pd.DataFrame(found.matrix.values)
    numbers.columns = [f"{number}" for number in numbers.columns]
    return numbers, tuple(numbers.columns)


def scaled_features(frame: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray:
    """Return the numeric features on one scale, in units of the interquartile range.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    features : tuple of str
        Columns to look at; those that are not numeric are left out.
    """
    columns = []
    for name in features:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            continue
        values = _numbers(frame[name])
        middle = np.nanmedian(values) if np.isfinite(values).any() else 0.0
        low, high = np.nanpercentile(values, [25, 75]) if np.isfinite(values).any() else (0, 0)
        reach = (high - low) or np.nanstd(values) or 1.0
        columns.append(np.nan_to_num(np.clip((values - middle) / reach, -10, 10)))
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def scatter_data(
    found: Any, x: np.ndarray, y: np.ndarray, *, limit: int = 4000, dark: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the usual rows (thinned, extremes kept) and the worst anomalies as points.

    Parameters
    ----------
    found : DetectionRecord
        What was detected.
    x, y : array of float, shape (n,)
        Place of each row; rows without a place are left out.
    limit : int
        Largest number of usual rows.
    dark : bool
        Theme.
    """
    colours = palette(dark)
    flags = found.is_anomaly.to_numpy()
    placed = np.isfinite(x) & np.isfinite(y)
    usual = np.flatnonzero(~flags & placed)
    if usual.size > limit:
        ends = [usual[pick(side[usual])] for side in (x, y) for pick in (np.argmin, np.argmax)]
        some = np.random.default_rng(0).choice(usual, limit - len(ends), replace=False)
        usual = np.union1d(some, ends)
    odd = np.flatnonzero(flags & placed)
    severity = found.severity.to_numpy()
    odd = odd[np.argsort(-severity[odd], kind="stable")][:MOST_MARKS][::-1]
    words = [band(float(item)) for item in severity[odd]]
    marks = {
        "x": x[odd],
        "y": y[odd],
        "row": odd,
        "severity": np.round(severity[odd]),
        "band": words,
        "colour": [colours.bands.get(word, colours.normal) for word in words],
        "marker": [MARKERS.get(word, "circle") for word in words],
    }
    return {"x": x[usual], "y": y[usual], "row": usual}, marks


def scatter(
    usual: dict[str, Any], marks: dict[str, Any], labels: tuple[str, str], *, dark: bool = False
) -> Any:
    """Return a Bokeh figure of rows in a plane; anomalies by shape and colour on top.

    Sources are named "usual" and "marks"; "chosen" holds the selected row.

    Parameters
    ----------
    usual, marks : dict
        From :func:`scatter_data`.
    labels : tuple of str
        What the axes are called; shown as plain text.
    dark : bool
        Theme.
    """
    from bokeh.models import ColumnDataSource, HoverTool, PlainText
    from bokeh.plotting import figure

    colours = palette(dark)
    plot = figure(
        height=300,
        sizing_mode="stretch_width",
        tools="pan,box_select,tap,wheel_zoom",
        active_drag="box_select",
        active_scroll=None,
    )
    plain = ColumnDataSource(usual, name="usual")
    odd = ColumnDataSource(marks, name="marks")
    chosen = ColumnDataSource({"x": [], "y": []}, name="chosen")
    plot.scatter("x", "y", source=plain, size=5, color=colours.normal, alpha=USUAL, name="rows")
    points = plot.scatter(
        "x",
        "y",
        source=odd,
        marker="marker",
        size=11,
        fill_color="colour",
        line_color=colours.ink,
        name="points",
    )
    plot.scatter(
        "x", "y", source=chosen, size=20, fill_color=None, line_color=colours.ink, line_width=2
    )
    tips = [("row", "@row"), ("severity", "@severity{0} @band")]
    plot.add_tools(HoverTool(renderers=[points], tooltips=tips))
    plot.xaxis.axis_label = PlainText(text=labels[0])
    plot.yaxis.axis_label = PlainText(text=labels[1])
    plot.toolbar.logo = None
    return dress(plot)
