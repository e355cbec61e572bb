"""Live: data told again as if they came now, watched by the parts that the page Live has."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.errors import ParameterError, WorkbenchError
from workbench.core.progress import Progress
from workbench.view.dashboards import _parts as parts
from workbench.view.dashboards._page import Page
from workbench.view.dashboards.asked import asked, data_address, offered
from workbench.view.dashboards.runner import Runner
from workbench.view.dashboards.ticker import Ticker
from workbench.view.engine import Engine
from workbench.view.notebook import watched

if TYPE_CHECKING:
    from workbench.view.watching import Watching

__all__ = ["LiveDashboard", "live_dashboard"]

FIRST, DETECTOR = "sample:pump", "ewma"
#: Seconds between two ticks: twice a second is smooth enough, and cheap.
TICK = 0.5
#: Rows that come in a second, by the words for it.
SPEEDS = {"6 rows a second": 6, "24 rows a second": 24, "96 rows a second": 96}
#: Share of the rows, and how many of them at most, that come at once: the past.
PAST, MOST_PAST = 0.3, 2_000
#: Ticks without news after which one that has ended is no more asked.
STILL = 3


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
    """What ``wb.monitor(data, detector, speed=…).explore()`` shows, with a form that begins it.

    It watches only while a page answers: closed pages cost nothing.

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
        self.live: Any = None
        self.watching: Watching | None = None
        self._still = 0
        #: Loaded, and waiting for somebody to look.
        self._waits: tuple[Any, float] | None = None
        self._make_choices(query)
        self.page.observe(lambda *_: self._opened(), "here")

    # ---- making -------------------------------------------------------------------------------

    def _make_choices(self, query: Mapping[str, str]) -> None:
        speed = next((s for s in SPEEDS.values() if str(s) == query.get("speed", "")), 24)
        known = {name: name for name in _online()}
        self.data = parts.choice("Data", offered(), query.get("data") or FIRST)
        self.detector = parts.choice("Detector", known, query.get("detector") or DETECTOR)
        self.speed = parts.choice("Speed", SPEEDS, speed)
        self.again = parts.button("Start again", self.run, primary=True)
        self.cancel = parts.button("Cancel", self.runner.cancel)
        line = parts.status(self.runner, self.cancel)
        choices = parts.form(self.data, self.detector, self.speed, self.again, self.cancel)
        self.seen = parts.card()
        self.seen.layout.display = "none"
        self.view = parts.sheet(parts.card(choices, line), self.seen, self.page)

    # ---- what a person does -------------------------------------------------------------------

    def run(self) -> None:
        """Load the data, and let them come from the beginning."""
        self._end()
        self._address()
        source = self.data.value

        def work(progress: Progress) -> tuple[Any, float]:
            data = self.engine.load(data_address(source), progress)
            return data, _seconds_of_a_row(data)

        self.runner.start(work, self._begin)

    def _begin(self, loaded: tuple[Any, float]) -> None:
        self._waits = loaded
        self._go()

    def _opened(self) -> None:
        try:
            self._go()
        except WorkbenchError as error:
            self.runner.fail(str(error))

    def _go(self) -> None:
        """Begin as soon as both are there: something to watch, and a page to see it.

        Raises
        ------
        WorkbenchError
            These data cannot be watched so.
        """
        if self._waits is None or not self.page.here:
            return
        (data, seconds), self._waits = self._waits, None
        from workbench.workflow.monitoring import monitor

        self.live = monitor(
            data, self.detector.value, speed=self.speed.value * seconds,
            history=min(MOST_PAST, round(PAST * len(data))),
        )  # fmt: skip
        self.watching, whole = watched(self.live)
        self.seen.children, self.seen.layout.display = (whole,), ""
        self.page.beat, self._still = self.page.heard, 0
        self.ticker.start()

    # ---- ticks --------------------------------------------------------------------------------

    def tick(self) -> bool:
        """Show what has come; return whether there is more to come."""
        if self.live is None or self.watching is None:
            return False
        if self.page.closed:
            self._end()
            return False
        try:
            came = self.watching.tick()
        except Exception as error:
            # What cannot be shown must not raise again at every tick.
            logging.getLogger(__name__).exception("What came could not be shown.")
            self._end()
            self.runner.fail(f"What came could not be shown: {error}. Choose another detector.")
            return False
        self.page.beat += 1
        goes_on = came > 0 or self.live.monitor.state == "running"
        self._still = 0 if goes_on else self._still + 1
        if self.live.problem and self._still:
            self.runner.fail(self.live.problem)
            return False
        return self._still < STILL

    def _end(self) -> None:
        """Watch no more; what is seen stays."""
        self.ticker.stop()
        self._waits = None
        if self.live is not None:
            self.live.stop()
            self.live = None

    def _address(self) -> None:
        self.page.query = {
            "data": self.data.value,
            "detector": self.detector.value,
            "speed": str(self.speed.value),
        }


def _online() -> list[str]:
    from workbench.detectors import DETECTORS

    return [name for name in DETECTORS.names() if DETECTORS.get(name).tags.online]


def _seconds_of_a_row(data: Any) -> float:
    """Return how many seconds of the data's own time pass with each row.

    Raises
    ------
    ParameterError
        They have no times.
    """
    from workbench.streams.columns import times_in

    if data.time is None:
        raise ParameterError(
            f"{data.name} has no times, so that nobody knows when each row came. Choose other data."
        )
    micro, there = times_in(data.frame[data.time])
    known = micro[there]
    if len(known) < 2 or known.max() == known.min():
        raise ParameterError(f"All rows of {data.name} have the same time. Choose other data.")
    return float(known.max() - known.min()) / 1e6 / len(known)
