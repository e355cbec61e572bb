"""A plant that tests watch: a team's server with a result, a monitor and an incident on a spike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _team import team_server
from playwright.sync_api import Page

import workbench as wb

__all__ = ["kept", "planted", "records", "send", "waited"]


def records(since: datetime, rows: int = 240, spike: int = 220) -> list[dict[str, Any]]:
    """Return a record a second of each of two pumps; the second one is odd at the spike."""
    return [
        {"time": (since + timedelta(seconds=row)).isoformat(), "pump": pump,
         "flow": 3.0 if row == spike and pump == "pump 2" else 12.0 + 0.1 * (row % 7)}
        for row in range(rows) for pump in ("pump 1", "pump 2")
    ]  # fmt: skip


def send(team: Any, rows: list[dict[str, Any]]) -> None:
    way = f"/api/v1/streams/{team.stream}/records"
    assert team.ask(team.role, "POST", way, json=rows).status_code == 202


def waited(what: Callable[[], Any], words: str, seconds: float = 60.0) -> Any:
    """Return what something says once it says anything; ``words`` tell that it never did."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(words)


@contextmanager
def planted(
    folder: Path, role: str = "operator", minutes: int = 10, **monitor: Any
) -> Iterator[Any]:
    """Run a server on which somebody has all of it; nothing may have gone wrong in the end.

    Parameters
    ----------
    folder : Path
    role : str
        Whose data, stream and monitor they are.
    minutes : int
        How long ago the first record is.
    **monitor
        Of the monitor, on top of the usual.
    """
    settings = {"WORKBENCH_LIVE_WORKERS": "1"}
    with team_server.Server(folder, settings) as server:
        made = team_server.populated(server)
        made.role = role
        stream = {"name": "Plant", "shape": {"entity": "pump"}}
        made.stream = made.ask(role, "POST", "/api/v1/streams", json=stream).json()["id"]
        asked = {"name": "Pumps", "stream": made.stream, **monitor}
        made.monitor = made.ask(role, "POST", "/api/v1/monitors", json=asked).json()["id"]
        made.since = datetime.now(UTC) - timedelta(minutes=minutes)
        send(made, records(made.since))
        with wb.connect(made.url, made.tokens[role]) as owner:
            scans = owner.load("sample:breast-cancer", name="scans")
            made.data = scans.id
            made.result = owner.detect(scans, "ecod", contamination=0.05).id
        made.incident = waited(
            lambda: made.ask(role, "GET", "/api/v1/incidents").json()["items"],
            "no incident is opened",
        )[0]["id"]
        yield made
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def kept(page: Page, store: str, what: str = "getAll") -> list[Any]:
    """Return what a store of the browser's database holds, or with "getAllKeys" its keys."""
    found: list[Any] = page.evaluate(
        """async ([name, what]) => {
          const known = await indexedDB.databases(); // to open what is not there would make it
          if (!known.some((one) => one.name === "workbench")) return [];
          return new Promise((done, wrong) => {
          const asked = indexedDB.open("workbench");
          asked.onerror = () => wrong(asked.error);
          asked.onsuccess = () => {
            const db = asked.result;
            if (!db.objectStoreNames.contains(name)) { db.close(); done([]); return; }
            const all = db.transaction(name).objectStore(name)[what]();
            all.onsuccess = () => { db.close(); done(JSON.parse(JSON.stringify(all.result))); };
          };
          });
        }""",
        [store, what],
    )
    return found
