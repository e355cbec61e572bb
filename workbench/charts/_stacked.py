"""Several charts under each other, as wide as the place they are shown in."""

from __future__ import annotations

from typing import Any

from workbench.charts._theme import Palette, dress

__all__ = ["inked", "stacked"]


def stacked(charts: list[Any]) -> Any:
    """Return a Bokeh column of charts."""
    from bokeh.layouts import column

    return column(children=charts, sizing_mode="stretch_width", spacing=16)


def inked(figure: Any, colours: Palette) -> Any:
    """Dress a chart that stands alone: its words follow the theme, for no page does it."""
    dress(figure)
    figure.title.text_color = colours.ink
    figure.title.text_font_size = "13px"
    for axis in figure.axis:
        axis.major_label_text_color = colours.ink
        axis.axis_label_text_color = colours.ink
        axis.axis_line_color = colours.ink
        axis.major_tick_line_color = colours.ink
    return figure
