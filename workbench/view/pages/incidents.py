"""Incidents: what is odd in all that is watched, filtered, sorted, and acted on together."""

from __future__ import annotations

from typing import Any

import panel as pn

from workbench.core.anomaly import band
from workbench.core.incident import STATES
from workbench.registry import incidents as kept
from workbench.registry import monitors
from workbench.team.access import may
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._manage import ManagePage, query_of_page
from workbench.view.wording import count, when

__all__ = ["Incidents", "incidents_page"]

LINES = 25
#: Milliseconds between two looks at what others did.
AGAIN = 2_000


class Incidents(ManagePage):
    """The list of incidents."""

    url, title, need = "incidents", "Incidents", "monitors:read"
    about = "What is odd in all that is watched, and who looks after it."

    def parts(self) -> list[Any]:
        """Return the list."""
        self.names = self.engine.names()
        people = [["", "anybody"], ["me", "me"], ["nobody", "nobody"]]
        watched = self.do(lambda: monitors.list_monitors(self.engine.who, limit=200).items) or []
        self.incidents = RecordsState(
            self._fetch, nouns=["incident", "incidents"], sort="-opened",
            columns=[{"name": "What", "key": ""}, {"name": "Severity", "key": "severity"},
                     {"name": "State", "key": ""}, {"name": "Whose", "key": ""},
                     {"name": "Firings", "key": ""}, {"name": "Latest", "key": ""},
                     {"name": "Opened", "key": "opened"}],
            filters=[
                {"key": "state", "name": "State", "value": self.query.get("state", "unresolved"),
                 "options": [["unresolved", "not resolved"], ["", "all"],
                             *([one, one] for one in STATES)]},
                {"key": "assignee", "name": "Whose", "value": "", "options": people},
                {"key": "monitor", "name": "Monitor", "value": self.query.get("monitor", ""),
                 "options": [["", "all"], *([one.id, one.name] for one in watched)]},
                {"key": "least", "name": "Severity", "value": "",
                 "options": [["", "any"], ["25", "medium or worse"], ["50", "high or worse"],
                             ["75", "critical"]]},
            ],
        )  # fmt: skip
        if may(self.engine.who, "incidents:write"):
            self.incidents.actions = [
                {"key": "acknowledge", "name": "Acknowledge", "danger": False},
                {"key": "resolve", "name": "Resolve", "danger": True},
            ]
            self.incidents.on_act = self._act
        pn.state.onload(self._begin)
        return [self.list(self.incidents)]

    def _fetch(self, asked: Asked) -> Part:
        chosen = dict(asked.filters)
        state = chosen.get("state", "")
        states = STATES[:3] if state == "unresolved" else [state] if state else []
        sort = asked.sort or "-opened"
        page = kept.list_incidents(
            self.engine.who, states=states, monitor=chosen.get("monitor", ""),
            assignee=chosen.get("assignee", ""), least=float(chosen.get("least") or 0.0),
            search=asked.search, sort=sort, limit=LINES, after=asked.after,
        )  # fmt: skip
        lines = [
            Line(one.id, [one.title, f"{band(one.severity)} {one.severity:.0f}", one.state,
                          self.names.get(one.assignee or "", "nobody"), count(one.firings),
                          when(one.latest), when(one.opened)], f"incident?id={one.id}")
            for one in page.items
        ]  # fmt: skip
        return Part(lines, page.next, page.total)

    def _act(self, action: str, ids: list[str]) -> None:
        def act() -> str:
            done = kept.act_on_many(self.engine.who, ids, action, {}, by=self.engine.by)
            wrong = [reason for _, reason in done if reason]
            good = len(done) - len(wrong)
            return f"{good} of {len(done)} done. {wrong[0] if wrong else ''}".strip()

        told = self.do(act)
        if told is not None:
            self.say(told)
            self.do(self.incidents.refresh)

    def _begin(self) -> None:
        pn.state.add_periodic_callback(lambda: self.quietly(self.incidents.refresh), AGAIN)


def incidents_page(engine: Any) -> Any:
    """Return the page for whoever looks."""
    return Incidents(engine, query_of_page()).page
