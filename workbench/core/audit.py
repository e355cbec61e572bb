"""What somebody did, when, from where: one link of a chain that shows whether it was altered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["FIRST", "Entry", "Event", "seal"]

#: What the first entry follows.
FIRST = "0" * 64


@dataclass(frozen=True)
class Event:
    """Something that somebody did.

    Attributes
    ----------
    actor : str
        "user:ID", "token:ID", "system", or "anonymous".
    action : str
        Noun and verb: "user.create", "session.open".
    object : str
        What it was done to: "user:ID"; empty where nothing is.
    before, after : mapping
        What changed; never a secret.
    request, address : str
        Id of the request, and where it came from.
    """

    actor: str
    action: str
    object: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    request: str = ""
    address: str = ""


@dataclass(frozen=True)
class Entry:
    """An event with its place in the chain."""

    number: int
    time: datetime
    event: Event
    previous: str
    hash: str


def seal(number: int, time: datetime, event: Event, previous: str) -> str:
    """Return the hash of an entry, which holds fast all that came before it.

    Parameters
    ----------
    number : int
        Its place, from 1.
    time : datetime.datetime
    event : Event
    previous : str
        Hash of the entry before; :data:`FIRST` for the first.

    Examples
    --------
    >>> when = datetime(2026, 1, 1, tzinfo=UTC)
    >>> seal(1, when, Event("system", "start"), FIRST) == seal(1, when, Event("", "start"), FIRST)
    False
    """
    parts = [number, time.astimezone(UTC).isoformat(timespec="microseconds"), previous]
    parts += [event.actor, event.action, event.object, event.request, event.address]
    text = json.dumps(
        [*parts, dict(event.before), dict(event.after)], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()
