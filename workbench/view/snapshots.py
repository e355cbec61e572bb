"""What a browser keeps of something for when there is no network: words, and states of components.

The components that draw a page draw a snapshot too: each part is the name of a component with
what its state would send it. Who asks must be allowed to read what it is of; nothing here checks
less than the page would.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from workbench.core.anomaly import band
from workbench.core.errors import NotAllowed, NotFound, WorkbenchError
from workbench.core.explanation import Contribution, Explanation
from workbench.core.incident import EVENT_WORDS, Event, Incident
from workbench.registry import detections, incidents, monitors
from workbench.registry.cases import points_around
from workbench.store import accounts
from workbench.store.database import reading
from workbench.team.access import Identity, may
from workbench.view.components._state import ComponentState
from workbench.view.components.flow import FlowState, fitting_span
from workbench.view.components.incident_cards import IncidentCardsState, next_step
from workbench.view.components.lanes import LanesState
from workbench.view.components.why_bars import WhyBarsState
from workbench.view.engine import Shelf
from workbench.view.watching import Watching
from workbench.view.wording import count, number, plural, text, when

__all__ = [
    "MOST_BYTES",
    "Fact",
    "Line",
    "Part",
    "Section",
    "Snapshot",
    "snapshot_of_detection",
    "snapshot_of_incident",
    "snapshot_of_monitor",
]

#: Bytes of JSON that a snapshot has at most; parts that would make it larger are left out, the
#: last first. Thirty of them are what a browser keeps.
MOST_BYTES = 512 * 1024
#: Anomalies that are listed, and those whose reasons are kept.
MOST_ROWS, MOST_REASONS = 30, 3
MOST_EVENTS, MOST_CARDS, MOST_SIMILAR = 50, 12, 8
#: Cells of the lanes: as many as a small desktop window has pixels.
CELLS = 900
#: Characters of a comment.
MOST_WORDS = 1_000

#: The pictures of results, by result and model: the same until its threshold moves.
_DRAWN = Shelf(most=40)


@dataclass(frozen=True)
class Fact:
    """Something in two words: a name and a value."""

    name: str
    value: str


@dataclass(frozen=True)
class Part:
    """What a component draws.

    Attributes
    ----------
    heading : str
    component : str
        Name of its file: "lanes".
    wire : dict
        What its state sends by name; bytes as ``{"base64": …}``.
    row : int or None
        Row of the data that it is about.
    """

    heading: str
    component: str
    wire: dict[str, Any]
    row: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a list.

    Attributes
    ----------
    words : str
    time : str
        When, as people write it; "" where it has none.
    said : str
        What somebody wrote.
    band : str
        Severity in a word, "" where it has none.
    row : int or None
        Row of the data.
    chosen : dict
        What the lanes mark where the row is chosen.
    """

    words: str
    time: str = ""
    said: str = ""
    band: str = ""
    row: int | None = None
    chosen: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """Lines under a heading."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Snapshot:
    """Something as it was when it was asked for; the same as long as nothing changes.

    Attributes
    ----------
    kind : {"detection", "incident", "monitor"}
    id, title, about : str
    facts : tuple of Fact
    parts : tuple of Part
    sections : tuple of Section
    may : tuple of str
        What whoever looks may do with it: "label", "comment", "acknowledge", "assign".
    """

    kind: str
    id: str
    title: str
    about: str
    facts: tuple[Fact, ...]
    parts: tuple[Part, ...]
    sections: tuple[Section, ...]
    may: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it: no NaN, at most :data:`MOST_BYTES`."""
        from workbench.workflow.exporting import plain

        told: dict[str, Any] = plain(asdict(self))
        while told["parts"] and len(json.dumps(told, ensure_ascii=False).encode()) > MOST_BYTES:
            told["parts"].pop()
        return told


# ---- a result -----------------------------------------------------------------------------------


def snapshot_of_detection(who: Identity, detection: str) -> Snapshot:
    """Return a result: its lanes, why its worst anomalies stand out, and what people say of it.

    Parameters
    ----------
    who : Identity
    detection : str

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    one = detections.find_detection(who, detection)
    found = detections.open_detection(who, detection)
    parts, lines = _DRAWN.get_or_make((one.id, one.model), lambda: _drawn(found))
    facts = {
        "Detector": one.detector, "Rows": count(len(found)),
        "Anomalies": count(len(found.records)), "Threshold": number(found.threshold.value),
        "Data": f"{text(found.dataset.name)}, version {one.version}", "Made": when(one.created),
    }  # fmt: skip
    return Snapshot(
        "detection", one.id, text(one.name, 120), text(found.reason, 400), _facts(facts), parts,
        (Section("Anomalies", lines), Section("What people say", _said(found))),
        ("label",) if _may_label(who, one.id) else (),
    )  # fmt: skip


def _drawn(found: Any) -> tuple[tuple[Part, ...], tuple[Line, ...]]:
    state = LanesState()
    state.show_detection(found)
    state.look(*state.extent, CELLS)
    worst = found.records[:MOST_ROWS]
    lines = []
    for item in worst:
        state.select(item.peak)
        lines.append(_anomaly(item, state.selected))
    state.select(worst[0].peak if worst else None)
    parts = [Part("Severity", "lanes", _wire(state))]
    for item in worst[:MOST_REASONS]:
        why = WhyBarsState()
        try:
            why.show(found.explain(item.peak))
        except WorkbenchError as error:  # a model that cannot say why still has lanes
            why.fail(str(error))
        parts.append(Part(f"Why row {item.peak}", "why_bars", _wire(why), row=item.peak))
    return tuple(parts), tuple(lines)


def _anomaly(item: Any, chosen: Mapping[str, Any]) -> Line:
    at = "" if item.start_time is None else when(item.start_time)
    whose = "" if item.entity is None else f"{text(item.entity, 60)}, "
    rows = plural(len(item.rows), "row")
    words = f"{whose}row {item.peak}: {item.band} {item.severity:.0f} of 100, {rows}"
    return Line(words, at, band=item.band, row=int(item.peak), chosen=dict(chosen))


def _said(found: Any) -> tuple[Line, ...]:
    table = found.labels.tail(MOST_EVENTS).iloc[::-1]
    return tuple(
        Line(
            f"{text(one['author'], 60)}: row {one['row']} is {one['verdict']}",
            when(one["time"]), text(one["comment"] or "", MOST_WORDS), row=int(one["row"]),
        )
        for one in table.to_dict("records")
    )  # fmt: skip


def _may_label(who: Identity, detection: str) -> bool:
    try:
        detections.may_label(who, f"detection:{detection}")
    except (NotAllowed, NotFound):
        return False
    return True


# ---- an incident --------------------------------------------------------------------------------


def snapshot_of_incident(who: Identity, incident: str) -> Snapshot:
    """Return an incident: how it stands, why, the severity around it, and what happened.

    Parameters
    ----------
    who : Identity
    incident : str

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    one = incidents.find_incident(who, incident)
    events = incidents.list_events(who, one.id, sort="-number", limit=MOST_EVENTS).items
    others = incidents.similar_incidents(who, one)[:MOST_SIMILAR]
    names = _names()
    cards = IncidentCardsState()
    cards.show([one], names=names)
    parts = [Part("The incident", "incident_cards", _wire(cards))]
    parts += [*_reasons(one), *_around(who, one)]
    facts = {
        "State": one.state, "Whose": names.get(one.assignee or "", "nobody"),
        "Severity": f"{band(one.severity)} {one.severity:.0f}", "From": when(one.started),
        "To": when(one.latest), "Opened": when(one.opened),
        "Firings": plural(one.firings, "firing"), "What it was": one.outcome or "nobody said yet",
    }  # fmt: skip
    similar = tuple(
        Line(text(other.title, 120), when(other.started), band=band(other.severity),
             said=other.outcome or other.state)
        for other in others
    )  # fmt: skip
    sections = (
        Section("What happened", tuple(_event(each, names) for each in events)),
        Section("Similar ones before", similar),
    )
    return Snapshot(
        "incident", one.id, text(one.title, 200), next_step(one, opened=True), _facts(facts),
        tuple(parts), sections, _may(who, one),
    )  # fmt: skip


def _may(who: Identity, one: Incident) -> tuple[str, ...]:
    can = ["comment"] if may(who, "labels:write") else []
    if may(who, "incidents:write", f"monitor:{one.monitor}", one.owner):
        can += [*(["acknowledge"] if one.state in ("open", "snoozed") else []), "assign"]
    return tuple(can)


def _reasons(one: Incident) -> list[Part]:
    """Return why the worst firing is odd, where its detector says what each feature gave."""
    detail = one.detail
    parts = {str(name): float(part) for name, part in (detail.get("parts") or {}).items()}
    if not parts:
        return []
    whole = sum(parts.values())
    score = float(detail.get("score") or whole)
    actual, expected = detail.get("actual") or {}, detail.get("expected") or {}
    contributions = []
    for name, part in parts.items():
        low, high = expected.get(name) or (None, None)
        here, odd, words = actual.get(name), False, ""
        if low is not None and high is not None:
            words = f"{number(low)} to {number(high)}"
            odd = here is not None and not low <= here <= high
        contributions.append(
            Contribution(name, here, part, part / whole if whole else 0.0, low, high, words, odd)
        )
    state = WhyBarsState()
    state.show(
        Explanation(
            0, score, score - whole, float(detail.get("threshold") or float("nan")), one.severity,
            tuple(contributions), pd.DataFrame(), text(detail.get("text", ""), 500),
            "What each feature gave to the score of the worst record.", "",
        )
    )  # fmt: skip
    return [Part("Why", "why_bars", _wire(state))]


def _around(who: Identity, one: Incident) -> list[Part]:
    try:
        found = points_around(who, one)
    except NotFound:  # the monitor was removed
        return []
    if found is None:
        return []
    state = FlowState(span=fitting_span(found[0]))
    state.add(found[0], whole=True)
    state.status = {"state": "a stretch around the incident"}
    return [Part("Severity around it", "flow", _wire(state))]


def _event(one: Event, names: Mapping[str, str]) -> Line:
    who = names.get(one.actor, "somebody") if one.actor else ""
    word = EVENT_WORDS.get(one.kind, one.kind)
    words = f"{text(who, 60)} {word}" if who else word.capitalize()
    if one.kind == "assigned":
        words += f" to {text(names.get(one.body.get('user') or '', 'nobody'), 60)}"
    if one.body.get("outcome"):
        words += f", {text(one.body['outcome'], 60)}"
    said = one.body.get("text") or one.body.get("comment") or one.body.get("reason") or ""
    return Line(words, when(one.at), text(said, MOST_WORDS))


# ---- a monitor ----------------------------------------------------------------------------------


def snapshot_of_monitor(who: Identity, monitor: str) -> Snapshot:
    """Return what a monitor sees: its lanes, its incidents, and how things stand.

    Parameters
    ----------
    who : Identity
    monitor : str

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    one, hub = monitors.find_monitor(who, monitor), monitors.hub_of(who, monitor)

    def latest() -> tuple[list[Incident], int]:
        page = incidents.list_incidents(who, monitor=one.id, limit=MOST_CARDS, sort="-opened")
        return list(page.items), page.total

    hub.look()
    watching = Watching(hub, latest, _names(), chart=False)
    watching.tick()
    if not len(watching.flow.news):
        watching.flow.blank("No record has come yet.")
    flow = _wire(watching.flow)
    # The beat of a page that is alive: a snapshot has none.
    flow["status"] = {
        name: value for name, value in flow["status"].items() if name not in ("beat", "now")
    }
    facts = {
        "State": one.state, "Detector": one.detector, "Records": count(one.points),
        "Anomalies": count(one.anomalies),
        "Newest data": when(one.latest) if one.latest else "never",
        **({"Problem": text(one.problem, 300)} if one.problem else {}),
    }  # fmt: skip
    parts = (
        Part("Severity", "flow", flow),
        Part("Incidents", "incident_cards", _wire(watching.cards)),
    )
    return Snapshot("monitor", one.id, text(one.name, 120), "", _facts(facts), parts, ())


# ---- what they share ----------------------------------------------------------------------------


def _wire(state: ComponentState) -> dict[str, Any]:
    """Return what a state sends to a browser, as JSON can hold it."""
    sent = {name: getattr(state, name) for name in state.wire() if name != "asked"}
    return {
        name: {"base64": base64.b64encode(item).decode("ascii")}
        if isinstance(item, bytes)
        else item
        for name, item in sent.items()
    }


def _facts(told: Mapping[str, str]) -> tuple[Fact, ...]:
    return tuple(Fact(name, value) for name, value in told.items())


def _names() -> dict[str, str]:
    with reading() as connection:
        return {user.id: user.name for user in accounts.all_users(connection)}
