"""Shows a score or a column along time against what is usual: band, trend, habit, threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.charts._thinning import Buckets
from workbench.charts.expected_band import expected_band
from workbench.charts.seasonal_profile import seasonal_profile, without_season
from workbench.charts.trend import trend
from workbench.view.components import _examples
from workbench.view.components._along import AlongState
from workbench.view.components._state import BadWish, Wish
from workbench.view.wording import number, plural, text, when

__all__ = ["ScoresState"]

OVERLAYS = ("band", "trend", "season")
SCORE = "score"
MOST_CHOICES = 60


class ScoresState(AlongState):
    """A line along time with what is expected of it; zoom, brush, threshold as in the lanes.

    Examples
    --------
    >>> import numpy as np
    >>> state = ScoresState()
    >>> state.show(np.r_[np.zeros(99), 9.0], threshold=5.0)
    >>> state.preview_of(1.0)["count"]
    1
    """

    WIRE = (*AlongState.WIRE, "shown", "choices", "overlays", "band", "trend", "season")

    shown = param.String(default=SCORE, doc="What the line is: the score, or a column.")
    choices = param.List(default=[], doc="What the line can be.")
    overlays = param.Dict(
        default={"band": True, "trend": False, "season": False}, doc="Which parts are laid over."
    )
    band = param.String(default="", doc="The rule of the expected band, in words.")
    trend = param.Dict(default={}, doc="Straight pieces: x, y, breaks, words; or empty.")
    season = param.Dict(default={}, doc="Usual cycle: phases, middle, low, high, words; or empty.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._found: Any = None
        self._severity = np.empty(0, dtype=np.float32)
        self._low = self._high = np.empty(0)

    @classmethod
    def example(cls, case: str) -> ScoresState:
        """Return a state for the gallery."""
        state = cls()
        if not _examples.phase(state, case, "There are no scores yet. Run a detector."):
            found = _examples.detection(case)
            state.show_detection(found, column="temperature" if case == "many" else SCORE)
            if case == "many":
                state.overlays = {"band": True, "trend": True, "season": True}
            state.select(found.records[0].peak)
        return state

    def show_detection(self, found: Any, column: str = SCORE) -> None:
        """Show the scores of a detection, or one of its numeric columns.

        Parameters
        ----------
        found : Detection
            What was detected.
        column : str
            "score", or a numeric column of the data.
        """
        self._found = found
        frame = found.dataset.frame
        numeric = [n for n in found.dataset.features if frame[n].dtype.kind in "iuf"]
        self._columns = {text(name, 60): name for name in numeric[:MOST_CHOICES]}
        self.choices = [SCORE, *(name for name in self._columns if name != SCORE)]
        self._line(column if column in self.choices else SCORE)

    def _line(self, column: str) -> None:
        found, order = self._found, self._found.order
        self.shown = column
        if column == SCORE:
            values, threshold = found.scores.to_numpy()[order], float(found.threshold.value)
        else:
            numbers = found.dataset.frame[self._columns[column]]
            values = numbers.to_numpy(dtype=float, na_value=np.nan)[order]
            threshold = None
        severity = found.severity.to_numpy(dtype=np.float32)[order]
        self.show(values, threshold=threshold, severity=severity, **self.places(found))
        odd = plural(len(found.records), "anomaly", "anomalies")
        self.summary = f"{column} of {text(found.dataset.name)}: {odd}. {self.summary}"

    def show(
        self,
        values: np.ndarray,
        *,
        threshold: float | None = None,
        x: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        records: tuple[Any, ...] = (),
        timed: bool = False,
        severity: np.ndarray | None = None,
        expected: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        """Take a new line; the window opens to the whole axis.

        Parameters
        ----------
        values : array, shape (n,)
            The line.
        threshold : float, optional
            Value above which a point counts; None shows none.
        x, rows, records, timed
            As for :meth:`LanesState.show`.
        severity : array, shape (n,), optional
            0-100, for the strip above the line.
        expected : two arrays of shape (n,), optional
            Lower and upper border of what is usual; found from the line itself by default.
        """
        along = self._take(values, x, rows, records, timed)
        some = np.zeros(len(along), dtype=np.float32) if severity is None else severity
        self._severity = np.ascontiguousarray(some[along], dtype=np.float32)
        words = "as given"
        if expected is None:
            usual = self._severity < 3 if severity is not None else None
            low, high, words = expected_band(self._x, self._scores, timed=timed, usual=usual)
        else:
            low, high = (np.asarray(side, dtype=float)[along] for side in expected)
        self._low, self._high = low, high
        self.param.update(band=words, trend={}, season={})
        self._lay_over()
        self._open(threshold)
        inside = (self._scores >= low) & (self._scores <= high)
        outside = plural(int((np.isfinite(self._scores) & ~inside).sum()), "point")
        self.summary = f"{plural(len(along), 'point')}, {outside} outside of the expected band."

    # ---- what is laid over --------------------------------------------------------------------

    @param.depends("overlays", watch=True)
    def _lay_over(self) -> None:
        """Compute what is shown, once for each line."""
        if self.overlays.get("trend") and not self.trend:
            self.trend = self._trend()
        if self.overlays.get("season") and not self.season:
            self.season = self._season()

    def _trend(self) -> dict[str, Any]:
        # The habit of the day is no change of course: it is taken out first.
        found = trend(self._x, without_season(self._x, self._scores, timed=self._timed))
        if not found.x.size:
            return {"x": [], "y": [], "breaks": [], "words": "no trend: too few points"}
        places = [when_or_row(place, self._timed) for place in found.breaks]
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        told = f"course changes at {', '.join(places[:3])}{more}"
        words = told if places else "one straight course"
        return {
            "x": found.x.tolist(), "y": found.y.tolist(), "breaks": found.breaks.tolist(),
            "words": words,
        }  # fmt: skip

    def _season(self) -> dict[str, Any]:
        profile = seasonal_profile(self._x, self._scores) if self._timed else None
        if profile is None:
            return {"words": "no cycle: it takes times that cover a day, week or year three times"}
        sides = {"middle": profile.middle, "low": profile.low, "high": profile.high}
        lists = {n: [None if np.isnan(v) else float(v) for v in side] for n, side in sides.items()}
        part = f"the {profile.cycle} explains {100 * profile.explained:.0f} % of the usual distance"
        return {**lists, "cycle": profile.cycle, "phase": profile.words, "words": part}

    def _on_overlay(self, wish: Wish) -> None:
        name = wish.words("name", 20)
        if name not in OVERLAYS:
            raise BadWish("name")
        self.overlays = {**self.overlays, name: bool(wish.whole("on"))}

    def _on_show(self, wish: Wish) -> None:
        name = wish.words("name", 100)
        if self._found is not None and name in self.choices:
            with self.kept():
                self._line(name)

    def _layers(self, cells: Buckets, peaks: np.ndarray) -> dict[str, np.ndarray]:
        full = len(cells) > 0
        none = self._scores[:0]
        return {
            "high": cells.highest(self._scores) if full else none,
            "low": cells.lowest(self._scores) if full else none,
            "severity": cells.highest(self._severity) if full else none,
            "usualLow": self._low[peaks],
            "usualHigh": self._high[peaks],
        }


def when_or_row(place: float, timed: bool) -> str:
    """Return a place on the axis in words."""
    import pandas as pd

    return (
        when(pd.Timestamp(int(place), unit="ms").floor("min")) if timed else f"row {number(place)}"
    )
