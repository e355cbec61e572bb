"""An incident with all that is known of it: what a post-mortem is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.core.incident import Event, Incident
from workbench.core.points import Points
from workbench.core.stream import Monitor

__all__ = ["Case", "Delivery"]


@dataclass(frozen=True)
class Delivery:
    """One message about an incident on its way to people.

    Attributes
    ----------
    channel : str
        Name of the channel.
    reason : str
        One of :data:`workbench.core.message.REASONS`.
    asked : datetime.datetime
        When it was put into the outbox.
    sent : datetime.datetime or None
        When it arrived.
    state : str
        "waiting", "sent" or "dead".
    attempts : int
    """

    channel: str
    reason: str
    asked: datetime
    sent: datetime | None
    state: str
    attempts: int


@dataclass(frozen=True)
class Case:
    """An incident with all that is known of it at one moment.

    Attributes
    ----------
    incident : Incident
    seen : datetime.datetime
        When this was put together.
    events : tuple of Event
        Its timeline, in order.
    names : dict of str to str
        People by their id.
    deliveries : tuple of Delivery
        Who was told; messages that arrived are kept for 30 days.
    firings : tuple of dict
        The first of them: rule, start, end, severity, text, suppressed.
    similar : tuple of Incident
        Others of the same monitor and kind, the same cause first, then the newest.
    monitor : Monitor or None
        None where it was removed, or is not open to who asks.
    stream : str
        Name of the stream, and the kind of its source.
    run : dict
        Where its detector is a model: ids of model, version, detection and dataset.
    links : dict of str to str
        Addresses of pages: "incident", "monitor", "run"; empty where the server does not know
        its own.
    points : Points or None
        What the monitor scored before, meanwhile and after.
    """

    incident: Incident
    seen: datetime
    events: tuple[Event, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()
    firings: tuple[dict[str, Any], ...] = ()
    similar: tuple[Incident, ...] = ()
    monitor: Monitor | None = None
    stream: str = ""
    run: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    points: Points | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.incident.title

    def first(self, *kinds: str) -> Event | None:
        """Return the first line of the timeline of some kinds."""
        return next((one for one in self.events if one.kind in kinds), None)

    def seconds_to(self, what: str) -> float | None:
        """Return the seconds from when we knew until something; None where it has not happened.

        Parameters
        ----------
        what : {"tell", "acknowledge", "resolve"}
            Telling counts to the first message that arrived; where messages are not kept any more,
            to when the first was on its way. Resolving counts to the last time that it was.
        """
        at: datetime | None
        if what == "tell":
            arrived = [one.sent for one in self.deliveries if one.sent is not None]
            line = None if self.deliveries else self.first("told")
            at = min(arrived) if arrived else None if line is None else line.at
        elif what == "acknowledge":
            line = self.first("acknowledged")
            at = None if line is None else line.at
        else:
            at = self.incident.resolved
        return None if at is None else max((at - self.incident.opened).total_seconds(), 0.0)
