"""What people do on a server, step by step, each noted once it was acknowledged."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from ._server import Team
from ._steps import detected, model_of, uploaded

__all__ = ["KINDS", "PEOPLE", "SOON", "Work"]

ROWS = 240
#: Seconds until something that was asked for must have begun or ended.
SOON = 120.0


def table(number: int) -> bytes:
    """Return a table that differs from all others."""
    lines = [f"{one % 17},{(one * 7) % 13},{int(one == 60)}" for one in range(ROWS)]
    return ("a,b,odd\n" + "\n".join([*lines, f"{number},{number},0"]) + "\n").encode()


@dataclass
class Work:
    """What people do on a server, each step noted once it was acknowledged.

    Attributes
    ----------
    team : Team
    acknowledged : list of tuple
        Kind, and what it must be found by.
    """

    team: Team
    acknowledged: list[tuple[str, Any]] = field(default_factory=list)
    base: dict[str, str] = field(default_factory=dict)
    #: The versions that were asked to be promoted, in order; the last may not have been answered.
    promoted: list[int] = field(default_factory=list)
    _number: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def prepare(self) -> None:
        """Make what the steps work on: data, a result with labels, a model with two versions."""
        data = uploaded(self.team, table(0), who="admin")["dataset"]["id"]
        found = detected(self.team, data, "iforest", "admin")
        for rows, verdict in ((range(50, 62), "anomaly"), (range(100, 130), "normal")):
            said = {"rows": list(rows), "verdict": verdict}
            self._sent("POST", f"/detections/{found}/labels", json=said)
        model = model_of(self.team, found, "admin")["model"]["id"]
        model_of(self.team, found, "admin", model=model)
        self.base = {"data": data, "found": found, "model": model}

    def number(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def _sent(self, method: str, path: str, **parts: Any) -> httpx.Response:
        answer = self.team.ask("admin", method, f"/api/v1{path}", **parts)
        assert answer.status_code < 300, answer.text
        return answer

    def _note(self, kind: str, found_by: Any) -> None:
        self.acknowledged.append((kind, found_by))

    def upload(self) -> None:
        content = table(self.number())
        files = {"files": {"file": ("d.csv", content)}, "data": {"label": "odd"}}
        made = self._sent("POST", "/datasets", **files).json()
        self._note("data", (made["dataset"]["id"], 1, hashlib.sha256(content).hexdigest()))

    def version(self) -> None:
        content = table(self.number())
        path = f"/datasets/{self.base['data']}/versions"
        made = self._sent("POST", path, files={"file": ("d.csv", content)}).json()
        told = (self.base["data"], made["version"]["number"], hashlib.sha256(content).hexdigest())
        self._note("data", told)

    def detection(self) -> None:
        run = {"dataset": self.base["data"], "version": 1, "detector": "iforest",
               "random_state": self.number()}  # fmt: skip
        self._job(self._sent("POST", "/detections", json=run), "detection")

    def learning(self) -> None:
        self._job(self._sent("POST", f"/detections/{self.base['found']}/learn"), "detection")

    def _job(self, asked: httpx.Response, result: str) -> None:
        id_ = asked.json()["job"]["id"]
        self._note("job", id_)
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            job = self._sent("GET", f"/jobs/{id_}").json()
            if job["state"] == "done":
                self._note("result", (id_, job["result"][result]))
                self.base["latest"] = job["result"][result]
                return
            assert job["state"] in ("queued", "running"), job
            time.sleep(0.02)
        raise AssertionError("the job does not end")

    def model(self) -> None:
        body = {"detection": self.base.get("latest", self.base["found"]),
                "model": self.base["model"]}  # fmt: skip
        made = self._sent("POST", "/models", json=body).json()
        self._note("model", (self.base["model"], made["version"]["number"]))

    def threshold(self) -> None:
        share = 0.01 + self.number() % 80 / 1000
        body = {"rule": "contamination", "params": {"contamination": share}}
        found = self.base.get("latest", self.base["found"])
        self._sent("PUT", f"/detections/{found}/threshold", json=body)

    def label(self) -> None:
        number = self.number()
        said = {"rows": [130 + number % 100], "verdict": "normal", "comment": f"said {number}"}
        self._sent("POST", f"/detections/{self.base['found']}/labels", json=said)
        self._note("label", f"said {number}")

    def promote(self) -> None:
        number = 1 + len(self.promoted) % 2
        self.promoted.append(number)
        self._sent("POST", f"/models/{self.base['model']}/versions/{number}/promote")
        self._note("promote", len(self.promoted))

    def view(self) -> None:
        name = f"view {self.number()}"
        self._sent("POST", "/views", json={"name": name, "page": "explore"})
        self._note("view", name)


#: The steps, and which person does which: they work side by side.
PEOPLE = (("upload", "version"), ("detection", "model", "learning", "threshold"),
          ("label", "promote", "view"))  # fmt: skip
KINDS = tuple(kind for person in PEOPLE for kind in person)
