"""Live data, and what watches them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["LIVE_STATES", "Monitor", "Stream"]

#: States of a stream and of a monitor.
LIVE_STATES = ("running", "paused", "failed", "ended")


@dataclass(frozen=True)
class Stream:
    """Where records come from, and what their columns mean.

    Attributes
    ----------
    id, name, owner : str
    source : str
        Name of a source in the catalog: "push", "mqtt", "tail".
    settings : dict
        Of the source; what is secret is not among them.
    shape : dict
        As :class:`workbench.streams.records.Shape` has it.
    state : str
        One of :data:`LIVE_STATES`.
    problem : str
        What is in the way; "" while all is well.
    position : dict or None
        Where the source goes on after what is kept.
    seq : int
        Number of the last part that was kept.
    records, refused : int
        Kept, and not usable, from the beginning on.
    latest, arrived : datetime.datetime or None
        When the newest record happened, and when the last part came.
    created, changed : datetime.datetime
    version : int
        Grows with each change that people make.
    """

    id: str
    name: str
    owner: str
    source: str
    settings: dict[str, Any]
    shape: dict[str, Any]
    state: str
    problem: str
    position: dict[str, Any] | None
    seq: int
    records: int
    refused: int
    latest: datetime | None
    arrived: datetime | None
    created: datetime
    changed: datetime
    version: int = 1


@dataclass(frozen=True)
class Monitor:
    """A detector on a stream.

    Attributes
    ----------
    id, name, owner : str
    stream : str
        Id of the stream.
    detector : str
        Name of an online detector, or "model".
    params : dict
        Of the detector; for a model ``{"model": id, "version": number or None}``.
    judging : dict
        As :class:`workbench.streams.judging.Judging` has it.
    rules : list of dict
        Each with ``rule``, ``name`` and the rule's parameters.
    routes : dict
        Who is told: ``{"channels": [ids], "escalate": {"after": seconds, "channels": [ids]}}``.
    state : str
        One of :data:`LIVE_STATES`.
    problem : str
        What is in the way; "" while all is well.
    done : int
        Number of the stream's last part that was scored.
    points, anomalies : int
        Scored, and anomalous among them, from the beginning on.
    latest : datetime.datetime or None
        Time of the newest point.
    told : dict
        What the monitor says of itself: counts of late and doubled records, warm-up, the promise
        about false alarms, drift.
    seen : datetime.datetime or None
        Its last sign of life.
    created, changed : datetime.datetime
    version : int
        Grows with each change that people make.
    """

    id: str
    name: str
    owner: str
    stream: str
    detector: str
    params: dict[str, Any]
    judging: dict[str, Any]
    rules: list[dict[str, Any]]
    routes: dict[str, Any]
    state: str
    problem: str
    done: int
    points: int
    anomalies: int
    latest: datetime | None
    told: dict[str, Any]
    seen: datetime | None
    created: datetime
    changed: datetime
    version: int = field(default=1)
