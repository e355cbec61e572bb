"""Live: what a monitor sees, as it comes; incidents beside it, and what to do about them."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import logging
import time
from typing import Any

import panel as pn

from workbench.core.errors import WorkbenchError
from workbench.core.stream import Monitor
from workbench.registry import channels, streams
from workbench.registry import incidents as cases
from workbench.registry import monitors as kept
from workbench.streams.hub import Hub
from workbench.team.access import may
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.components.views import panel
from workbench.view.machine import Machine
from workbench.view.pages._live_forms import LiveForms
from workbench.view.pages._manage import ManagePage, button, query_of_page, select
from workbench.view.pages._shell import WIDE
from workbench.view.watching import Pace, Watching
from workbench.view.wording import count, html, when

__all__ = ["Live", "live_page"]

log = logging.getLogger(__name__)
#: Seconds between two checks that whoever looks still may.
CHECK = 5.0

#: One for all pages of this process.
MACHINE = Machine(channels.count_waiting)


class Live(ManagePage):
    """The page: monitors to choose from, or one as it goes on."""

    url, title, need = "live", "Live", "monitors:read"
    about = "What monitors see, as it comes."

    def parts(self) -> list[Any]:
        """Return the parts of the page, from top to bottom."""
        self.watching: Watching | None = None
        self._pace, self._checked = Pace(), time.monotonic()
        self._tick: Any = None
        self.monitor = self.query.get("monitor", "")
        if not self.monitor:
            return self._choose_one()
        found = self.do(lambda: kept.find_monitor(self.engine.who, self.monitor))
        if found is None:
            return self._choose_one()
        return self._watch(found)

    def _choose_one(self) -> list[Any]:
        """Return the list of monitors, with what makes new ones."""
        listed = self._monitors()
        forms = LiveForms(self, lambda: self.do(listed.refresh))
        return [self.list(listed, "Monitors"), *forms.parts()]

    def _monitors(self) -> RecordsState:
        def fetch(asked: Asked) -> Part:
            page = kept.list_monitors(
                self.engine.who, search=asked.search, sort=asked.sort or "-created", limit=20,
                after=asked.after,
            )  # fmt: skip
            lines = [
                Line(one.id, [one.name, one.state, one.detector, count(one.points),
                              count(one.anomalies), when(one.latest) if one.latest else "never"],
                     f"live?monitor={one.id}")
                for one in page.items
            ]  # fmt: skip
            return Part(lines, page.next, page.total)

        names = ("State", "Detector", "Records", "Anomalies", "Newest data")
        columns = [{"name": "Name", "key": "name"}, *({"name": one, "key": ""} for one in names)]
        return RecordsState(fetch, nouns=["monitor", "monitors"], columns=columns, sort="-created")

    # ---- one monitor ----------------------------------------------------------------------------

    def _watch(self, monitor: Monitor) -> list[Any]:
        names = self.engine.names()
        self.watching = watching = Watching(
            kept.hub_of(self.engine.who, monitor.id), lambda: self._incidents(monitor.id), names,
            dark=self.query.get("theme") == "dark", system=MACHINE.line,
        )  # fmt: skip
        writes = may(self.engine.who, "incidents:write", f"monitor:{monitor.id}", monitor.owner)
        watching.cards.writable = writes
        watching.cards.on_act = self._act
        narrow: Any = {"max_width": 260, "styles": {"flex": "1 1 130px"}}
        self.feature = select("Show", {"the oddest feature": ""}, **narrow)
        self.of = select("Of", [], visible=False, **narrow)
        self.feature.param.watch(lambda event: watching.param.update(feature=event.new), "value")
        self.of.param.watch(self._choose, "value")
        watching.param.watch(self._offer, ["features", "entities", "entity"])
        assert watching.chart is not None
        pane = pn.pane.Bokeh(watching.chart.figure, sizing_mode="stretch_width", margin=0)
        self.values = self.card(
            self.line(self.feature, self.of), pane, panel(watching.figures, **WIDE),
            heading="Values",
        )  # fmt: skip
        self.invited = self.words(self._invitation(monitor))
        where = f"{monitor.name}, {monitor.detector}"
        its = self.way("incidents", monitor=monitor.id, state="all")
        ways = self.words(
            f'<p><a href="{self.way("live")}">All monitors</a> · '
            f'<a href="{its}">All of its incidents</a></p>'
        )
        self.going = button("Stop watching", self._stop_or_go)
        self.going.visible = may(
            self.engine.who, "monitors:write", f"monitor:{monitor.id}", monitor.owner
        )
        self._offer_going(monitor.state)
        self._offering = False
        hub = watching.feed
        if hub.monitor is None and isinstance(hub, Hub):
            hub.look()  # the first who looks waits for it: the page comes with something on it
        watching.tick()
        pn.state.onload(self._begin)
        self._offer()
        return [
            self.card(
                panel(watching.flow, **WIDE), self.invited, self.line(ways, self.going),
                heading=where,
            ),
            self.values,
            self.card(panel(watching.cards, **WIDE), heading="Incidents"),
        ]  # fmt: skip

    def _invitation(self, monitor: Monitor) -> str:
        """Return where records go, for a stream that is sent them."""
        stream = self.quietly(lambda: streams.find_stream(self.engine.who, monitor.stream))
        if stream is None or stream.source != "push":
            return ""
        address = f"{self.base}/api/v1/streams/{stream.id}/records"
        return f"<p>Send records to this address:</p><pre>POST {html(address)}</pre>"

    def _offer_going(self, state: str) -> None:
        """Offer what can be done with the monitor as it stands."""
        words = "Stop watching" if state == "running" else "Watch again"
        if self.going.label != words:
            self.going.label = words

    def _stop_or_go(self) -> None:
        who, by = self.engine.who, self.engine.by

        def change() -> Monitor:
            runs = kept.find_monitor(who, self.monitor).state == "running"
            state = "paused" if runs else "running"
            return kept.change_monitor(who, self.monitor, state=state, by=by)

        changed = self.do(change)
        if changed is not None:
            self._offer_going(changed.state)
            goes = "watches again, from where it stopped"
            stays = "does not watch now. What comes meanwhile is kept and looked at later"
            self.say(f"'{changed.name}' {goes if changed.state == 'running' else stays}.")

    def _choose(self, event: Any) -> None:
        if event.new and self.watching is not None and not self._offering:
            self.watching.entity = event.new

    def _begin(self) -> None:
        self._tick = pn.state.add_periodic_callback(self._turn, round(1e3 * self._pace.seconds))
        self._due = time.monotonic()
        self._turn()

    def _turn(self) -> None:
        """Take what is new; what goes wrong here would go wrong at every tick."""
        began = time.monotonic()
        late = max(0.0, began - self._due - self._pace.seconds)
        try:
            if began - self._checked > CHECK:
                self._checked = began
                self._offer_going(kept.find_monitor(self.engine.who, self.monitor).state)
            assert self.watching is not None
            self.watching.tick()
        except WorkbenchError as error:
            self.say(str(error), wrong=True)
            if self._tick is not None:
                self._tick.stop()
            return
        except Exception:
            log.exception("the live page could not be told what is new")
        self._pace.took(time.monotonic() - began + late / 10.0)
        period = round(1e3 * self._pace.seconds)
        if self._tick is not None and self._tick.period != period:
            self._tick.period = period
        self._due = time.monotonic()

    def _offer(self, *_: Any) -> None:
        watching = self.watching
        assert watching is not None
        # An empty chart says nothing: it comes with the first records.
        self.values.visible = bool(watching.features)
        self.invited.visible = not watching.features and bool(self.invited.object)
        options = {"the oddest feature": "", **{name: name for name in watching.features}}
        if options != self.feature.options:
            self.feature.options = options
        several = len(watching.entities) > 1
        self._offering = True  # a list of choices chooses its first by itself
        try:
            self.of.param.update(visible=several, options=list(watching.entities))
            if several and watching.entity:
                self.of.value = watching.entity
        finally:
            self._offering = False

    def _incidents(self, monitor: str) -> tuple[list[Any], int]:
        page = cases.list_incidents(self.engine.who, monitor=monitor, limit=12, sort="-opened")
        return list(page.items), page.total

    def _act(self, action: str, incident: str) -> None:
        who, by = self.engine.who, self.engine.by
        does = {
            "acknowledge": lambda: cases.acknowledge_incident(who, incident, by=by),
            "resolve": lambda: cases.resolve_incident(who, incident, by=by),
            "reopen": lambda: cases.reopen_incident(who, incident, by=by),
        }[action]
        self.do(does)
        if self.watching is not None:
            self.watching.look_again()

    def _dress(self, *given: Any) -> None:
        super()._dress(*given)
        if self.watching is not None and self.watching.chart is not None:
            self.watching.chart.dress(bool(self.page.dark_theme))


def live_page(engine: Any) -> Any:
    """Return the page for whoever looks."""
    return Live(engine, query_of_page()).page
