"""Investigate: one anomaly in depth, opened by a link that says which.

Permission: ``detections:read`` to look, ``labels:write`` to label (the engine decides; the local
server serves one person on a loopback address).
"""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.view.components.views import panel
from workbench.view.engine import Engine
from workbench.view.investigating import Investigating, RowSession
from workbench.view.pages._data_form import RunForm
from workbench.view.pages._free import FreeCard
from workbench.view.pages._investigate_words import in_question, investigating_stands, otherwise
from workbench.view.pages._keep_view import keep_view
from workbench.view.pages._live import BELOW, WIDE, LivePage, Say, card, open_page, words
from workbench.view.pages._style import MAIN, ORDER
from workbench.view.pages._take_away import take_away
from workbench.view.pages._words import skeleton, standing

__all__ = ["Investigate", "investigate_page"]


class Investigate(LivePage):
    """The page of one session; its parts are made when the result is there.

    Parameters
    ----------
    session : RowSession
        State; several parts of the page watch it.
    say : callable, optional
        Called with the URL's new query whenever it changes.
    """

    url, about = "investigate", "Why is this row odd, and what is like it?"

    def __init__(self, session: RowSession, say: Say | None = None) -> None:
        super().__init__(session, say)
        self.space: Investigating | None = None
        self.running = RunForm(session, "Try again", self._run)
        self.headline, self.state, self.change = words(), words(), words()
        self.told = [self.headline, self.state, self.change]
        self.headline_card = card(self.headline, self._steps(), place="wide")
        self.state_card = card(self.state, *self.running.parts, place="wide")
        self.main = pn.Column(self.headline_card, self.state_card, stylesheets=[MAIN], **WIDE)
        self.frame([self.main])
        self._wire()
        self.follow()

    # ---- making -------------------------------------------------------------------------------

    def _steps(self) -> Any:
        before, after = (
            pmui.Button(label=told, variant="outlined", size="small", margin=(8, 8, 0, 0))
            for told in ("Previous anomaly", "Next anomaly")
        )
        before.on_click(lambda *_: self._step(-1))
        after.on_click(lambda *_: self._step(1))
        # No FlexBox: it compiles a template in the browser, which the policy of scripts refuses.
        return pn.Row(before, after, styles={"flex-wrap": "wrap"}, **WIDE)

    def _make(self, space: Investigating) -> None:
        """Put the components of a result into the page."""
        around = card(
            words(text="<h2>Score and what was expected</h2>"),
            *(panel(chart, **BELOW) for chart in space.charts),
            place="first",
        )
        others = card(
            words(text="<h2>Against the other columns</h2>"), panel(space.plane, **WIDE),
            place="fourth",
        )  # fmt: skip
        alike = card(
            words(text="<h2>Anomalies for like reasons</h2>"), panel(space.similar, **WIDE),
            place="third",
        )  # fmt: skip
        self.free = FreeCard(self.session)
        self.left = pn.Column(
            around, alike, others, css_classes=["left"], stylesheets=[ORDER], **WIDE
        )
        self.side = pn.Column(
            card(panel(space.labels, **WIDE), place="first"),
            card(panel(space.why, **WIDE), self.change, place="second"),
            card(
                words(text="<h2>The same in Python</h2>"), panel(space.code, **WIDE),
                pn.Spacer(height=8),
                take_away(self.session, lambda: (space.found, {"row": space.row})),
                *keep_view(self.session, "investigate"), place="sixth",
            ),
            css_classes=["side"], stylesheets=[ORDER], **WIDE,
        )  # fmt: skip
        self.free.view.css_classes = ["wide", "last"]
        self.main[:] = [
            self.headline_card, self.state_card, self.left, self.side, self.free.view
        ]  # fmt: skip

    def _wire(self) -> None:
        session = self.session
        session.param.watch(lambda *_: self._found(), "found")
        session.param.watch(lambda *_: self.follow(), ["stage", "message"])
        session.param.watch(lambda *_: self._headed(), "theme")
        session.param.watch(lambda *_: self.say_query(), ["row", "threshold", "found", "theme"])
        self.keys.param.watch(self._key, "asked")

    # ---- following ----------------------------------------------------------------------------

    def _found(self) -> None:
        found = self.session.found
        if found is None or len(found) == 0 or self.space is not None:
            return
        self.space = space = Investigating(
            found, self.session.row, engine=self.session.engine, source=self.session.source
        )
        space.labels.everywhere = True
        self._make(space)
        space.param.watch(lambda *_: self._opened(), ["explanation", "found"])
        self._opened()

    def follow(self) -> None:
        """Show the part of the page that belongs to the stage."""
        session, stage = self.session, self.session.stage
        scored = stage == "scored" and self.space is not None
        for part in list(self.main):
            part.visible = scored
        self.state_card.visible = not scored or bool(session.message)
        self.running.run.visible = stage in ("ready", "cancelled", "failed")
        if stage in ("loading", "running"):
            self.state.object = skeleton()
        elif session.message:
            self.state.object = standing("failed", session.message)
        else:
            self.state.object = investigating_stands(stage)
        self.dress()

    def _opened(self) -> None:
        """Follow the row and the threshold of the components."""
        space, session = self.space, self.session
        if space is None or session.found is None:
            return
        at = float(space.found.threshold.value)
        if at != float(session.found.threshold.value):
            session.param.update(threshold=at, found=space.found)
        session.param.update(row=space.row, explanation=space.explanation)
        self._headed()

    def _headed(self) -> None:
        if self.space is not None:
            self.headline.object = in_question(self.space, self.session.query())
            self.change.object = otherwise(self.space)

    def _run(self) -> None:
        self.session.run() if self.session.dataset is not None else self.session.restore()
        self.watch_work()

    def _step(self, by: int) -> None:
        if self.space is not None:
            self.space.select(self.space.table.neighbour(by))

    def _key(self, event: Any) -> None:
        if event.new.get("what") == "step":
            self._step(int(event.new["by"]))

    def show_progress(self) -> None:
        """Show how far the work has come."""
        self.running.progress()


def investigate_page(engine: Engine | None = None, default: str = "") -> Any:
    """Return the Investigate page for the session that is being served.

    Parameters
    ----------
    engine : Engine, optional
        Where results come from; sessions that share one share results.
    default : str
        Source to show when the URL names none; "" shows the empty page.
    """
    return open_page(
        lambda query, say: Investigate(
            RowSession.from_query({"data": default, **query}, engine), say
        )
    )
