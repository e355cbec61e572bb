"""Incidents, channels and silences on a server, by Python's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.client.connection import Connection
from workbench.core.progress import Progress

__all__ = ["AlertWords", "RemoteChannel", "RemoteIncident"]


@dataclass(frozen=True)
class RemoteIncident:
    """Firings of one cause, and what people do about them.

    Attributes
    ----------
    connection : Connection
    facts : dict
        As the server told it: title, state, severity, band, started, latest, firings, detail …
    """

    connection: Connection
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.facts["id"])

    @property
    def title(self) -> str:
        """What is odd, in a few words."""
        return str(self.facts["title"])

    @property
    def state(self) -> str:
        """Open, acknowledged, snoozed or resolved."""
        return str(self.facts["state"])

    def __repr__(self) -> str:
        return f"RemoteIncident({self.title!r}, {self.facts['band']}, {self.state})"

    def timeline(self) -> list[dict[str, Any]]:
        """Return what happened and what was done, in order."""
        return list(self.connection.pages(f"/incidents/{self.id}/timeline"))

    def firings(self) -> list[dict[str, Any]]:
        """Return what the rules found, in the order of its time."""
        return list(self.connection.pages(f"/incidents/{self.id}/firings"))

    def acknowledge(self) -> RemoteIncident:
        """Say that one looks after it; returns it as it is then."""
        return self._do("acknowledge")

    def snooze(self, until: datetime, reason: str = "") -> RemoteIncident:
        """Let it be quiet until a time, or until it gets worse."""
        return self._do("snooze", {"until": until.astimezone().isoformat(), "reason": reason})

    def resolve(self, outcome: str = "", comment: str = "") -> RemoteIncident:
        """Say that it is over, and what it was: "true", "false alarm" or "expected"."""
        return self._do("resolve", {"outcome": outcome, "comment": comment})

    def reopen(self) -> RemoteIncident:
        """Take back that it is resolved."""
        return self._do("reopen")

    def assign(self, user: str | None) -> RemoteIncident:
        """Say whose it is by the id of a user, None for nobody's."""
        return self._do("assign", {"user": user})

    def comment(self, text: str) -> RemoteIncident:
        """Write a comment in Markdown; @name mentions."""
        return self._do("comments", {"text": text})

    def report(self, path: str | Path, *, progress: Progress | None = None, **params: Any) -> Path:
        """Let the server write a post-mortem, to a file that ends with .html, .pdf or .ipynb.

        Parameters
        ----------
        path : path
        progress : Progress, optional
        **params
            What the template may be told: title, charts, similar.
        """
        from workbench.client.remote import Workbench

        return Workbench(self.connection).report(self, path, progress=progress, **params)

    def watch(self) -> list[str]:
        """Watch it; return the ids of all who do."""
        told = self.connection.post(f"/incidents/{self.id}/watch")
        return list(told["watchers"])

    def unwatch(self) -> list[str]:
        """Watch it no more; return the ids of all who do."""
        told = self.connection.post(f"/incidents/{self.id}/unwatch")
        return list(told["watchers"])

    def _do(self, verb: str, words: dict[str, Any] | None = None) -> RemoteIncident:
        told = self.connection.post(f"/incidents/{self.id}/{verb}", words)
        return RemoteIncident(self.connection, told)


@dataclass(frozen=True)
class RemoteChannel:
    """A way on which people are told.

    Attributes
    ----------
    connection : Connection
    facts : dict
        As the server told it: name, kind, settings, secrets (names alone), enabled, error …
    """

    connection: Connection
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id, for routes."""
        return str(self.facts["id"])

    def __repr__(self) -> str:
        return f"RemoteChannel({self.facts['name']!r}, {self.facts['kind']!r})"

    def test(self) -> dict[str, Any]:
        """Send a real test message; return "sent", "error" and "seconds"."""
        told: dict[str, Any] = self.connection.post(f"/channels/{self.id}/test")
        return told

    def change(self, **values: Any) -> RemoteChannel:
        """Change name, settings or enabled; returns it as it is then."""
        answer = self.connection.send("PATCH", f"/channels/{self.id}", json=values)
        return RemoteChannel(self.connection, answer.json())

    def remove(self) -> None:
        """Remove it, and what waits for it."""
        self.connection.send("DELETE", f"/channels/{self.id}")


class AlertWords:
    """The words of :class:`workbench.client.remote.Workbench` about alerts."""

    connection: Connection

    def incidents(self, **asked: Any) -> list[RemoteIncident]:
        """Return the incidents that one may see, the one that changed last first.

        Parameters
        ----------
        **asked
            state, monitor, kind, assignee, watched, least, since, q, sort: as
            ``GET /incidents`` takes them.
        """
        found = self.connection.pages("/incidents", **asked)
        return [RemoteIncident(self.connection, one) for one in found]

    def incident(self, id: str) -> RemoteIncident:  # noqa: A002
        """Return an incident by id."""
        return RemoteIncident(self.connection, self.connection.get(f"/incidents/{id}"))

    def add_channel(self, name: str, kind: str, **settings: Any) -> RemoteChannel:
        """Add a channel; what is secret in its settings is never shown again."""
        words = {"name": name, "kind": kind, "settings": settings}
        return RemoteChannel(self.connection, self.connection.post("/channels", words))

    def channels(self) -> list[RemoteChannel]:
        """Return the channels, by name."""
        return [RemoteChannel(self.connection, one) for one in self.connection.pages("/channels")]

    def silence(
        self, reason: str, *, match: Mapping[str, str] | None = None, **when: Any
    ) -> dict[str, Any]:
        """Let nobody be told of something: returns the silence, with its id.

        Parameters
        ----------
        reason : str
        match : mapping, optional
            monitor, kind, entity, rule; what is not named may be anything.
        **when
            until, start (times with a zone); cron and seconds; dates; country; zone; effect.
        """
        told = {
            name: value.astimezone().isoformat() if isinstance(value, datetime) else value
            for name, value in when.items()
        }
        made: dict[str, Any] = self.connection.post(
            "/silences", {"reason": reason, "match": dict(match or {}), **told}
        )
        return made

    def silences(self) -> list[dict[str, Any]]:
        """Return the silences that are not over."""
        return list(self.connection.pages("/silences"))

    def lift_silence(self, id: str) -> None:  # noqa: A002
        """Lift a silence."""
        self.connection.send("DELETE", f"/silences/{id}")

    def dead_letters(self) -> list[dict[str, Any]]:
        """Return messages that were given up."""
        return list(self.connection.pages("/outbox", state="dead"))

    def send_again(self, messages: Sequence[str]) -> None:
        """Let messages that were given up be sent once more, by their ids."""
        for one in messages:
            self.connection.post(f"/outbox/{one}/send")
