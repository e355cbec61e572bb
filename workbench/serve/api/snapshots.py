"""Snapshots: what an app keeps of something for when there is no network."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import Field

from workbench.serve.api._operations import Nouns, Who
from workbench.serve.api._shapes import Answer, Id
from workbench.view import snapshots as kept

__all__ = ["api"]

api = Nouns("snapshots", "What an app keeps for when there is no network: 512 KiB each at most.")


class Fact(Answer):
    """Something in two words."""

    name: str
    value: str


class Part(Answer):
    """What a component draws."""

    heading: str
    component: str = Field(description="lanes, why_bars, incident_cards or flow.")
    wire: dict[str, Any] = Field(
        description="What its state sends by name; bytes as an object with their base64."
    )
    row: int | None = Field(description="Row of the data that it is about.")


class Line(Answer):
    """A line of a list."""

    words: str
    time: str
    said: str = Field(description="What somebody wrote.")
    band: str
    row: int | None
    chosen: dict[str, Any] = Field(description="What the lanes mark where the row is chosen.")


class Section(Answer):
    """Lines under a heading: anomalies, labels, a timeline."""

    heading: str
    lines: list[Line]


class Snapshot(Answer):
    """Something as it was when it was asked for."""

    kind: Literal["detection", "incident", "monitor"]
    id: str
    title: str
    about: str
    facts: list[Fact]
    parts: list[Part] = Field(description="The last are left out where it grew too large.")
    sections: list[Section]
    may: list[Literal["label", "comment", "acknowledge", "assign"]] = Field(
        description="What whoever asks may do with it."
    )


def _shown(one: kept.Snapshot) -> Response:
    # Written as it is: what was made here need not be checked against its own description.
    return JSONResponse(one.document())


_MORE: dict[str, Any] = {"response_model": Snapshot}


@api.operation(
    "GET", "/detections/{detection}/snapshot", "detections:read", summary="Keep a result", **_MORE
)
def read_detection_snapshot(detection: Id, who: Who) -> Response:
    """Return a result as an app keeps it: lanes, why the worst rows are odd, what people say."""
    return _shown(kept.snapshot_of_detection(who, detection))


@api.operation(
    "GET", "/incidents/{incident}/snapshot", "monitors:read", summary="Keep an incident", **_MORE
)
def read_incident_snapshot(incident: Id, who: Who) -> Response:
    """Return an incident as an app keeps it: how it stands, why, what is around it, and when."""
    return _shown(kept.snapshot_of_incident(who, incident))


@api.operation(
    "GET", "/monitors/{monitor}/snapshot", "monitors:read", summary="Keep a monitor", **_MORE
)
def read_monitor_snapshot(monitor: Id, who: Who) -> Response:
    """Return what a monitor sees as an app keeps it: its lanes, its incidents, how it stands."""
    return _shown(kept.snapshot_of_monitor(who, monitor))
