"""Shows how a search went: each trial's value, and the best so far."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from workbench.charts._stacked import inked
from workbench.charts._theme import palette

__all__ = ["tuning_history"]


def tuning_history(tuned: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure: the value of each finished trial, and the best so far as a line.

    Pruned trials are crosses at the foot: what they were worth on the first parts says nothing
    beside the others. Failed ones are not shown.

    Parameters
    ----------
    tuned : Tuning
        From ``wb.tune``.
    dark : bool
        Theme.
    """
    from bokeh.models import ColumnDataSource, HoverTool
    from bokeh.models.annotations import Legend
    from bokeh.plotting import figure

    colours = palette(dark)
    plot = figure(height=300, sizing_mode="stretch_width", tools="")
    plot.add_layout(
        Legend(
            orientation="horizontal", background_fill_alpha=0.0, border_line_alpha=0.0,
            label_text_color=colours.ink,
        ),
        "above",
    )  # fmt: skip
    done = [one for one in tuned.trials if one.state == "done" and one.value is not None]
    values = [float(one.value) for one in done]
    foot = [min(values, default=0.0)]
    plot.step(
        [one.number for one in done], list(accumulate(values, max)), mode="after",
        color=colours.line, line_width=2, legend_label="best so far",
    )  # fmt: skip
    tips = [("trial", "@trial"), ("", "@what"), (tuned.measure, "@told")]
    pruned = [one for one in tuned.trials if one.state == "pruned"]
    for state, some, heights, shape in (
        ("done", done, values, "circle"),
        ("pruned", pruned, foot * len(pruned), "x"),
    ):
        source = ColumnDataSource(
            {
                "trial": [one.number for one in some],
                "value": heights,
                "what": [_what(one) for one in some],
                "told": [f"{one.value:.3f}" if state == "done" else state for one in some],
            },
            name=state,
        )
        marks = plot.scatter(
            "trial", "value", source=source, marker=shape, size=8, color=colours.ink, alpha=0.7,
            legend_label=state,
        )  # fmt: skip
        plot.add_tools(HoverTool(renderers=[marks], tooltips=tips))
    plot.xaxis.axis_label, plot.yaxis.axis_label = "trial", tuned.measure
    return inked(plot, colours)


def _what(trial: Any) -> str:
    given = ", ".join(f"{name}={value}" for name, value in trial.params.items())
    return f"{trial.detector}({given})"
