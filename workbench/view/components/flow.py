"""Live severity that flows: one lane an entity, and a strip that says how things stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.core.points import Points
from workbench.streams.hub import cells_of
from workbench.view.components import _examples
from workbench.view.components._pack import parcel
from workbench.view.components._state import BadWish, ComponentState, Wish
from workbench.view.wording import number, plural, text

__all__ = ["FEW", "SPANS", "FlowState", "fitting_span"]

#: Spans of time that the lanes can show, in seconds, with their words.
SPANS = {
    "1 min": 60, "10 min": 600, "1 h": 3_600, "6 h": 21_600, "1 d": 86_400, "7 d": 604_800,
    "90 d": 7_776_000,
}  # fmt: skip
#: Points of one lane that a span shows at least, where it is chosen by the data.
FEW = 100
#: Lanes, and stretches of time across the picture.
MOST_LANES, CELLS = 12, 400
REST = "all others"


def fitting_span(points: Points) -> float:
    """Return the shortest span in which a lane of such points has something to show.

    A pump that speaks every ten minutes has one point in ten minutes, and a picture of it is empty.
    """
    lanes = max(1, len(np.unique(points.entity.astype(str))))
    steps = np.diff(points.time.astype("datetime64[us]").astype(np.int64)[::lanes])
    steps = steps[steps > 0]
    wanted = FEW * float(np.median(steps)) / 1e6 if len(steps) else 600.0
    return float(next((span for span in SPANS.values() if span >= wanted), max(SPANS.values())))


class FlowState(ComponentState):
    """What the browser lets flow: it is told twice a second, and moves sixty times.

    The browser holds what it was told: pausing and going back lose nothing.

    Examples
    --------
    >>> state = FlowState()
    >>> state.asked = {"what": "span", "seconds": 3600, "seq": 1}
    >>> state.span
    3600.0
    """

    WIRE = ("news", "lanes", "span", "spans", "status", "chosen")

    news = param.Bytes(default=b"", doc="Cells that are new, or all of them (header: whole).")
    lanes = param.List(default=[], doc="Names of the lanes.")
    span = param.Number(default=600.0, doc="Seconds that the lanes show.")
    spans = param.List(default=[], doc="Spans to choose from: name and seconds.")
    status = param.Dict(default={}, doc="How things stand: words and moments.")
    held = param.Boolean(default=False, doc="Whether a person lets the picture stand still.")
    window = param.List(default=[], doc="Milliseconds that are seen while it stands still.")
    chosen = param.Dict(default={}, doc="Lane and moment (milliseconds) that a person looks at.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.spans = [{"name": name, "seconds": seconds} for name, seconds in SPANS.items()]
        self._places: dict[str, int] = {}
        self._told = 0
        self._latest = float("nan")
        self._odd = 0
        #: Whether a person chose the span: then it is theirs.
        self.picked = False

    @classmethod
    def example(cls, case: str) -> FlowState:
        """Return a state for the gallery."""
        state = cls()
        if _examples.phase(state, case, "No record has come yet. Send some, or start a source."):
            return state
        state.span = 3_600.0
        state.add(_examples.points(case), whole=True)
        state.status = {
            "state": "running", "rate": 12.0, "latest": state.latest, "lag": 0.4,
            "detector": "ewma", "promise": "At most 5 % of these alarms are expected to be false.",
            "beat": 1, "records": 14_400, "anomalies": 3, "problem": "",
        }  # fmt: skip
        return state

    @property
    def width(self) -> float:
        """Milliseconds of one cell."""
        return 1e3 * self.span / CELLS

    @property
    def latest(self) -> float:
        """Time of the newest point in milliseconds; NaN before there is one."""
        return self._latest

    def add(self, points: Points, *, whole: bool = False) -> None:
        """Take points that are new.

        Parameters
        ----------
        points : Points
        whole : bool
            Whether they take the place of all that was told before.
        """
        if whole:
            self._places, self._odd = {}, 0
        if not len(points):
            return
        cells = cells_of(points, self.width, self._places, MOST_LANES)
        self._latest = float(points.time[-1].astype("datetime64[us]").astype(np.int64)) / 1e3
        self._odd += int(points.anomalous.sum())
        self._told += 1
        header = {"whole": whole, "number": self._told, "width": self.width, "latest": self._latest}
        names = self._names()
        changes: dict[str, Any] = {"phase": {}, "summary": self._summary(names)}
        if names != self.lanes:
            changes["lanes"] = names
        self.param.update(news=parcel(header, **cells), **changes)

    def _names(self) -> list[str]:
        names = [""] * min(MOST_LANES, len(set(self._places.values())))
        for name, place in self._places.items():
            names[place] = text(name or "severity", 40)
        if len(self._places) > MOST_LANES:
            names[-1] = REST
        return names

    def _summary(self, names: list[str]) -> str:
        told = f"Live severity of {plural(len(names), 'lane')}"
        return f"{told}; {number(self._odd)} anomalous points since the page was opened."

    def _on_span(self, wish: Wish) -> None:
        seconds = wish.number("seconds")
        if seconds not in SPANS.values():
            raise BadWish("seconds")
        self.picked = True
        self.span = float(seconds)

    def _on_hold(self, wish: Wish) -> None:
        self.held = bool(wish.whole("on"))

    def _on_window(self, wish: Wish) -> None:
        self.window = wish.span("range")

    def _on_choose(self, wish: Wish) -> None:
        lane = wish.whole("lane")
        if not 0 <= lane < len(self.lanes):
            raise BadWish("lane")
        entity = next((name for name, place in self._places.items() if place == lane), "")
        self.chosen = {"lane": self.lanes[lane], "entity": entity, "at": wish.number("at")}
