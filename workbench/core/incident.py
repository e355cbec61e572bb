"""Anomalies that belong together, and what people did about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["EVENT_WORDS", "OUTCOMES", "OUTCOME_WORDS", "STATES", "Event", "Incident"]

#: States of an incident, the ones that want somebody first.
STATES = ("open", "acknowledged", "snoozed", "resolved")
#: What an incident can have been, "" while nobody said.
OUTCOMES = ("", "true", "false alarm", "expected")
#: Outcomes as one says them; while nobody said, each place has its own words.
OUTCOME_WORDS = {"true": "a true anomaly", "false alarm": "a false alarm",
                 "expected": "expected, a known event"}  # fmt: skip
#: What stands in a timeline, as one says it after a name or alone.
EVENT_WORDS = {
    "opened": "opened", "fired": "went on", "acknowledged": "acknowledged", "snoozed": "snoozed",
    "resolved": "resolved", "reopened": "reopened", "assigned": "assigned",
    "commented": "commented", "escalated": "escalated", "told": "told", "suppressed": "silenced",
    "woken": "woke up", "worse": "got worse",
}  # fmt: skip


@dataclass(frozen=True)
class Incident:
    """Firings of one cause, from the first until somebody, or quiet, resolves them.

    Attributes
    ----------
    id, monitor : str
    cause, kind : str
        As :class:`workbench.core.firing.Firing` has them.
    title : str
        In a few words.
    state : str
        One of :data:`STATES`.
    severity : float
        The highest of its firings, 0-100.
    firings : int
        How many there are.
    started, latest : datetime.datetime
        Time of the first record that is odd, and of the last one known.
    opened, changed : datetime.datetime
        When we knew.
    resolved, snoozed_until : datetime.datetime or None
    outcome : str
        What it was, one of :data:`OUTCOMES`.
    assignee : str or None
        Id of a user.
    owner : str
        Id of the user whose monitor it is: who sees the monitor sees it.
    entity : str
        Which pump, host or sensor; "" where there is none, or where there are several.
    detail : dict
        The worst firing: text, actual, expected, parts, score, threshold.
    version : int
        Grows with each change.
    """

    id: str
    monitor: str
    cause: str
    kind: str
    title: str
    state: str
    severity: float
    firings: int
    started: datetime
    latest: datetime
    opened: datetime
    changed: datetime
    resolved: datetime | None
    snoozed_until: datetime | None
    outcome: str
    assignee: str | None
    detail: dict[str, Any]
    owner: str = ""
    entity: str = ""
    version: int = 1


@dataclass(frozen=True)
class Event:
    """One line of an incident's timeline.

    Attributes
    ----------
    number : int
        Grows.
    incident : str
    kind : str
        "opened", "fired", "worse", "acknowledged", "snoozed", "woken", "resolved", "reopened",
        "assigned", "commented", "told", "suppressed".
    actor : str
        Id of the user; "" for the workbench.
    at : datetime.datetime
    body : dict
        What the kind needs: the text of a comment, the id of a firing, the channel that was told.
    """

    number: int
    incident: str
    kind: str
    actor: str
    at: datetime
    body: dict[str, Any]
