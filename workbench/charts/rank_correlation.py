"""Shows which detectors rank rows alike, so that a reader sees whose opinion is a second one."""

from __future__ import annotations

from typing import Any

from workbench.charts._stacked import inked
from workbench.charts._theme import palette

__all__ = ["rank_correlation"]

#: From unlike to alike; light text is needed from the second half on. Blues of ColorBrewer.
RAMP = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c")


def rank_correlation(correlation: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure: a matrix of rank correlations, with the numbers.

    Parameters
    ----------
    correlation : pandas.DataFrame
        Detector by detector, in [-1, 1].
    dark : bool
        Theme.
    """
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool
    from bokeh.plotting import figure

    colours = palette(dark)
    names = [str(name) for name in correlation.columns]
    cells = [
        (a, b, float(value))
        for a, line in zip(names, correlation.to_numpy(), strict=True)
        for b, value in zip(names, line, strict=True)
    ]
    source = ColumnDataSource(
        {
            "a": [cell[0] for cell in cells],
            "b": [cell[1] for cell in cells],
            "value": [cell[2] for cell in cells],
            "text": [f"{cell[2]:.2f}" for cell in cells],
            "colour": [shade(cell[2]) for cell in cells],
            "ink": [ink(cell[2]) for cell in cells],
        },
        name="cells",
    )
    plot = figure(
        title="rank correlation of the scores",
        x_range=FactorRange(factors=names),
        y_range=FactorRange(factors=names[::-1]),
        height=130 + 30 * len(names),
        sizing_mode="stretch_width",
        max_width=760,
        tools="",
    )
    boxes = plot.rect(
        "b", "a", 1, 1, source=source, fill_color="colour", line_color=colours.ink, line_alpha=0.2
    )
    if len(names) <= 12:  # more would not be readable
        plot.text(
            "b", "a", "text", source=source, text_align="center", text_baseline="middle",
            text_font_size="11px", text_color="ink",
        )  # fmt: skip
    tips = [("", "@a, @b"), ("rank correlation", "@value{0.000}")]
    plot.add_tools(HoverTool(renderers=[boxes], tooltips=tips))
    plot.xaxis.major_label_orientation = 0.7
    return inked(plot, colours)


def ink(value: float) -> str:
    """Return the colour of a number on its cell: at least 4.5:1 against :func:`shade`."""
    return "#ffffff" if value >= 0.75 else "#1c1e21"


def shade(value: float) -> str:
    """Return the colour of a correlation; below zero is as unlike as can be."""
    place = int(max(0.0, min(value, 1.0)) * len(RAMP))
    return RAMP[min(place, len(RAMP) - 1)]
