"""Incidents and whiles to report on, as records: full of what people write, and nearly empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from workbench.core.case import Case, Delivery
from workbench.core.incident import Event, Incident
from workbench.core.period import Period
from workbench.core.points import Points
from workbench.core.stream import Monitor

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA, BEN, PUMP = "1" * 32, "2" * 32, "d" * 32
HOSTILE = "<script>alert(1)</script> **bold** [x](javascript:alert(1)) <img src=x onerror=alert(1)>"


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def incident(**more: Any) -> Incident:
    detail = {
        "text": "flow is 26, expected 10 to 20", "score": 8.0, "threshold": 4.0, "p_value": 0.001,
        "actual": {"flow": 26.0, "heat": 41.0}, "expected": {"flow": [10.0, 20.0]},
        "parts": {"flow": 6.0, "heat": 2.0},
    }  # fmt: skip
    usual: dict[str, Any] = {
        "id": "e" * 32, "monitor": PUMP, "cause": "anomaly:pump-3", "kind": "anomaly",
        "title": "Pumps / pump-3: something is odd in the data", "state": "resolved",
        "severity": 82.0, "firings": 14, "started": after(-10), "latest": after(50),
        "opened": NOW, "changed": after(120), "resolved": after(63), "snoozed_until": None,
        "outcome": "true", "assignee": BEN, "detail": detail, "owner": ANA, "entity": "pump-3",
    }  # fmt: skip
    return Incident(**{**usual, **more})


def monitor(**more: Any) -> Monitor:
    usual: dict[str, Any] = {
        "id": PUMP, "name": "Pumps", "owner": ANA, "stream": "c" * 32, "detector": "ewma",
        "params": {"season": 24}, "judging": {"rule": "p_value", "rate": 0.001},
        "rules": [{"rule": "anomaly", "least_severity": 50.0}], "routes": {}, "state": "running",
        "problem": "", "done": 9, "points": 240, "anomalies": 14, "latest": after(59),
        "told": {"promise": "at most 1 of 14 is expected to be false"}, "seen": NOW,
        "created": NOW, "changed": NOW,
    }  # fmt: skip
    return Monitor(**{**usual, **more})


def points(count: int = 240) -> Points:
    """Return a minute a point, two pumps in turn; the third's flow leaves its band for a while."""
    random = np.random.default_rng(4)
    minutes = np.arange(count) - count // 2
    time = np.datetime64("2026-03-01T12:00:00", "us") + minutes.astype("timedelta64[m]")
    entity = np.array(["pump-3", "pump-4"] * (count // 2), dtype=object)
    values = np.column_stack([random.normal(15, 1, count), random.normal(40, 0.3, count)])
    odd = (entity == "pump-3") & (minutes >= -10) & (minutes <= 15)
    values[odd, 0] += 11
    values[5, 0] = np.nan
    low, high = np.full((count, 2), np.nan), np.full((count, 2), np.nan)
    low[20:, 0], high[20:, 0] = 10.0, 20.0
    parts = np.full((count, 2), np.nan)
    parts[odd] = [6.0, 2.0]
    severity = np.where(odd, 82.0, 5.0)
    return Points(
        0, time, entity, ("flow", "heat"), values, severity / 10, np.full(count, 0.5), severity,
        odd, low, high, parts, 4.0,
    )  # fmt: skip


def events() -> tuple[Event, ...]:
    told: list[tuple[float, str, str, dict[str, Any]]] = [
        (0, "opened", "", {"text": "flow is 26, expected 10 to 20"}),
        (0, "fired", "", {"count": 1, "severity": 60.0, "text": "flow is 26"}),
        (0, "told", "", {"reason": "opened", "channels": ["pagers", "mail"]}),
        (3, "fired", "", {"count": 8, "severity": 70.0, "text": "flow is 27"}),
        (4, "fired", "", {"count": 5, "severity": 82.0, "text": "flow is 28"}),
        (5, "worse", "", {"severity": 82.0}),
        (12, "acknowledged", ANA, {}),
        (13, "assigned", ANA, {"user": BEN}),
        (20, "commented", BEN, {"text": f"@ana the valve is stuck. {HOSTILE}", "mentions": [ANA]}),
        (63, "resolved", BEN, {"outcome": "true", "comment": "valve replaced <b>today</b>"}),
    ]
    return tuple(
        Event(number, "e" * 32, kind, actor, after(minutes), body)
        for number, (minutes, kind, actor, body) in enumerate(told, 1)
    )


def case(kind: str = "series") -> Case:
    """Return a "series" (all there is), a "table" (nothing kept around it), or "degenerate"."""
    if kind == "degenerate":
        bare = {"state": "open", "outcome": "", "resolved": None, "assignee": None, "detail": {}}
        return Case(incident(**bare, title=HOSTILE, firings=0, latest=after(-10)), NOW)
    others = tuple(
        incident(id=str(number) * 32, outcome=said, severity=40.0 + number, title="Pumps: before")
        for number, said in enumerate(("false alarm", "true", ""))
    )
    sent = (
        Delivery("pagers", "opened", NOW, NOW + timedelta(seconds=4), "sent", 1),
        Delivery("mail", "opened", NOW, None, "dead", 50),
    )
    firings = ({"rule": "high", "start": "", "end": "", "severity": 60.0, "suppressed": False,
                "text": ""},) * 14  # fmt: skip
    return Case(
        incident(), after(130), events(), {ANA: "ana", BEN: "ben"}, sent, firings, others,
        monitor(), "plant (mqtt)", points=points() if kind == "series" else None,
    )  # fmt: skip


def period(kind: str = "series") -> Period:
    """Return a day with incidents, one without points, or one in which nothing came."""
    if kind == "degenerate":
        return Period(monitor(latest=None, told={}), after(-1440), NOW)
    some = (incident(), incident(id="f" * 32, state="open", outcome="", severity=55.0))
    return Period(
        monitor(), after(-1440), after(60), 240, 13, some, {BEN: "ben"}, "plant (mqtt)",
        points=points() if kind == "series" else None,
    )  # fmt: skip
