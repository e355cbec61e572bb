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
from ._working import KINDS, PEOPLE, SOON, Work

__all__ = ["Killed"]

#: Steps that were acknowledged before a kill.
LEAST = 4
_DATA = "SELECT dataset, number, artifact FROM data_versions"


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
        from workbench.registry._sealing import open_sealed

        wrong: list[str] = []
        line = "SELECT artifact, seal FROM model_versions UNION SELECT model, seal FROM detections"
        for row in ask(line):
            if tuple(row) not in self._whole:
                try:
                    open_sealed(row[0], row[1])
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
