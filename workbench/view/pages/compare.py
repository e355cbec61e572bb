"""Compare: several detectors on the same data, and the rows on which they differ.

Permission: ``explore:read`` to look, ``explore:write`` to upload (the gate decides; the local
server serves one person on a loopback address).
"""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn

from workbench.view.compare_session import CompareSession
from workbench.view.components.views import panel
from workbench.view.data_session import ROLES
from workbench.view.engine import Engine
from workbench.view.pages._compare_form import CompareForm
from workbench.view.pages._compare_words import compared, comparing_stands
from workbench.view.pages._live import BELOW, WIDE, LivePage, Say, card, link, open_page, words
from workbench.view.pages._style import MAIN, ORDER
from workbench.view.pages._words import overview, skeleton, standing
from workbench.view.wording import html

__all__ = ["Compare", "compare_page"]


class Compare(LivePage):
    """The page of one session: made once, then its properties follow the session.

    Parameters
    ----------
    session : CompareSession
        State; several parts of the page watch it.
    say : callable, optional
        Called with the URL's new query whenever it changes.
    """

    url, about = "compare", "Which rows do detectors agree on, and which do they dispute?"

    def __init__(self, session: CompareSession, say: Say | None = None) -> None:
        super().__init__(session, say)
        self.space = session.space
        self.form = CompareForm(session, self.watch_work)
        self._make_main()
        self.frame([self.main], [self.form.view])
        self._wire()
        self.follow()

    def _make_main(self) -> None:
        space = self.space
        self.headline, self.state, self.data = words(), words(), words()
        self.looked, self.listed, self.deeper = words(), words(), words()
        self.told = [self.headline, self.state, self.data, self.looked, self.listed, self.deeper]
        self.headline_card = card(self.headline, place="wide")
        self.state_card = card(self.state, place="wide")
        self.matrix_card = card(panel(space.matrix, **WIDE), place="wide")
        self.data_card = card(self.data, place="wide")
        self.data_card.css_classes = ["wide", "last"]
        lanes = card(self.looked, panel(space.lanes, **WIDE), panel(space.table, **BELOW),
                     place="first")  # fmt: skip
        disputed = card(self.listed, panel(space.disputed, **WIDE), place="third")
        why = card(self.deeper, panel(space.why, **WIDE), place="second")
        self.left = pn.Column(lanes, disputed, css_classes=["left"], stylesheets=[ORDER], **WIDE)
        self.side = pn.Column(why, css_classes=["side"], stylesheets=[ORDER], **WIDE)
        self.main = pn.Column(
            self.headline_card, self.state_card, self.matrix_card, self.left, self.side,
            self.data_card, stylesheets=[MAIN], **WIDE,
        )  # fmt: skip

    def _wire(self) -> None:
        session, space = self.session, self.space
        session.param.watch(lambda *_: self.follow(), ["stage", "message", "profile", "comparison"])
        space.param.watch(lambda *_: self._looked(), ["detector", "listed", "row", "comparison"])
        space.param.watch(lambda *_: self._judged(), "comparison")
        self.keys.param.watch(self._key, "asked")
        names = [*ROLES, "source", "detectors", "comparison", "theme"]
        session.param.watch(lambda *_: self.say_query(), names)
        space.param.watch(lambda *_: self.say_query(), ["detector", "row", "comparison"])

    # ---- following the session ----------------------------------------------------------------

    def follow(self) -> None:
        """Show the part of the page that belongs to the stage."""
        session, stage = self.session, self.session.stage
        scored = stage == "scored" and session.comparison is not None
        none = scored and not self.space.comparison.flags.to_numpy().any()
        for part in (self.headline_card, self.matrix_card, self.left, self.side, *self.left,
                     *self.side):  # fmt: skip
            part.visible = scored  # each by itself: on a phone the two columns dissolve
        self.state_card.visible = not scored or none or bool(session.message)
        if stage in ("loading", "running"):
            self.state.object = skeleton()
        elif session.message:
            self.state.object = standing("failed", session.message)
        else:
            self.state.object = comparing_stands("none" if none else stage)
        self.data_card.visible = session.profile is not None
        if session.profile is not None:
            self.data.object = overview(session.profile, unfolded=not scored)
        if scored:
            self.headline.object = compared(self.space.comparison)
            self._looked()
        self.dress()

    def _looked(self) -> None:
        """Name the detector that is looked at, and what the tables list."""
        space, session = self.space, self.session
        if space.comparison is None or session.comparison is None:
            return
        name = html(space.detector, 60)
        self.looked.object = (
            f"<h2>What {name} finds <small>choose another by its name in the matrix</small></h2>"
        )
        self.listed.object = f"<h2>Disputed rows</h2><p><small>{html(space.listed)}</small></p>"
        query = session.query()
        shared = {key: query[key] for key in ("data", *ROLES, "detector", "row", "theme")}
        if space.detector in space.comparison.moved:
            shared["threshold"] = f"{float(space.found.threshold.value):.12g}"
        asked = [link("investigate", shared, "Investigate this row"),
                 link("explore", shared, f"Explore with {space.detector}")]  # fmt: skip
        self.deeper.object = (
            f"<h2>Row {space.row:,d} by {name}</h2><p>{' · '.join(asked)}</p>"
            if space.row is not None
            else ""
        )

    def _judged(self) -> None:
        if self.session.comparison is not None:
            self.headline.object = compared(self.space.comparison)

    def _key(self, event: Any) -> None:
        if event.new.get("what") == "step":
            self.space.select(self.space.disputed.neighbour(int(event.new["by"])))

    def show_progress(self) -> None:
        """Show how far the work has come."""
        self.form.progress()


def compare_page(engine: Engine | None = None, default: str = "") -> Any:
    """Return the Compare page for the session that is being served.

    Parameters
    ----------
    engine : Engine, optional
        Where results come from; sessions that share one share results.
    default : str
        Source to show when the URL names none; "" shows the empty page.
    """
    return open_page(
        lambda query, say: Compare(
            CompareSession.from_query({"data": default, **query}, engine), say
        )
    )
