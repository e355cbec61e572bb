"""Objects for the matrix: made once through the server, then copied for each case in its database.

The server is stopped meanwhile; what it is asked for later, it has found there.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from workbench.core.points import Points
from workbench.streams.kept_points import to_bytes

from ._operations import CSV
from ._server import PASSWORD, Team

__all__ = ["Copies", "access", "made_once"]

#: What grants call the kinds; results follow their data.
_NOUNS = {"dataset": "dataset", "detection": "dataset", "model": "model", "report": "report",
          "view": "dashboard", "incident": "monitor", "stream": "stream",
          "monitor": "monitor"}  # fmt: skip
#: Of which an object is opened together with what it belongs to.
_WITHIN = {"detection": "dataset", "incident": "monitor"}
_THEN = "2026-11-25 12:00:00.000000"
#: Points that each monitor has scored.
SEEN = 120


@cache
def seen() -> bytes:
    """Return what a monitor has scored, as it is kept."""
    text, none = np.full(SEEN, "", dtype=object), np.full((SEEN, 1), np.nan)
    time = np.datetime64("2026-11-25T12:00:00", "us") + np.arange(SEEN).astype("timedelta64[s]")
    line = np.arange(SEEN, dtype=float)
    return to_bytes(
        Points(0, time, text, ("a",), line[:, None], line, line / SEEN, line / SEEN,
               np.zeros(SEEN, dtype=bool), none, none, none)
    )  # fmt: skip


def access(team: Team, name: str) -> str:
    """Return an access token, which may whatever its owner may."""
    asked = {"username": name, "password": PASSWORD}
    answer = httpx.post(f"{team.url}/api/v1/auth/token", json=asked, timeout=60)
    return str(answer.json()["access_token"])


def _done(team: Team, asked: Any) -> dict[str, Any]:
    """Wait for a job of the owner and return its result."""
    assert asked.status_code == 202, asked.text
    until = time.monotonic() + 120
    while time.monotonic() < until:
        job = team.ask("owner", "GET", asked.headers["location"]).json()
        if job["state"] in ("done", "failed"):
            assert job["state"] == "done", job["error"]
            return {**job["result"], "job": job["id"]}
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def made_once(team: Team) -> dict[str, str]:
    """Make one object of each kind as "owner" and return the ids."""
    body = {"name": "owner", "role": "analyst", "password": PASSWORD}
    made = team.ask("admin", "POST", "/api/v1/users", json=body).json()["user"]
    team.ids["owner"], team.tokens["owner"] = made["id"], access(team, "owner")
    upload = {"files": {"file": ("d.csv", CSV)}, "data": {"label": "odd"}}
    data = team.ask("owner", "POST", "/api/v1/datasets", **upload).json()
    ids = {"dataset": data["dataset"]["id"], "artifact": data["version"]["sha256"]}
    run = {"dataset": ids["dataset"], "detector": "ecod"}
    ids |= _done(team, team.ask("owner", "POST", "/api/v1/detections", json=run))
    asked = {"detection": ids["detection"], "name": "once"}
    for _ in range(2):
        kept = team.ask("owner", "POST", "/api/v1/models", json=asked).json()
        asked = {"detection": ids["detection"], "model": kept["model"]["id"]}
    ids["model"] = kept["model"]["id"]
    for number in (1, 2):
        path = f"/api/v1/models/{ids['model']}/versions/{number}/promote"
        assert team.ask("admin", "POST", path).status_code == 200
    path = f"/api/v1/models/{ids['model']}/versions/1/file"
    ids["wb"] = team.ask("owner", "GET", path).content.hex()
    view = {"name": "once", "page": "explore"}
    ids["view"] = team.ask("owner", "POST", "/api/v1/views", json=view).json()["id"]
    role = {"name": "once", "permissions": ["models:read"]}
    ids["role"] = team.ask("admin", "POST", "/api/v1/roles", json=role).json()["name"]
    group = team.ask("admin", "POST", "/api/v1/groups", json={"name": "once"}).json()
    team.cookie("owner")
    return ids | {"group": group["id"]}


@dataclass
class Copies:
    """Copies of what was made once, each for one person who stands to it in one way.

    Attributes
    ----------
    home : Path
        Data folder of a server that does not run.
    once, people : dict of str to str
        Ids of the objects, and of the people by name.
    """

    home: Path
    once: dict[str, str]
    people: dict[str, str]
    _known: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    _database: Any = None

    @contextmanager
    def open(self) -> Iterator[Copies]:
        """Write to the database meanwhile."""
        self._database = sqlite3.connect(self.home / "workbench.db")
        self._database.row_factory = sqlite3.Row
        yield self
        self._database.commit()
        self._database.close()

    def shared(self, role: str, relation: str) -> dict[str, str]:
        """Return the objects of everything that leaves them as they are."""
        key = (role, relation)
        if key not in self._known:
            self._known[key] = self.fresh(role, relation)
        return self._known[key]

    def fresh(self, role: str, relation: str) -> dict[str, str]:
        """Return new objects of every kind."""
        who = self.people[role or "viewer"]
        owner = who if relation == "own" else self.people["owner"]
        ids = self._owned(owner) | self._people(owner) | self._alerts(owner)
        ids["stream"] = self._live(owner, ids)
        if relation in ("read", "write"):
            for kind, noun in _NOUNS.items():
                opened = ids[_WITHIN.get(kind, kind)]
                self._grant(who, f"{noun}:{opened}", relation)
        # For operations that take two objects: another one that is no obstacle.
        mine, lent = self._owned(who), self.once["dataset"]
        self._grant(who, f"dataset:{lent}", "read")
        return {**ids, "mine": mine["detection"], "lent": lent, "spare": mine["model"],
                "number": "1", "row": "3", "name": "ecod", "wb": self.once["wb"]}  # fmt: skip

    def _owned(self, owner: str) -> dict[str, str]:
        data = self._copy("datasets", "id", self.once["dataset"], owner=owner)
        self._copy("data_versions", "dataset", self.once["dataset"], dataset=data)
        model = self._copy("models", "id", self.once["model"], owner=owner)
        self._copy("model_versions", "model", self.once["model"], model=model)
        report = secrets.token_hex(16)
        self._add(
            "reports", id=report, owner=owner, name="once", created="2026-11-25 12:00:00.000000",
            subject=f"dataset:{data}", template="data", format="html",
            artifact=self.once["artifact"], facts="{}",
        )  # fmt: skip
        schedule, order = secrets.token_hex(16), {"subject": f"dataset:{data}"}
        self._add(
            "schedules", id=schedule, owner=owner, kind="report", params=json.dumps(order),
            cron="0 7 * * *", zone="UTC", enabled=1, created="2026-11-25 12:00:00.000000",
            next="2099-11-25 12:00:00.000000",
        )  # fmt: skip
        detection = {"owner": owner, "dataset": data}
        return {
            "dataset": data,
            "detection": self._copy("detections", "id", self.once["detection"], **detection),
            "model": model,
            "report": report,
            "schedule": schedule,
            "view": self._copy("views", "id", self.once["view"], owner=owner),
            "job": self._copy("jobs", "id", self.once["job"], owner=owner),
        }

    def _alerts(self, owner: str) -> dict[str, str]:
        names = ("incident", "monitor", "channel", "silence", "message")
        ids = {name: secrets.token_hex(16) for name in names}
        then = "2026-11-25T12:00:00+00:00"
        told = {"loud": 60.0, "reason": "opened", "channels": {}, "count": 0, "since": then,
                "heard": then}  # fmt: skip
        self._add(
            "incidents", id=ids["incident"], monitor=ids["monitor"], cause="anomaly", outcome="",
            kind="anomaly", title="once", state="open", severity=60.0, firings=1, started=_THEN,
            latest=_THEN, opened=_THEN, changed=_THEN, detail="{}", owner=owner, entity="",
            version=1, told=json.dumps(told), routes="{}",
        )  # fmt: skip
        self._add(
            "channels", id=ids["channel"], name=ids["channel"], kind="in_page", settings="{}",
            secret="", enabled=1, author=owner, created=_THEN, changed=_THEN, error="",
        )  # fmt: skip
        self._add(
            "outbox", id=ids["message"], incident=ids["incident"], channel=ids["channel"],
            payload="{}", state="dead", attempts=9, next=_THEN, error="no", created=_THEN, place=0,
            claim="",
        )  # fmt: skip
        self._add(
            "silences", id=ids["silence"], match="{}", effect="suppress", reason="once",
            until="2099-11-25 12:00:00.000000", cron="", seconds=0, dates="[]", country="",
            zone="UTC", author=owner, created=_THEN,
        )  # fmt: skip
        return ids

    def _live(self, owner: str, ids: dict[str, str]) -> str:
        """Make the monitor of the incident, on a stream of its own; return another stream."""
        shape = {"time": "time", "entity": "", "key": "", "features": ["a"], "lateness": 0.0}
        known = {"owner": owner, "created": _THEN, "changed": _THEN, "version": 1, "claim": "",
                 "problem": "", "state": "running"}  # fmt: skip
        streams = [secrets.token_hex(16) for _ in range(2)]
        for one in streams:
            self._add(
                "streams", id=one, name="once", source="push", settings="{}", secret="",
                shape=json.dumps(shape), seq=0, records=0, refused=0, **known,
            )  # fmt: skip
        self._add(
            "monitors", id=ids["monitor"], name="once", stream=streams[0], detector="model",
            params=json.dumps({"model": ids["model"]}), judging=json.dumps({"step": 0.0}),
            rules="[]", routes="{}", done=0, points=SEEN, anomalies=0, told="{}", **known,
        )  # fmt: skip
        self._add(
            "monitor_points", monitor=ids["monitor"], start=0, count=SEEN, first=_THEN, last=_THEN,
            anomalies=0, body=seen(),
        )  # fmt: skip
        return streams[1]

    def _people(self, owner: str) -> dict[str, str]:
        name = secrets.token_hex(8)
        secret = {"digest": secrets.token_hex(32), "user": owner}
        person = self.people["owner"]
        user = self._copy("users", "id", person, name=name, folded=name)
        self._add(
            "outside", issuer="https://login.plant.example", subject=user, user=user, name=name,
            created="2026-11-25 12:00:00.000000", seen="2026-11-25 12:00:00.000000",
        )  # fmt: skip
        device = secrets.token_hex(16)
        self._add(
            "push_devices", id=device, digest=secrets.token_hex(32), user=owner, session="",
            name="once", service="push.example", key="", secret="", created=_THEN, error="",
            took="[]",
        )  # fmt: skip
        return {
            "device": device,
            "user": user,
            "group": self._copy("groups", "id", self.once["group"], name=name),
            "role": self._copy("roles", "name", "once", name=f"r{name}"),
            "session": self._copy("sessions", "user", person, **secret),
            "token": self._copy("api_tokens", "user", self.people["admin"], **secret),
            "run": name,
        }

    def _copy(self, table: str, column: str, value: str, **other: Any) -> str:
        """Copy rows; the first column of most is their id, which is new."""
        rows = self._database.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,))
        new = secrets.token_hex(16)
        for row in rows.fetchall()[: None if "versions" in table else 1]:
            values = dict(row)
            values |= ({"id": new} if "id" in values else {}) | other
            self._add(table, **values)
        return str(values.get("id", values.get("name", "")))

    def _add(self, table: str, **values: Any) -> None:
        names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        line = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"
        self._database.execute(line, tuple(values.values()))

    def _grant(self, who: str, object: str, level: str) -> None:  # noqa: A002
        self._add("grants", subject=f"user:{who}", object=object, level=level)
