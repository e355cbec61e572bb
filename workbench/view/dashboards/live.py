"""Live: a sample told again as if its rows arrived now, scored and shown as they come."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from workbench.core.progress import Progress
from workbench.view.dashboards import _parts as parts
from workbench.view.dashboards._page import Page
from workbench.view.dashboards.asked import asked, data_address, offered
from workbench.view.dashboards.replay import Replay
from workbench.view.dashboards.runner import Runner
from workbench.view.dashboards.stream import Stream
from workbench.view.dashboards.ticker import Ticker
from workbench.view.engine import Engine, detectors
from workbench.view.wording import count, html, plural, when

__all__ = ["LiveDashboard", "live_dashboard"]

FIRST, DETECTOR = "sample:pump", "seasonal_residual"
#: Seconds between two ticks: twice a second is smooth enough, and cheap.
TICK = 0.5
#: Rows that arrive in a second, by the words for it.
SPEEDS = {"6 rows a second": 6, "24 rows a second": 24, "96 rows a second": 96}


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
        self.stream = Stream()
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
        self.charts = parts.card(
            *(parts.component(state) for state in (self.stream.lanes, self.stream.scores))
        )
        self.found = parts.columns(
            parts.component(self.stream.table), parts.component(self.stream.why)
        )
        for place in (self.charts, self.found):
            place.layout.display = "none"
        self.view = parts.sheet(
            parts.card(choices, line, self.clock), self.charts, self.found, self.page
        )

    def _wire(self) -> None:
        self.speed.observe(lambda *_: self._address(), "value")
        self.page.observe(lambda *_: self._go(), "here")

    # ---- what a person does -------------------------------------------------------------------

    def run(self) -> None:
        """Learn on the first part, beside the page, and then let the rest arrive."""
        self.playing = False
        self.ticker.stop()
        self.switch.disabled = True
        self._address()
        source, detector = self.data.value, self.detector.value

        def work(progress: Progress) -> Replay:
            data = self.engine.load(data_address(source), progress.part(0.0, 0.2))
            replay = Replay(data, detector)
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
            self.stream.show()
            self._tell()
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
        self.replay = replay
        self.playing, self.switch.disabled = True, False
        self.charts.layout.display = self.found.layout.display = ""
        self.stream.begin(replay)
        self._tell()
        self._go()

    def _go(self) -> None:
        """Begin to tick as soon as both are there: something to play, and a page to see it."""
        if self.playing and self.page.here:
            self.page.beat = self.page.heard
            self.ticker.start()

    def _stop(self) -> None:
        self.playing = False
        self._tell()

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
        odd = plural(len(self.stream.arrived), "anomaly", "anomalies")
        self.clock.value = (
            f'<p class="clock is-{state}"><b>{html(moment)}</b> <span>{state}</span>'
            f"<span>{count(replay.at)} of {count(len(data))} rows</span><span>{odd} since the "
            f"replay began, by {html(replay.found.detector, 40)}</span></p>"
        )

    def _address(self) -> None:
        self.page.query = {
            "data": self.data.value,
            "detector": self.detector.value,
            "speed": str(self.speed.value),
        }
