"""A server that is killed while people work on it, and what must be true of it afterwards."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from workbench.core.settings import settings

from ._server import PASSWORD, Server, Team
from ._steps import detected, model_of, uploaded

__all__ = ["KINDS", "Killed", "Work"]

ROWS = 240
#: Seconds until something that was asked for must have begun or ended.
SOON = 120.0
#: Steps that were acknowledged before a kill.
LEAST = 4
_DATA = "SELECT dataset, number, artifact FROM data_versions"


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


@dataclass
class Killed:
    """A server that is killed and started again, with all that was acknowledged.

    Attributes
    ----------
    server : Server
    seed : int
    figures : Counter
        kills, acknowledged, lost, half, broken.
    """

    server: Server
    seed: int
    figures: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _work: Any = None
    _usual: dict[str, float] = field(default_factory=dict)
    _whole: set[tuple[str, str]] = field(default_factory=set)

    def begin(self) -> None:
        """Start the server, make one account and what the steps work on."""
        words = ("users", "create", "admin", "--role", "admin", "--password-stdin")
        self.server.run(*words, input=PASSWORD + "\n")
        self.server.start()
        asked = {"username": "admin", "password": PASSWORD}
        url = self.server.url
        token = httpx.post(f"{url}/api/v1/auth/token", json=asked, timeout=60).json()
        session = {"authorization": f"Bearer {token['access_token']}"}
        me = httpx.get(f"{url}/api/v1/auth/me", headers=session, timeout=60).json()
        body = {"name": "tests", "scopes": me["permissions"]}
        made = httpx.post(f"{url}/api/v1/tokens", json=body, headers=session, timeout=60).json()
        self._work = Work(Team(self.server, {"admin": made["key"]}, {}))
        self._work.prepare()

    def kill(self, number: int) -> None:
        """Let people work, kill the server in the middle of a step, start it, and look."""
        chance = random.Random(f"{self.seed} {number}")
        kind = KINDS[number % len(KINDS)] if number < len(KINDS) else chance.choice(KINDS)
        begun, over, before = threading.Event(), threading.Event(), len(self._work.acknowledged)
        people = [
            threading.Thread(target=self._person, args=(steps, kind, begun, over, before + LEAST))
            for steps in PEOPLE
        ]
        for person in people:
            person.start()
        assert begun.wait(SOON), f"nobody came to {kind}"
        time.sleep(chance.uniform(0.0, self._usual.get(kind, 0.3)))  # the point of this kill
        over.set()
        self.server.kill()
        for person in people:
            person.join(SOON)
        self.figures["kills"] += 1
        self.figures["acknowledged"] += len(self._work.acknowledged) - before
        self.server.start()
        self._look(f"kill {number} during {kind}")

    def _person(
        self,
        steps: tuple[str, ...],
        kind: str,
        begun: threading.Event,
        over: threading.Event,
        least: int,
    ) -> None:
        """Do steps in turn, the one in question first, until the server is gone."""
        place = steps.index(kind) if kind in steps else 0
        while not over.is_set():
            step = steps[place % len(steps)]
            start = time.monotonic()
            if step == kind and len(self._work.acknowledged) >= least:
                begun.set()
            try:
                getattr(self._work, step)()
            except (httpx.TransportError, OSError):
                return
            took = time.monotonic() - start
            self._usual[step] = 0.5 * (self._usual.get(step, took) + took)
            place += 1

    # ---- what must be true ----------------------------------------------------------------------

    def _look(self, when: str, *, at_end: bool = False) -> None:
        with self._told() as ask:
            found = {"lost": self._lost(ask), "half": self._half(ask), "broken": self._broken(ask)}
            if at_end:  # files do not change: what scores now did so after each kill
                found["half"] += self._not_scoring(ask)
            for kind, what in found.items():
                self.figures[kind] += len(what)
                self.wrong += [f"{when}: {kind}: {one}" for one in what]

    @contextmanager
    def _told(self) -> Iterator[Callable[[str], list[Any]]]:
        """Give what reads the server's database beside it."""
        home = self.server.home
        engine = create_engine(
            self.server.env.get("WORKBENCH_DATABASE", f"sqlite:///{home / 'workbench.db'}")
        )
        before = os.environ.get("WORKBENCH_HOME", "")
        os.environ["WORKBENCH_HOME"] = str(home)  # for the key of the seals
        settings.cache_clear()
        try:
            with engine.connect() as connection:
                yield lambda line: list(connection.execute(text(line)))
        finally:
            os.environ["WORKBENCH_HOME"] = before
            settings.cache_clear()
            engine.dispose()

    def _lost(self, ask: Callable[[str], list[Any]]) -> list[str]:
        there: dict[str, set[Any]] = {
            "data": {tuple(row) for row in ask(_DATA)},
            "job": {row.id for row in ask("SELECT id FROM jobs")},
            "result": {row.id for row in ask("SELECT id FROM detections")},
            "model": {tuple(row) for row in ask("SELECT model, number FROM model_versions")},
            "label": {row.comment for row in ask("SELECT comment FROM labels")},
            "view": {row.name for row in ask("SELECT name FROM views")},
        }  # fmt: skip
        lost = [
            f"{kind} {what}"
            for kind, what in self._work.acknowledged
            if kind != "promote" and (what[1] if kind == "result" else what) not in there[kind]
        ]
        return lost + self._lost_promotion(ask)

    def _lost_promotion(self, ask: Callable[[str], list[Any]]) -> list[str]:
        done = max([what for kind, what in self._work.acknowledged if kind == "promote"], default=0)
        if not done:
            return []
        line = "SELECT number FROM model_versions WHERE stage = 'champion'"
        champions = [row.number for row in ask(line)]
        fits = {self._work.promoted[done - 1], *self._work.promoted[done:]}
        return [] if len(champions) == 1 and champions[0] in fits else [f"champions {champions}"]

    def _half(self, ask: Callable[[str], list[Any]]) -> list[str]:
        """Return models whose file is not there, or not as it was written and sealed."""
        from workbench.registry._sealing import opened

        wrong: list[str] = []
        line = "SELECT artifact, seal FROM model_versions UNION SELECT model, seal FROM detections"
        for row in ask(line):
            if tuple(row) not in self._whole:
                try:
                    opened(row[0], row[1])
                    self._whole.add(tuple(row))
                except Exception as error:  # whatever it is, this model is not whole
                    wrong.append(f"model {row[0][:8]}: {error}")
        return wrong

    def _not_scoring(self, ask: Callable[[str], list[Any]]) -> list[str]:
        """Return versions of the model that do not score; those that share a file count once."""
        wrong: list[str] = []
        lines = ask("SELECT artifact, number FROM model_versions")
        for number in {row.artifact: row.number for row in lines}.values():
            path = f"/api/v1/models/{self._work.base['model']}/score?version={number}"
            rows = {"rows": [{"a": 1, "b": 2}]}
            answer = self._work.team.ask("admin", "POST", path, json=rows)
            if answer.status_code != 200:
                wrong.append(f"version {number}: {answer.text}")
        self.figures["scored"] += len({row.artifact for row in lines})
        return wrong

    def _broken(self, ask: Callable[[str], list[Any]]) -> list[str]:
        """Return what is wrong with database, audit and files."""
        wrong: list[str] = []
        if "WORKBENCH_DATABASE" not in self.server.env:
            wrong += [row[0] for row in ask("PRAGMA integrity_check") if row[0] != "ok"]
        verdict = self._work.team.ask("admin", "POST", "/api/v1/audit/verify").json()
        if not verdict["whole"]:
            wrong.append(f"audit: {verdict}")
        artifacts = self.server.home / "artifacts"
        wrong += [f"draft {one.name}" for one in (artifacts / "drafts").glob("*")]
        needed = {
            row[0]
            for row in ask("SELECT artifact FROM data_versions UNION SELECT scores FROM detections")
        }
        for digest in needed:
            if ("file", digest) not in self._whole:
                self._whole.add(("file", digest))
                place = artifacts / digest[:2] / digest
                if not (place.is_file() and _digest(place) == digest):
                    wrong.append(f"file {digest}")
        return wrong

    def finish(self, *, wait: bool) -> None:
        """Look once more, also whether each version scores; with ``wait`` after all jobs ended."""
        if wait:
            self._wait()
        self._look("at the end", at_end=True)

    def _wait(self) -> None:
        # Jobs of a runner that died are begun again after half a minute.
        until = time.monotonic() + SOON
        jobs = {what for kind, what in self._work.acknowledged if kind == "job"}
        while time.monotonic() < until:
            with self._told() as ask:
                states = {row.id: row.state for row in ask("SELECT id, state FROM jobs")}
            if all(states.get(job) not in ("queued", "running") for job in jobs):
                break
            time.sleep(0.5)
        else:
            self.wrong.append("at the end: a job does not end")
        # One that was begun three times and killed each time is given up, and says so.
        self.figures["jobs done"] += sum(states.get(job) == "done" for job in jobs)
        self.figures["jobs given up"] += sum(states.get(job) == "failed" for job in jobs)


def _digest(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest()
