"""Ways on which people are told, messages that wait for them, and when nobody shall be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["EFFECTS", "KeptChannel", "Outgoing", "Silence"]

#: What a silence does with firings, in words.
EFFECTS = {
    "suppress": "they are kept and seen, and nobody is told",
    "expected": "they are kept, and their incident is resolved at once as expected",
}


@dataclass(frozen=True)
class KeptChannel:
    """A channel with its settings.

    Attributes
    ----------
    id, name : str
    kind : str
        Name of the plug-in: "webhook", "mail" …
    settings : dict
        What may be shown; "address" notes where it leads, as far as may be shown.
    secret : str
        The rest, encrypted; it is never shown.
    enabled : bool
    author : str
        Id of the user who made it.
    created, changed : datetime.datetime
    latest : datetime.datetime or None
        When a message was last delivered.
    error : str
        Why the last one was not; "" where it was.
    """

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    secret: str = field(repr=False)
    enabled: bool
    author: str
    created: datetime
    changed: datetime
    latest: datetime | None = None
    error: str = ""

    def given(self) -> dict[str, Any]:
        """Return the settings that were given and may be shown."""
        return {name: value for name, value in self.settings.items() if name != "address"}


@dataclass(frozen=True)
class Outgoing:
    """A message on its way to a channel.

    Attributes
    ----------
    id : str
        Of the message: the same however often it is sent.
    incident, channel : str
    payload : dict
        The message (:meth:`workbench.core.message.Message.document`).
    state : str
        "waiting", "sent" or "dead": given up, until somebody sends it again.
    attempts : int
    next : datetime.datetime
        When it is tried next.
    error : str
        Why the last attempt failed.
    created : datetime.datetime
    place : int
        Among the messages of its incident, which keep their order on each channel.
    sent : datetime.datetime or None
    """

    id: str
    incident: str
    channel: str
    payload: dict[str, Any]
    state: str
    attempts: int
    next: datetime
    error: str
    created: datetime
    place: int = 0
    sent: datetime | None = None


@dataclass(frozen=True)
class Silence:
    """When nobody shall be told of something: muted, in maintenance, or a day of the calendar.

    Attributes
    ----------
    id : str
    match : dict of str to str
        Which firings: "monitor", "kind", "entity", "rule"; what is not named may be anything.
    effect : str
        One of :data:`EFFECTS`.
    reason : str
    start, until : datetime.datetime or None
        Between these; None is open. With the others below they bound it.
    cron : str
        Beginnings that come again, in ``zone``; each lasts ``seconds``.
    seconds : int
    dates : list of str
        Whole days in ``zone``: "2026-12-24".
    country : str
        Public holidays of a country, or of a part of it: "DE", "DE-BY".
    zone : str
    author : str
        Id of the user who made it.
    created : datetime.datetime
    """

    id: str
    match: dict[str, str]
    effect: str
    reason: str
    start: datetime | None
    until: datetime | None
    cron: str
    seconds: int
    dates: list[str]
    country: str
    zone: str
    author: str
    created: datetime
