"""Incidents: what is odd, who looks after it, what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AwareDatetime, Field, computed_field

from workbench.core.anomaly import band
from workbench.core.errors import NotFound
from workbench.registry import incidents as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    Id,
    Limit,
    Line,
    Lines,
    Listed,
    Next,
    Search,
)

__all__ = ["api"]

api = Nouns("incidents", "What is odd in live data, and what people do about it.")
READ, WRITE = "monitors:read", "incidents:write"
State = Literal["open", "acknowledged", "snoozed", "resolved"]
Outcome = Literal["", "true", "false alarm", "expected"]
UserId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Order = Annotated[
    str,
    Query(
        pattern="^-?(changed|opened|started|severity)$",
        description="changed, opened, started or severity; '-' before it: descending.",
    ),
]
Direction = Annotated[
    str, Query(pattern="^-?number$", description="'-number': the last line first.")
]


class Incident(Answer):
    """Firings of one cause."""

    id: str
    monitor: str
    owner: str = Field(description="Id of the user whose monitor it is.")
    cause: str
    kind: str
    entity: str
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
    detail: dict[str, Any] = Field(description="The worst firing: text, actual, expected, parts.")
    version: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def band(self) -> str:
        """Severity in a word."""
        return band(self.severity)


class Happened(Answer):
    """A line of the timeline."""

    number: int
    kind: str
    actor: str = Field(description="Id of the user; empty for the workbench.")
    at: datetime
    body: dict[str, Any]


class Firing(Answer):
    """What a rule found."""

    id: str
    rule: str
    kind: str
    entity: str
    start: datetime
    end: datetime
    severity: float
    suppressed: bool = Field(description="Whether a silence kept it quiet.")
    at: datetime = Field(description="When it came in.")
    detail: dict[str, Any]


class Watchers(Answer):
    """Ids of users."""

    watchers: list[str]


class Snooze(Asked):
    """Until when it shall be quiet."""

    until: AwareDatetime = Field(examples=["2099-01-01T08:00:00Z"])
    reason: Line = Field(default="", max_length=500)


class Resolve(Asked):
    """What it was."""

    outcome: Outcome = ""
    comment: Lines = ""


class Assign(Asked):
    """Whose it is; null: nobody's."""

    user: UserId | None


class Comment(Asked):
    """Markdown; @name mentions."""

    text: Lines = Field(min_length=1)


class Bulk(Asked):
    """One thing done to many incidents."""

    incidents: list[UserId] = Field(min_length=1, max_length=200)
    verb: Literal["acknowledge", "snooze", "resolve", "reopen", "assign"]
    until: AwareDatetime | None = Field(default=None, description="For snooze.")
    reason: Line = Field(default="", max_length=500, description="For snooze.")
    outcome: Outcome = Field(default="", description="For resolve.")
    user: UserId | None = Field(default=None, description="For assign.")


class Done(Answer):
    """What became of one of many."""

    id: str
    error: str = Field(description="What hindered it; empty where nothing did.")


class Several(Answer):
    """What became of each."""

    items: list[Done]


@api.operation("GET", "/incidents", READ, summary="List incidents")
def list_incidents(
    who: Who,
    state: Annotated[list[State] | None, Query(description="One or more; all by default.")] = None,
    monitor: Annotated[str, Query(max_length=64)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    assignee: Annotated[
        str, Query(pattern="^(|me|nobody|[0-9a-f]{32})$", description="A user, me, or nobody.")
    ] = "",
    watched: Annotated[bool, Query(description="Only those that one watches.")] = False,
    least: Annotated[float, Query(ge=0, le=100, description="Severity.")] = 0.0,
    since: Annotated[AwareDatetime | None, Query(description="Odd after that.")] = None,
    search: Search = "",
    sort: Order = "-changed",
    limit: Limit = 50,
    after: Next = "",
) -> Listed[Incident]:
    """List the incidents of monitors that one may see."""
    page = kept.list_incidents(
        who, states=state or (), monitor=_plain(monitor), kind=_plain(kind), assignee=assignee,
        watched=watched, least=least, since=since, search=search, sort=sort, limit=limit,
        after=after,
    )  # fmt: skip
    return Listed[Incident].model_validate(page)


def _plain(text: str) -> str:
    if "\x00" in text:
        raise NotFound("Nothing is called by the character NUL.")
    return text


@api.operation("POST", "/incidents/bulk", WRITE, summary="Do one thing to many")
def act_on_incidents(asked: Bulk, who: Who, by: By) -> Several:
    """Do one thing to many incidents, each by itself; says for each what hindered it."""
    known: dict[str, dict[str, Any]] = {
        "snooze": {"until": asked.until, "reason": asked.reason},
        "resolve": {"outcome": asked.outcome}, "assign": {"user": asked.user},
    }  # fmt: skip
    words = known.get(asked.verb, {})
    done = kept.act_on_many(who, asked.incidents, asked.verb, words, by=by)
    return Several(items=[Done(id=one, error=error) for one, error in done])


@api.operation("GET", "/incidents/{incident}", READ, summary="Read about an incident")
def read_incident(incident: Id, who: Who) -> Incident:
    """Say what is odd, and how it stands."""
    return Incident.model_validate(kept.find_incident(who, incident))


@api.operation("GET", "/incidents/{incident}/timeline", READ, summary="Read its timeline")
def list_timeline(
    incident: Id, who: Who, sort: Direction = "number", limit: Limit = 50, after: Next = ""
) -> Listed[Happened]:
    """List what happened and what was done, in order."""
    page = kept.list_events(who, incident, sort=sort, limit=limit, after=after)
    return Listed[Happened].model_validate(page)


@api.operation("GET", "/incidents/{incident}/firings", READ, summary="List its firings")
def list_incident_firings(
    incident: Id, who: Who, limit: Limit = 50, after: Next = ""
) -> Listed[Firing]:
    """List what the rules found, in the order of the time at which it happened."""
    page = kept.list_firings(who, incident, limit=limit, after=after)
    return Listed[Firing].model_validate(page)


@api.operation("POST", "/incidents/{incident}/acknowledge", WRITE, summary="Acknowledge it")
def acknowledge_incident(incident: Id, who: Who, by: By) -> Incident:
    """Say that one looks after it; nobody further is told until it gets worse."""
    return Incident.model_validate(kept.acknowledge_incident(who, incident, by=by))


@api.operation("POST", "/incidents/{incident}/snooze", WRITE, summary="Snooze it")
def snooze_incident(incident: Id, asked: Snooze, who: Who, by: By) -> Incident:
    """Let it be quiet until a time, or until it gets worse."""
    done = kept.snooze_incident(who, incident, asked.until, asked.reason, by=by)
    return Incident.model_validate(done)


@api.operation("POST", "/incidents/{incident}/resolve", WRITE, summary="Resolve it")
def resolve_incident(incident: Id, asked: Resolve, who: Who, by: By) -> Incident:
    """Say that it is over, and what it was."""
    done = kept.resolve_incident(who, incident, asked.outcome, asked.comment, by=by)
    return Incident.model_validate(done)


@api.operation("POST", "/incidents/{incident}/reopen", WRITE, summary="Reopen it")
def reopen_incident(incident: Id, who: Who, by: By) -> Incident:
    """Take back that it is resolved."""
    return Incident.model_validate(kept.reopen_incident(who, incident, by=by))


@api.operation("POST", "/incidents/{incident}/assign", WRITE, summary="Assign it")
def assign_incident(incident: Id, asked: Assign, who: Who, by: By) -> Incident:
    """Say whose it is; they watch it from then on."""
    return Incident.model_validate(kept.assign_incident(who, incident, asked.user, by=by))


@api.operation("POST", "/incidents/{incident}/comments", "labels:write", summary="Comment on it")
def comment_on_incident(incident: Id, asked: Comment, who: Who, by: By) -> Incident:
    """Write a comment into its timeline; who is mentioned watches it from then on."""
    return Incident.model_validate(kept.comment_on_incident(who, incident, asked.text, by=by))


@api.operation("GET", "/incidents/{incident}/watchers", READ, summary="List who watches it")
def list_watchers(incident: Id, who: Who) -> Watchers:
    """List who watches it."""
    return Watchers(watchers=kept.list_watchers(who, incident))


@api.operation("POST", "/incidents/{incident}/watch", READ, summary="Watch it")
def watch_incident(incident: Id, who: Who) -> Watchers:
    """Watch it."""
    return Watchers(watchers=kept.watch_incident(who, incident))


@api.operation("POST", "/incidents/{incident}/unwatch", READ, summary="Watch it no more")
def unwatch_incident(incident: Id, who: Who) -> Watchers:
    """Watch it no more."""
    return Watchers(watchers=kept.unwatch_incident(who, incident))
