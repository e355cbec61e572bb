"""Colours and shapes that mean the same in every chart, in light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["DARK", "LIGHT", "MARKERS", "USUAL", "Palette", "dress", "palette"]

#: Bokeh marker for each severity band: shape and colour say the same thing.
MARKERS = {"critical": "diamond", "high": "triangle", "medium": "circle", "low": "square"}
#: How thick points of usual rows are painted: one alone stands out 3 : 1 (WCAG 2.1, 1.4.11).
USUAL = 0.85


@dataclass(frozen=True)
class Palette:
    """Colours of one theme; the ramp is safe for colour-blind eyes (design.md, "Look")."""

    bands: dict[str, str]
    line: str
    normal: str
    ink: str
    brush: str


LIGHT = Palette(
    {"critical": "#7a0177", "high": "#e6550d", "medium": "#fec44f", "low": "#9ecae1"},
    line="#1565c0",
    normal="#6b7f94",
    ink="#1c1e21",
    brush="#1565c0",
)
DARK = Palette(
    {"critical": "#ffffe5", "high": "#fec44f", "medium": "#d95f0e", "low": "#4575b4"},
    line="#90caf9",
    normal="#6f8296",
    ink="#f1f3f4",
    brush="#90caf9",
)


def palette(dark: bool) -> Palette:
    """Return the colours of the dark or the light theme."""
    return DARK if dark else LIGHT


def dress(figure: Any) -> Any:
    """Give a Bokeh figure the house's quiet frame: no toolbar, no vertical grid, small text."""
    figure.toolbar_location = None
    figure.xgrid.visible = False
    figure.ygrid.grid_line_alpha = 0.25
    figure.outline_line_color = None
    figure.background_fill_alpha = 0
    figure.border_fill_alpha = 0
    for axis in figure.axis:
        axis.axis_line_alpha = 0.25
        axis.major_tick_line_alpha = 0.25
        axis.minor_tick_line_color = None
        axis.axis_label_text_font_size = "12px"
        axis.axis_label_text_font_style = "normal"
        axis.major_label_text_font_size = "11px"
        axis.axis_label_standoff = 6
    return figure
