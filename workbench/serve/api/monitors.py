"""Detectors on live data: what they watch, what they tell of and whom, and what they found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field

from workbench.registry import monitors as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    FreeWords,
    Id,
    Limit,
    Listed,
    Name,
    Next,
    Search,
    Sort,
)

__all__ = ["api"]

api = Nouns("monitors", "Detectors on live data.")
Rules = Annotated[list[FreeWords], Field(max_length=20)]
_STREAM = "8431e0c80b6f4f7bb0f6f53a8a1f1a11"


class New(Asked):
    """A monitor."""

    name: Name = Field(examples=["Pumps of plant 7"])
    stream: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=[_STREAM])]
    detector: Annotated[str, Field(max_length=80)] = Field(default="ewma", examples=["ewma"])
    params: FreeWords = Field(
        default_factory=dict, description='Of the detector; for "model": model and version.'
    )
    judging: FreeWords = Field(
        default_factory=dict, description="From when on a record is anomalous.",
        examples=[{"rule": "fdr", "rate": 0.05}],
    )  # fmt: skip
    rules: Rules | None = Field(
        default=None, description="What is told of.",
        examples=[[{"rule": "anomaly", "least_severity": 50}, {"rule": "missing"}]],
    )  # fmt: skip
    routes: FreeWords = Field(default_factory=dict, description="Whom it is told.")


class Change(Asked):
    """What shall be different."""

    name: Name | None = None
    judging: FreeWords | None = None
    rules: Rules | None = None
    routes: FreeWords | None = None
    state: Literal["running", "paused"] | None = None


class Monitor(Answer):
    """A monitor."""

    id: str
    name: str
    owner: str
    stream: str
    detector: str
    params: dict[str, Any]
    judging: dict[str, Any]
    rules: list[dict[str, Any]]
    routes: dict[str, Any]
    state: str = Field(description="running, paused, failed or ended.")
    problem: str = Field(description="What is in the way; empty while all is well.")
    points: int = Field(description="Scored, from the beginning on.")
    anomalies: int
    latest: datetime | None = Field(description="Time of the newest point.")
    told: dict[str, Any] = Field(
        description="What it says of itself: late and doubled records, the promise about false "
        "alarms."
    )
    seen: datetime | None = Field(description="Its last sign of life.")
    created: datetime
    changed: datetime


class Point(Answer):
    """A scored record."""

    number: int
    time: datetime
    entity: str
    values: dict[str, float | None]
    score: float | None
    p_value: float | None
    severity: float | None
    anomalous: bool
    expected: dict[str, tuple[float, float]]
    parts: dict[str, float] = Field(description="What each feature gives to the score.")


@api.operation("GET", "/monitors", "monitors:read", summary="List monitors")
def list_monitors(
    who: Who,
    limit: Limit = 50,
    after: Next = "",
    q: Search = "",
    sort: Sort = "-created",
    stream: Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$", description="Of one stream.")] = "",
) -> Listed[Monitor]:
    """List the monitors that one may see."""
    found = kept.list_monitors(who, stream=stream, limit=limit, after=after, search=q, sort=sort)
    return Listed[Monitor].model_validate(found)


@api.operation("POST", "/monitors", "monitors:write", status=201, summary="Watch a stream")
def create_monitor(asked: New, response: Response, who: Who, by: By) -> Monitor:
    """Begin to watch a stream; what it still holds is scored first."""
    made = kept.create_monitor(
        who, asked.stream, asked.name, asked.detector, asked.params, judging=asked.judging,
        rules=asked.rules, routes=asked.routes, by=by,
    )  # fmt: skip
    response.headers["location"] = f"/api/v1/monitors/{made.id}"
    return Monitor.model_validate(made)


@api.operation("GET", "/monitors/{monitor}", "monitors:read", summary="Read about a monitor")
def read_monitor(monitor: Id, who: Who) -> Monitor:
    """Say what it watches, and how it stands."""
    return Monitor.model_validate(kept.find_monitor(who, monitor))


@api.operation("PATCH", "/monitors/{monitor}", "monitors:write", summary="Change a monitor")
def change_monitor(monitor: Id, asked: Change, who: Who, by: By) -> Monitor:
    """Change what it tells of, and whom; pause it, or go on."""
    changed = kept.change_monitor(
        who, monitor, name=asked.name, judging=asked.judging, rules=asked.rules,
        routes=asked.routes, state=asked.state, by=by,
    )  # fmt: skip
    return Monitor.model_validate(changed)


@api.operation(
    "DELETE", "/monitors/{monitor}", "monitors:write", status=204, summary="Remove a monitor"
)
def remove_monitor(monitor: Id, who: Who, by: By) -> None:
    """Forget a monitor and its points; its incidents stay."""
    kept.remove_monitor(who, monitor, by=by)


@api.operation("GET", "/monitors/{monitor}/points", "monitors:read", summary="Read scored points")
def read_points(
    monitor: Id,
    who: Who,
    start: Annotated[
        int,
        Query(ge=-(2**53), le=2**53, description="Of the first; negative: from the end."),
    ] = -100,
    limit: Annotated[int, Query(ge=1, le=2_000)] = 100,
    anomalous: Annotated[bool, Query(description="Only those that are anomalous.")] = False,
) -> list[Point]:
    """Return points in the order of time."""
    points = kept.monitor_points(who, monitor, start, limit)
    if points is None:
        return []
    rows = range(len(points))
    return [_shown(points, row) for row in rows if points.anomalous[row] or not anomalous]


def _shown(points: Any, row: int) -> Point:
    names = points.features
    expected = zip(names, points.low[row], points.high[row], strict=True)
    return Point(
        number=points.start + row,
        time=datetime.fromisoformat(f"{points.time[row]}+00:00"),
        entity=points.entity[row],
        values=dict(zip(names, map(_finite, points.values[row]), strict=True)),
        score=_finite(points.score[row]),
        p_value=_finite(points.p_value[row]),
        severity=_finite(points.severity[row]),
        anomalous=bool(points.anomalous[row]),
        expected={name: (low, high) for name, low, high in expected if low == low},
        parts={
            name: float(part)
            for name, part in zip(names, points.parts[row], strict=True)
            if part == part
        },
    )


def _finite(value: float) -> float | None:
    return float(value) if value == value and abs(value) != float("inf") else None
