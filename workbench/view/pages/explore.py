"""Explore: from data to ranked, explained anomalies on one page.

Permission: ``explore:read`` to look, ``explore:write`` to upload (the gate decides; the local
server serves one person on a loopback address).
"""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn

from workbench.view.components.graph import GraphState
from workbench.view.components.histogram import HistogramState
from workbench.view.components.histogram_panel import HistogramPanel
from workbench.view.components.lanes import LanesState
from workbench.view.components.lanes_panel import LanesPanel
from workbench.view.components.table import TableState
from workbench.view.components.table_panel import TablePanel
from workbench.view.components.views import panel
from workbench.view.engine import Engine
from workbench.view.pages._charts import ChartCard
from workbench.view.pages._form import Form
from workbench.view.pages._live import WIDE, LivePage, Say, card, link, open_page, words
from workbench.view.pages._style import CARD, MAIN, ORDER
from workbench.view.pages._trust import TrustCard
from workbench.view.pages._words import headline, overview, skeleton, standing, why
from workbench.view.session import ROLES, Session

__all__ = ["Explore", "explore_page"]

#: What the page of one row must know.
CARRIED = ("data", *ROLES, "detector", "rule", "amount", "threshold", "row", "theme")


class Explore(LivePage):
    """The page of one session: made once, then its properties follow the session.

    Parameters
    ----------
    session : Session
        State; several parts of the page watch it.
    say : callable, optional
        Called with the URL's new query whenever it changes.
    """

    url, about = "explore", "What is odd in this data, since when, and why?"

    def __init__(self, session: Session, say: Say | None = None) -> None:
        super().__init__(session, say)
        self._shown: Any = None
        self._quiet = False
        self.lanes, self.histogram, self.table = LanesState(), HistogramState(), TableState()
        self.graph = GraphState()
        self.lanes.stepper = self.graph.stepper = self.table.neighbour
        self.form = Form(session, self.watch_work)
        self.chart = ChartCard(session)
        self.chart.later = self.later
        self.trust = TrustCard(session, self.watch_work)
        self._make_main()
        self.frame([self.main], [self.form.view])
        self._wire()
        self.follow()

    # ---- making -------------------------------------------------------------------------------

    def _make_main(self) -> None:
        self.headline, self.data, self.reason, self.state = words(), words(), words(), words()
        self.told = [self.headline, self.reason, self.data, self.state]
        self.lanes_view = LanesPanel(self.lanes, **WIDE)
        self.table_view = TablePanel(self.table, **WIDE)
        self.histogram_view = HistogramPanel(self.histogram, **WIDE)
        self.state_card = card(self.state, place="wide")
        self.headline_card = card(self.headline, place="wide")
        self.data_card = pn.Column(
            self.data, stylesheets=[CARD], css_classes=["wide", "last"], **WIDE
        )
        heading = words(text="<h2>Scores</h2>")
        self.graph_card = card(
            words(text="<h2>Graph</h2>"), panel(self.graph, **WIDE), place="third"
        )
        self.left = pn.Column(
            card(self.lanes_view, place="first"), self.graph_card, self.chart.view,
            card(self.table_view, place="fifth"), css_classes=["left"],
            stylesheets=[ORDER], **WIDE,
        )  # fmt: skip
        self.side = pn.Column(
            card(self.reason, place="second"), card(heading, self.histogram_view, place="fourth"),
            self.trust.view, css_classes=["side"], stylesheets=[ORDER], **WIDE,
        )  # fmt: skip
        self.main = pn.Column(
            self.headline_card, self.state_card, self.left, self.side, self.data_card,
            stylesheets=[MAIN], **WIDE,
        )  # fmt: skip

    def _wire(self) -> None:
        session = self.session
        session.param.watch(lambda *_: self.follow(), ["stage", "message", "profile"])
        session.param.watch(lambda *_: self._result(), "found")
        session.param.watch(lambda *_: self._why(), ["explanation", "theme"])
        session.param.watch(lambda event: self._opened(event.new), "row")
        session.param.watch(lambda *_: self._brushed(), ["brush", "picked"])
        session.param.watch(self._moved, "window")
        self.lanes.param.watch(lambda event: self._threshold(event.new), "threshold")
        self.lanes.param.watch(self._lanes_used, ["brush", "selected", "window"])
        self.lanes.param.watch(lambda event: self.chart.align(event.new), "gutter")
        self.lanes.param.watch(
            lambda event: self.histogram.param.update(preview=event.new), "preview"
        )
        self.histogram.param.watch(lambda event: self._threshold(event.new), "threshold")
        self.histogram.param.watch(
            lambda event: self.lanes.param.update(preview=event.new), "preview"
        )
        self.table.param.watch(self._line_opened, "selected")
        self.graph.param.watch(self._node_opened, "selected")
        self.keys.param.watch(self._key, "asked")
        names = [
            *ROLES,
            "source",
            "detector",
            "rule",
            "amount",
            "threshold",
            "row",
            "brush",
            "window",
        ]
        names += ["across", "upright", "theme", "found"]
        session.param.watch(lambda *_: self.say_query(), names)

    # ---- following the session ----------------------------------------------------------------

    def follow(self) -> None:
        """Show the part of the page that belongs to the stage."""
        session = self.session
        stage, scored = session.stage, session.stage == "scored" and session.found is not None
        empty_handed = scored and not session.found.records
        busy = stage in ("loading", "running")
        for part in (self.left, self.side, self.headline_card, *self.left, *self.side):
            part.visible = scored  # each by itself: on a phone the two columns dissolve
        self.graph_card.visible = scored and session.found.dataset.network is not None
        self.state_card.visible = not scored or empty_handed or bool(session.message)
        if busy:
            self.state.object = skeleton()
        elif session.message:
            self.state.object = standing("failed", session.message)
        elif not scored:
            self.state.object = standing(stage)
        else:
            self.state.object = standing("none")
        self.data_card.visible = session.profile is not None
        if session.profile is not None:
            self.data.object = overview(session.profile, unfolded=not scored)
        self.dress()

    def _result(self) -> None:
        found = self.session.found
        if found is None or len(found) == 0:
            return
        first = self._shown is None or self._shown is not found.scores
        self._shown = found.scores
        self._quiet = True  # what follows shows the session; it is no wish of the person
        self.lanes.show_detection(found, keep=not first)
        if first and len(self.session.window) == 2:
            self.lanes.look(*self.session.window)
        if found.dataset.network is not None:
            self.graph.show_detection(found, keep=not first)
        self._quiet = False
        self.session.window = self.lanes.window
        self.histogram.show(found.scores.to_numpy(), float(found.threshold.value))
        self.table.show(found.anomalies)
        self.headline.object = headline(found)
        self._brushed()
        self._opened(self.session.row)
        self.follow()

    def _why(self) -> None:
        found = self.session.found
        if found is not None:
            query = {name: word for name, word in self.session.query().items() if name in CARRIED}
            deeper = link("investigate", query, "Investigate this row")
            self.reason.object = why(found, self.session.explanation, f"<p>{deeper}</p>")

    def _opened(self, row: int | None) -> None:
        if self.session.found is None:
            return
        if self.lanes.selected.get("row") != row:
            self.lanes.select(row)
        home = next((item for item in self.session.found.records if row in item.rows), None)
        self._quiet = True  # the line of a stretch is marked; the row in it stays the chosen one
        self.table.open(row if home is None else home.peak)
        if self.session.found.dataset.network is not None:
            self.graph.select(row)
        self._quiet = False

    def _node_opened(self, event: Any) -> None:
        if not self._quiet and event.new:
            self.session.select(event.new["row"])

    def _line_opened(self, event: Any) -> None:
        if not self._quiet:
            self.session.select(event.new)

    def _brushed(self) -> None:
        session = self.session
        if session.found is None:
            return
        if self.lanes.brush != session.brush:
            self.lanes.brush = session.brush
        rows = session.rows_inside()
        if rows is None:
            self.histogram.highlight(None)
            self.table.keep(None)
            return
        self.histogram.highlight(session.found.scores.to_numpy()[rows])
        inside = set(rows.tolist())
        kept = {item.peak for item in session.found.records if not inside.isdisjoint(item.rows)}
        self.table.keep(kept)

    def _lanes_used(self, *events: Any) -> None:
        if self._quiet:
            return
        for event in events:
            if event.name == "brush":
                self.session.set_brush(event.new)
            elif event.name == "window":
                self.session.window = event.new
            else:
                self.session.select(event.new.get("row"))

    def _moved(self, event: Any) -> None:
        if len(event.new) == 2 and event.new != self.lanes.window:
            self.lanes.look(*event.new)

    def _threshold(self, value: float | None) -> None:
        found = self.session.found
        if found is not None and value is not None and value != float(found.threshold.value):
            self.session.set_threshold(value)

    def _key(self, event: Any) -> None:
        if event.new.get("what") == "step":
            self.session.select(self.table.neighbour(int(event.new["by"])))

    def show_progress(self) -> None:
        """Show how far the work has come."""
        self.form.progress()


def explore_page(engine: Engine | None = None, default: str = "sample:pump") -> Any:
    """Return the Explore page for the session that is being served.

    Parameters
    ----------
    engine : Engine, optional
        Where results come from; sessions that share one share results.
    default : str
        Source to show when the URL names none; "" shows the empty page.
    """
    return open_page(
        lambda query, say: Explore(Session.from_query({"data": default, **query}, engine), say)
    )
