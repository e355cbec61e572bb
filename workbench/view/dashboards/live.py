"""Live: a sample told again as if its rows arrived now, scored and shown as they come."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.core.errors import WorkbenchError
from workbench.core.progress import Progress
from workbench.view.components.lanes import LanesState
from workbench.view.components.scores import ScoresState
from workbench.view.components.table import TableState
from workbench.view.components.why_bars import WhyBarsState
from workbench.view.dashboards import _parts as parts
from workbench.view.dashboards._page import Page
from workbench.view.dashboards.asked import asked, data_address, offered
from workbench.view.dashboards.replay import Replay
from workbench.view.dashboards.runner import Runner
from workbench.view.dashboards.ticker import Ticker
from workbench.view.engine import Engine, detectors
from workbench.view.wording import count, html, plural, when

__all__ = ["LiveDashboard", "live_dashboard"]

FIRST, DETECTOR = "sample:pump", "seasonal_residual"
#: Seconds between two ticks: twice a second is smooth enough, and cheap.
TICK = 0.5
#: Rows that arrive in a second, by the words for it.
SPEEDS = {"6 rows a second": 6, "24 rows a second": 24, "96 rows a second": 96}
#: Rows that the moving window shows at once.
WINDOW = 1000
LISTED = ["row", "severity", "band", "start", "rows"]


def live_dashboard(query: Mapping[str, str] | None = None) -> Any:
    """Return the dashboard as one widget; ``?data=sample:pump&speed=24`` says what to replay.

    Parameters
    ----------
    query : mapping of str to str, optional
        What is asked for; by default the address of the page.
    """
    board = LiveDashboard(asked() if query is None else query)
    board.run()
    return board.view


class LiveDashboard:
    """Rows arrive at 2 Hz in batches; pause, resume, speed; a list of what was found.

    It ticks only while it plays and a page answers: closed pages cost nothing.

    Parameters
    ----------
    query : mapping of str to str
        ``data``, ``detector``, and ``speed`` in rows a second.
    engine : Engine, optional
        Where data come from; a test hands in another one.
    """

    def __init__(self, query: Mapping[str, str], engine: Any = None) -> None:
        self.engine = Engine() if engine is None else engine
        self.runner, self.page, self.ticker = Runner(), Page(), Ticker(TICK, self.tick)
        self.replay: Replay | None = None
        self.playing = False
        self.lanes, self.scores = LanesState(), ScoresState()
        self.table, self.why = TableState(), WhyBarsState()
        self._listed: list[tuple[int, int]] = []
        self._quiet = False
        self._make_choices(query)
        self._wire()

    # ---- making -------------------------------------------------------------------------------

    def _make_choices(self, query: Mapping[str, str]) -> None:
        asked_speed = query.get("speed", "")
        known = {"automatic choice" if n == "auto" else n: n for n in detectors()}
        speed = next((s for s in SPEEDS.values() if str(s) == asked_speed), 24)
        self.data = parts.choice("Data", offered(), query.get("data") or FIRST)
        self.detector = parts.choice("Detector", known, query.get("detector") or DETECTOR)
        self.speed = parts.choice("Speed", SPEEDS, speed)
        self.again = parts.button("Start again", self.run)
        self.switch = parts.button("Pause", self.turn, primary=True)
        self.cancel = parts.button("Cancel", self.runner.cancel)
        self.switch.disabled = True
        self.clock = parts.words()
        line = parts.status(self.runner, self.cancel)
        choices = parts.form(
            self.data, self.detector, self.speed, self.switch, self.again, self.cancel
        )
        self.charts = parts.card(parts.component(self.lanes), parts.component(self.scores))
        self.found = parts.columns(parts.component(self.table), parts.component(self.why))
        for place in (self.charts, self.found):
            place.layout.display = "none"
        self.view = parts.sheet(
            parts.card(choices, line, self.clock), self.charts, self.found, self.page
        )

    def _wire(self) -> None:
        self.speed.observe(lambda *_: self._address(), "value")
        self.page.observe(lambda *_: self._go(), "here")
        self.lanes.stepper = self.table.neighbour
        for state in (self.lanes, self.scores):
            state.param.watch(lambda event: self._opened(event.new.get("row")), "selected")
        self.table.param.watch(lambda event: self._opened(event.new), "selected")
        self.lanes.param.watch(lambda event: self._brushed(self.scores, event.new), "brush")
        self.scores.param.watch(lambda event: self._brushed(self.lanes, event.new), "brush")

    # ---- what a person does -------------------------------------------------------------------

    def run(self) -> None:
        """Learn on the first part, beside the page, and then let the rest arrive."""
        self.playing = False
        self.ticker.stop()
        self.switch.disabled = True
        self._address()
        source, detector = self.data.value, self.detector.value
        try:
            address = data_address(source)
        except WorkbenchError as error:
            self.runner.fail(str(error))
            return

        def work(progress: Progress) -> Replay:
            replay = Replay(self.engine.load(address, progress.part(0.0, 0.2)), detector)
            progress.step(0.2, f"learning from the first {count(replay.first)} rows")
            replay.learn(progress.part(0.2, 1.0))
            return replay

        self.runner.start(work, self._begin)

    def turn(self) -> None:
        """Pause, or go on; at the end, begin anew."""
        if self.replay is None or self.replay.over:
            self.run()
        else:
            self.playing = not self.playing
            self._tell()
            self._go()

    # ---- ticks --------------------------------------------------------------------------------

    def tick(self) -> bool:
        """Let the next rows arrive and show them; return whether there is more to come."""
        if self.replay is None or not self.playing:
            return False
        if self.page.closed:
            self._stop()
            return False
        try:
            more = self.replay.step(max(1, round(self.speed.value * TICK)))
            self._show()
        except Exception as error:
            # One batch that cannot be scored must not raise again at every tick.
            logging.getLogger(__name__).exception("A batch could not be scored.")
            self._stop()
            self.runner.fail(f"The rows could not be scored: {error}. Choose another detector.")
            return False
        self.page.beat += 1
        if not more:
            self._stop()
        return more

    def _begin(self, replay: Replay) -> None:
        self.replay, self._listed = replay, []
        self.playing, self.switch.disabled = True, False
        self.charts.layout.display = self.found.layout.display = ""
        self.lanes.names = ()
        self._show()
        self._go()

    def _go(self) -> None:
        """Begin to tick as soon as both are there: something to play, and a page to see it."""
        if self.playing and self.page.here:
            self.page.beat = self.page.heard
            self.ticker.start()

    def _stop(self) -> None:
        self.playing = False
        self._tell()

    # ---- showing ------------------------------------------------------------------------------

    def _show(self) -> None:
        replay = self.replay
        assert replay is not None
        found = replay.found
        first = not self.lanes.names
        self._quiet = True
        if first:
            self._draw(replay)
            low, high = self.lanes.extent
            start = float(self.lanes.places(found)["x"][-min(WINDOW, len(found))])
            for state in (self.lanes, self.scores):
                state.look(max(low, start), high)
        else:
            with self.lanes.kept(), self.scores.kept():
                self._draw(replay)
        self._list(found, first)
        self._quiet = False
        self._tell()

    def _draw(self, replay: Replay) -> None:
        found, places = replay.found, self.lanes.places(replay.found)
        scores, order = found.scores.to_numpy(), found.order
        threshold = float(found.threshold.value)
        self.lanes.show(
            replay.names, replay.severities[:, order], scores[order], threshold=threshold, **places
        )
        odd = plural(len(found.records), "anomaly", "anomalies")
        self.lanes.summary = f"{odd} in the {plural(len(found), 'row')} that have arrived."
        low, high = np.quantile(scores[: replay.first], [0.01, 0.99])
        self.scores.show(
            scores[order],
            threshold=threshold,
            severity=found.severity.to_numpy(dtype=np.float32)[order],
            expected=(np.full(len(scores), low), np.full(len(scores), high)),
            **places,
        )
        self.scores.band = "1 % to 99 % of the scores that were learned from"

    def _list(self, found: Any, first: bool) -> None:
        """List the anomalies that arrived, the latest first; the list stays if nothing is new."""
        replay = self.replay
        assert replay is not None
        arrived = [item for item in found.records if item.rows[-1] >= replay.first]
        known = sorted((item.start, len(item.rows)) for item in arrived)
        if known == self._listed and not first:
            return
        self._listed = known
        arrived.sort(key=lambda item: -item.start)
        lines = [
            {
                "row": item.peak,
                "severity": item.severity,
                "band": item.band,
                "start": item.start if item.start_time is None else item.start_time,
                "rows": len(item.rows),
            }
            for item in arrived
        ]
        self.table.show(pd.DataFrame(lines, columns=LISTED))
        if not lines:
            self.table.blank("Nothing odd has arrived yet.")
            self.why.show(None)

    def _tell(self) -> None:
        replay = self.replay
        if replay is None:
            return
        self.switch.description = "Start again" if replay.over else "Resume"
        if self.playing:
            self.switch.description = "Pause"
        self.again.layout.display = "none" if replay.over else ""
        data, last = replay.data, replay.at - 1
        moment = f"row {count(last)}"
        if data.time is not None:
            moment = when(data.frame[data.time].iloc[last])
        state = "playing" if self.playing else "over" if replay.over else "paused"
        odd = plural(len(self._listed), "anomaly", "anomalies")
        self.clock.value = (
            f'<p class="clock is-{state}"><b>{html(moment)}</b> <span>{state}</span>'
            f"<span>{count(replay.at)} of {count(len(data))} rows</span><span>{odd} since the "
            f"replay began, by {html(replay.found.detector, 40)}</span></p>"
        )

    # ---- selecting ----------------------------------------------------------------------------

    def _opened(self, row: int | None) -> None:
        if self._quiet or row is None or self.replay is None:
            return
        self._quiet = True
        for state in (self.lanes, self.scores):
            state.select(row)
        self.table.open(row)
        try:
            self.why.show(self.replay.found.explain(row))
        except WorkbenchError as error:
            self.why.fail(str(error))
        self._quiet = False

    def _brushed(self, other: Any, brush: list[float]) -> None:
        if not self._quiet:
            self._quiet = True
            other.brush = brush
            self._quiet = False

    def _address(self) -> None:
        self.page.query = {
            "data": self.data.value,
            "detector": self.detector.value,
            "speed": str(self.speed.value),
        }
