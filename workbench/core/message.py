"""What a channel says of an incident, or with a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from workbench.core.anomaly import band
from workbench.core.wording import SHAPES, plural, when

__all__ = ["REASONS", "Attachment", "Message"]

#: Why something is told, and the word that a message begins with.
REASONS = {
    "opened": "New",
    "worse": "Worse",
    "escalated": "Nobody acknowledged",
    "reopened": "Again",
    "resolved": "Resolved",
    "test": "Test",
    "report": "Report",
}


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message, on channels that carry files.

    Attributes
    ----------
    name : str
        What it is called.
    artifact : str
        SHA-256 that it is kept under (:mod:`workbench.store.artifacts`).
    kind : str
        Media type: "text/html".
    """

    name: str
    artifact: str
    kind: str


@dataclass(frozen=True)
class Message:
    """What a channel says of an incident, or with a report, once.

    Attributes
    ----------
    id : str
        The same however often it is sent: who has seen it, has it.
    reason : str
        One of :data:`REASONS`.
    incident, monitor : str
        Ids; "" in a test and with a report.
    name : str
        What the monitor, or the report, is called.
    title, text : str
        What is odd, in a few words and in a sentence.
    kind, entity : str
    severity : float
    bands : tuple of str
        Severity bands under which this channel was told of the incident, the last one now.
    firings : int
    started, latest, at : datetime.datetime
        Of the first and the last record, and when this was written.
    link : str
        Where to look; "" where the server does not know its address.
    detail : dict
        Actual and expected values, contributions, score, threshold, p-value.
    attachments : tuple of Attachment
        Files that go with it.
    """

    id: str
    reason: str
    incident: str
    monitor: str
    name: str
    title: str
    text: str
    kind: str
    entity: str
    severity: float
    bands: tuple[str, ...]
    firings: int
    started: datetime
    latest: datetime
    at: datetime
    link: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON can say it."""
        told = {**asdict(self), "bands": list(self.bands), "band": band(self.severity)}
        told["attachments"] = list(told["attachments"])
        times = {name: told[name].isoformat() for name in ("started", "latest", "at")}
        return {**told, **times}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Message:
        """Return what a document says."""
        told = {name: value for name, value in document.items() if name != "band"}
        times = {name: datetime.fromisoformat(told[name]) for name in ("started", "latest", "at")}
        files = tuple(Attachment(**one) for one in told.get("attachments", ()))
        return cls(**{**told, **times, "bands": tuple(told["bands"]), "attachments": files})

    def subject(self) -> str:
        """Return it in one line."""
        word = band(self.severity)
        if self.reason == "report":
            return f"{REASONS[self.reason]}: {self.title}"[:200]
        return f"{REASONS[self.reason]}: {SHAPES[word]} {word} – {self.title}"[:200]

    def body(self) -> str:
        """Return it in a few lines of plain text."""
        if self.reason == "report":
            files = ", ".join(one.name for one in self.attachments)
            lines = [self.text, f"Attached: {files}" if files else "", self.link]
            return "\n".join(line for line in lines if line)
        lines = [
            self.text,
            f"Monitor: {self.name or self.monitor or '–'}",
            f"Since {when(self.started)} UTC, last seen {when(self.latest)} UTC, "
            f"{plural(self.firings, 'firing')}",
            self.link,
        ]
        return "\n".join(line for line in lines if line)
