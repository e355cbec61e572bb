"""Incidents: what is odd in all that is watched, filtered, sorted, and acted on together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import panel as pn

from workbench.core.anomaly import band
from workbench.core.incident import STATES
from workbench.registry import incidents as kept
from workbench.registry import monitors
from workbench.team.access import may
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._keep_view import keep_view
from workbench.view.pages._manage import ManagePage, query_of_page
from workbench.view.wording import SHAPES, count, when

__all__ = ["Incidents", "incidents_page"]

LINES = 25
SORTS = ("-opened", "opened", "-severity", "severity")
#: Milliseconds between two looks at what others did.
AGAIN = 2_000


class Incidents(ManagePage):
    """The list of incidents."""

    url, title, need = "incidents", "Incidents", "monitors:read"
    about = "What is odd in all that is watched, and who looks after it."

    def parts(self) -> list[Any]:
        """Return the list, and what keeps it as it is seen under a name."""
        self.names = self.engine.names()
        people = [["", "anybody"], ["me", "me"], ["nobody", "nobody"]]
        watched = self.do(lambda: monitors.list_monitors(self.engine.who, limit=200).items) or []
        self.incidents = RecordsState(
            self._fetch, nouns=["incident", "incidents"], search=self.query.get("search", "")[:120],
            sort=_one_of(self.query.get("sort", ""), SORTS),
            columns=[{"name": "What", "key": ""}, {"name": "Severity", "key": "severity"},
                     {"name": "State", "key": ""}, {"name": "Whose", "key": ""},
                     {"name": "Firings", "key": ""}, {"name": "Latest", "key": ""},
                     {"name": "Opened", "key": "opened"}],
            filters=[
                self._filter("state", "State", [["unresolved", "not resolved"], ["all", "all"],
                                                *([one, one] for one in STATES)]),
                self._filter("assignee", "Whose", people),
                self._filter("monitor", "Monitor",
                             [["", "all"], *([one.id, one.name] for one in watched)]),
                self._filter("least", "Severity",
                             [["", "any"], ["25", "medium or worse"], ["50", "high or worse"],
                              ["75", "critical"]]),
            ],
        )  # fmt: skip
        self.incidents.param.watch(lambda *_: self._say(), ["filters", "search", "sort"])
        if may(self.engine.who, "incidents:write"):
            self.incidents.actions = [
                {"key": "acknowledge", "name": "Acknowledge", "danger": False},
                {"key": "resolve", "name": "Resolve", "danger": True},
            ]
            self.incidents.on_act = self._act
        pn.state.onload(self._begin)
        ways = self.words(
            f'<p><a href="{self.way("alerting")}">Alerting</a>: who is told, and when nobody is.'
            "</p>"
        )
        return [ways, self.list(self.incidents, "", *self._keeping())]

    def _filter(self, key: str, name: str, options: list[list[str]]) -> dict[str, Any]:
        """Return a filter with the value that the address has, else its first one."""
        value = _one_of(self.query.get(key, options[0][0]), [option[0] for option in options])
        return {"key": key, "name": name, "value": value, "options": options}

    def _keeping(self) -> list[Any]:
        """Return what keeps the filters and the order under a name."""
        parts = keep_view(_Seen(self.engine, self.seen), self.url)
        if not parts:
            return []
        name, save, told = parts
        name.max_width, save.sizing_mode = 320, None
        name.styles = {"flex": "1 1 210px"}
        return [self.line(name, save), told]

    def seen(self) -> dict[str, str]:
        """Return what the address says of the list, defaults included."""
        chosen = {one["key"]: one["value"] for one in self.incidents.filters}
        return {**chosen, "search": self.incidents.search, "sort": self.incidents.sort}

    def _say(self) -> None:
        if pn.state.location is not None:
            pn.state.location.update_query(**dict[str, Any](self.seen()))

    def _fetch(self, asked: Asked) -> Part:
        chosen = dict(asked.filters)
        state = chosen.get("state", "")
        states = {"unresolved": STATES[:3], "all": ()}.get(state, (state,))
        sort = asked.sort or "-opened"
        page = kept.list_incidents(
            self.engine.who, states=states, monitor=chosen.get("monitor", ""),
            assignee=chosen.get("assignee", ""), least=float(chosen.get("least") or 0.0),
            search=asked.search, sort=sort, limit=LINES, after=asked.after,
        )  # fmt: skip
        lines = [
            Line(one.id, [one.title, _severity(one.severity), one.state,
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
        self._say()
        pn.state.add_periodic_callback(lambda: self.quietly(self.incidents.refresh), AGAIN)


@dataclass(frozen=True)
class _Seen:
    """What :func:`keep_view` asks for: whose engine, and what is seen."""

    engine: Any
    query: Callable[[], dict[str, str]]


def _one_of(asked: str, known: Sequence[str]) -> str:
    """Return what the address asks for where it can be, else the first."""
    return asked if asked in known else known[0]


def _severity(severity: float) -> str:
    word = band(severity)
    return f"{SHAPES.get(word, '')} {word} {severity:.0f}".strip()


def incidents_page(engine: Any) -> Any:
    """Return the page for whoever looks."""
    return Incidents(engine, query_of_page()).page
