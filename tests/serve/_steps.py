"""The steps of a day on a server, each as one call that waits until it is done."""

from __future__ import annotations

import time
from typing import Any

import httpx

from ._server import Team

__all__ = ["CSV", "detected", "done", "model_of", "opened_page", "uploaded"]

#: Seconds until a job must have ended: generous, for machines that do other things meanwhile.
ENDING = 120.0
CSV = b"a,b,odd\n" + b"".join(
    b"%d,%d,%d\n" % (one % 17, (one * 7) % 13, one == 60) for one in range(80)
)


def uploaded(team: Team, content: bytes = CSV, name: str = "d.csv", who: str = "analyst") -> Any:
    """Upload a table whose column "odd" is the label."""
    parts = {"files": {"file": (name, content)}, "data": {"label": "odd"}}
    answer = team.ask(who, "POST", "/api/v1/datasets", **parts)
    assert answer.status_code == 201, answer.text
    return answer.json()


def done(team: Team, asked: httpx.Response, who: str = "analyst") -> Any:
    """Wait for a job and return it as it ended."""
    assert asked.status_code == 202, asked.text
    until = time.monotonic() + ENDING
    while time.monotonic() < until:
        job = team.ask(who, "GET", asked.headers["location"]).json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {job}")


def detected(team: Team, dataset: str, detector: str = "ecod", who: str = "analyst") -> str:
    """Run a detector and return the result's id."""
    run = {"dataset": dataset, "detector": detector}
    job = done(team, team.ask(who, "POST", "/api/v1/detections", json=run), who)
    assert job["state"] == "done", job
    return str(job["result"]["detection"])


def model_of(team: Team, detection: str, who: str = "analyst", **words: Any) -> Any:
    """Register a result's model and return model and version."""
    body = {"detection": detection, **(words or {"name": "watch"})}
    answer = team.ask(who, "POST", "/api/v1/models", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def opened_page(team: Team, page: str, cookie: str) -> str:
    """Return the HTML of a page."""
    sent = {"cookie": f"wb_session={cookie}"}
    answer = httpx.get(f"{team.url}/{page}", headers=sent, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text
