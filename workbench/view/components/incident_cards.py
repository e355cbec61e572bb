"""Incidents as cards: what is odd since when, against what was expected, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import param

from workbench.core.anomaly import band
from workbench.core.incident import Incident
from workbench.view.components import _examples
from workbench.view.components._state import BadWish, ComponentState, Wish
from workbench.view.wording import number, plural, text

__all__ = ["ACTIONS", "IncidentCardsState", "next_step"]

#: What can be done with an incident in each state: key and words.
ACTIONS = {
    "open": (("acknowledge", "Acknowledge"), ("resolve", "Resolve")),
    "acknowledged": (("resolve", "Resolve"),),
    "snoozed": (("acknowledge", "Acknowledge"), ("resolve", "Resolve")),
    "resolved": (("reopen", "Reopen"),),
}
#: What is proposed for each kind, where nobody has taken an incident on yet.
NEXT = {
    "anomaly": "Look at it and acknowledge it, or open it and resolve it as a false alarm.",
    "missing": "See whether the source still sends, and whether the network is up.",
    "gap": "See whether the source lost records.",
    "stuck": "See whether the sensor is alive: it says the same all the time.",
    "late": "See why records come late, or declare a longer lateness.",
    "clock": "See whether the clock of the source is right.",
    "drift": "Compare a retrained challenger, and promote it if it is better.",
    "change": "See whether the change was wanted: a new part, a new setting.",
    "failure": "Read the problem of the monitor, mend it, and resume it.",
}
#: What is proposed otherwise to whoever has opened it already.
HERE = {"anomaly": "Look at it and acknowledge it, or resolve it as a false alarm."}
#: What is proposed once somebody has taken it on.
THEN = "Find the cause, then resolve it with what it was."
MOST_FEATURES = 3
#: What monitors are called that keep nothing: their incidents have no page, and nobody takes them.
ALONE = "here"


def next_step(incident: Incident, *, opened: bool = False) -> str:
    """Return what is proposed for an incident as it stands; "" where nothing is to be done.

    Parameters
    ----------
    incident : Incident
    opened : bool
        Whether it is read on its own page.
    """
    if incident.state == "open":
        known = NEXT | HERE if opened else NEXT
        return known.get(incident.kind, "")
    return THEN if incident.state == "acknowledged" else ""


class IncidentCardsState(ComponentState):
    """Cards of incidents, those first that want somebody.

    Examples
    --------
    >>> state = IncidentCardsState.example("few")
    >>> state.cards[0]["band"]
    'critical'
    """

    WIRE = ("cards", "more", "writable")

    cards = param.List(default=[], doc="Cards: words of each incident, and what can be done.")
    more = param.String(default="", doc="How many there are beside these, in words.")
    writable = param.Boolean(default=False, doc="Whether whoever looks may do something.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        #: Called with an action and the id of an incident.
        self.on_act: Callable[[str, str], None] = lambda action, incident: None

    @classmethod
    def example(cls, case: str) -> IncidentCardsState:
        """Return a state for the gallery."""
        state = cls(writable=True)
        if _examples.phase(state, case, "No incident is open. Quiet is good news."):
            return state
        state.show(_examples.incidents(case), names={"u": "Ana"}, total=9 if case == "many" else 1)
        return state

    def show(
        self,
        incidents: Iterable[Incident],
        *,
        names: Mapping[str, str] | None = None,
        total: int | None = None,
        now: datetime | None = None,
    ) -> None:
        """Show incidents.

        Parameters
        ----------
        incidents : iterable of Incident
        names : mapping of str to str
            Names of users by id.
        total : int
            How many there are, shown or not.
        now : datetime.datetime
        """
        known, at = names or {}, now or datetime.now(UTC)
        cards = [_card(one, known, at) for one in incidents]
        rest = 0 if total is None else max(0, total - len(cards))
        more = f"{plural(rest, 'other incident')}" if rest else ""
        told = "; ".join(f"{card['title']}, {card['band']}, {card['state']}" for card in cards)
        if cards != self.cards or more != self.more:
            self.param.update(cards=cards, more=more, phase={}, summary=f"Incidents: {told}.")
        if not cards:
            self.blank("No incident is open. Quiet is good news.")

    def _on_act(self, wish: Wish) -> None:
        incident, action = wish.words("id", 32), wish.words("action", 20)
        card = next((one for one in self.cards if one["id"] == incident), None)
        if card is None or not self.writable or action not in dict(card["actions"]):
            raise BadWish("action")
        self.on_act(action, incident)


def _card(one: Incident, names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    detail = one.detail
    expected, actual = detail.get("expected", {}), detail.get("actual", {})
    parts = sorted(detail.get("parts", {}).items(), key=lambda part: -part[1])
    ranked = [name for name, _ in parts] or list(actual)
    facts = [
        {
            "name": text(name, 40),
            "actual": number(actual[name]),
            "expected": f"{number(expected[name][0])} to {number(expected[name][1])}"
            if name in expected
            else "",
        }
        for name in ranked[:MOST_FEATURES]
        if name in actual
    ]
    state, alone = one.state, one.monitor == ALONE
    who = names.get(one.assignee or "", "")
    if who:
        has = "{} has it" if state == "acknowledged" else "assigned to {}"
        state = f"{state}, {has.format(text(who, 40))}"
    return {
        "id": one.id, "title": text(one.title, 120), "words": text(detail.get("text", ""), 240),
        "band": band(one.severity), "severity": round(one.severity), "state": state,
        "entity": text(one.entity, 60), "since": one.started.timestamp() * 1e3,
        "until": one.latest.timestamp() * 1e3, "ago": _span(now - one.opened),
        "firings": plural(one.firings, "firing"), "facts": facts,
        "next": "" if alone and one.kind in HERE else next_step(one),
        "href": "" if alone else f"incident?id={one.id}",
        "actions": [list(pair) for pair in ACTIONS[one.state]],
    }  # fmt: skip


def _span(passed: Any) -> str:
    seconds = max(0, int(passed.total_seconds()))
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return "less than a minute"
