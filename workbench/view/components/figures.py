"""The figures behind a chart of Bokeh's: in words at once, and as a table when one asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import param

from workbench.view.components import _examples
from workbench.view.components._state import ComponentState, Wish
from workbench.view.wording import count, number, plural, text, when

__all__ = ["FiguresState"]

#: Lines at most: many points are drawn together (_figures.js says the same number).
MOST_LINES = 100
MOST_COLUMNS = 12
Columns = Mapping[str, Sequence[float] | np.ndarray]


class FiguresState(ComponentState):
    """Says what a chart shows; lists its figures while somebody has the table open.

    Examples
    --------
    >>> state = FiguresState(called="flow")
    >>> state.along({"flow": [3.0, 5.0]}, [0, 1], timed=False)
    >>> state.summary
    'flow from 3 to 5 in 2 rows.'
    >>> state.asked = {"what": "open", "on": 1}
    >>> state.lines
    [['0', '3'], ['1', '5']]
    """

    WIRE = ("called", "about", "columns", "lines")

    called = param.String(default="chart", doc="What the chart is called.")
    about = param.String(default="", doc="Heading of the table.")
    columns = param.List(default=[], doc="Names of its columns.")
    lines = param.List(default=[], doc="Its lines, in words; none while it is closed.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._open = False
        self._read: Callable[[], list[list[str]]] = list

    @classmethod
    def example(cls, case: str) -> FiguresState:
        """Return a state for the gallery."""
        state = cls(called="flow")
        if _examples.phase(state, case, "No chart yet. Choose data first."):
            return state
        points = _examples.points(case)
        x = points.time.astype("datetime64[ms]").astype(np.float64)
        state.along({name: points.values[:, i] for i, name in enumerate(points.features)}, x)
        return state

    # ---- what a chart shows -------------------------------------------------------------------

    def along(
        self, columns: Columns, x: Sequence[float] | np.ndarray, *, timed: bool = True,
        marks: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Tell of lines along time (or rows): each stretch with its extremes.

        Parameters
        ----------
        columns : mapping of str to sequence of float
            Lines by name, the most important first.
        x : sequence of float
            Their places, in order; milliseconds since 1970 where ``timed``.
        timed : bool
        marks : sequence of str
            Anomalies that are marked, in words.
        """
        places = np.asarray(x, dtype=float)
        kept = {
            text(name, 40): np.asarray(values, dtype=float)
            for name, values in list(columns.items())[:MOST_COLUMNS]
        }
        names = list(kept)
        odd = f" {plural(len(marks), 'anomaly', 'anomalies')} marked." if marks else ""
        worst = f" {marks[0]}." if marks else ""
        told = "Nothing is drawn yet."
        if names and len(places):
            told = f"{_span(kept[names[0]], names[0])} in {plural(len(places), 'row')}."
        size = max(1, -(-len(places) // MOST_LINES))
        ends = [f"{name}, {end}" for name in names for end in ("lowest", "highest")]

        def read() -> list[list[str]]:
            lines = []
            for at in range(0, len(places), size):
                here = slice(at, at + size)
                cells = (_ends(values[here], size) for values in kept.values())
                lines.append(
                    [_stretch(places[here], timed), *(word for pair in cells for word in pair)]
                )
            return lines

        first = "time" if timed else "row"
        self._tell(f"{told}{odd}{worst}", [first, *(names if size == 1 else ends)], read)

    def follow(self, chart: Any) -> None:
        """Tell of what a :class:`~workbench.charts.live.LiveChart` shows now."""
        places, lines = chart.seen()
        self.along(lines, places, marks=chart.odd())

    def plane(self, labels: tuple[str, str], rows: int, marks: Sequence[Sequence[Any]]) -> None:
        """Tell of rows in a plane: the marked ones each, with row, place, severity and band.

        Parameters
        ----------
        labels : tuple of str
            What lies across and upright.
        rows : int
            How many there are in all.
        marks : sequence of sequences
            (row, x, y, severity, band), the most severe first.
        """
        across, upright = (text(label, 40) for label in labels)
        told = f"{plural(rows, 'row')} by {across} and {upright}, {count(len(marks))} of them odd."
        if marks:
            told += f" Row {marks[0][0]} is the oddest: {across} {number(marks[0][1])}"
            told += f", {upright} {number(marks[0][2])}."

        def read() -> list[list[str]]:
            return [
                [f"row {row}", number(x), number(y), number(severity), str(band)]
                for row, x, y, severity, band in marks[:MOST_LINES]
            ]

        self._tell(told, ["row", across, upright, "severity", "band"], read)

    def _tell(self, told: str, columns: list[str], read: Callable[[], list[list[str]]]) -> None:
        self._read = read
        lines = read() if self._open else []
        self.param.update(summary=told, about=told, columns=columns, lines=lines, phase={})

    # ---- wishes -------------------------------------------------------------------------------

    def _on_open(self, wish: Wish) -> None:
        self._open = bool(wish.whole("on"))
        self.lines = self._read() if self._open else []


def _span(values: np.ndarray, name: str) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return f"{name} is empty"
    return f"{name} from {number(float(known.min()))} to {number(float(known.max()))}"


def _ends(values: np.ndarray, size: int) -> list[str]:
    known = values[np.isfinite(values)]
    if not len(known):
        return ["–"] * (1 if size == 1 else 2)
    if size == 1:
        return [number(float(known[0]))]
    return [number(float(known.min())), number(float(known.max()))]


def _stretch(places: np.ndarray, timed: bool) -> str:
    ends = [_moment(float(places[0]), timed), _moment(float(places[-1]), timed)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _moment(place: float, timed: bool) -> str:
    return when(np.datetime64(round(place), "ms")) if timed else count(round(place))
