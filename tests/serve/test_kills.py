"""A server that is killed at any moment loses nothing that it had acknowledged."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store._postgres import fresh_database

from ._killing import Killed
from ._server import Server

DATABASES = ("sqlite", "postgresql")
#: The full count, in parts: each begins with an empty server, and is not done again.
ALL, PART = 100, 10
#: Where the full count notes how far it is, so that an interrupted run goes on.
PROGRESS = Path(os.environ.get("WORKBENCH_KILLS", tempfile.gettempdir()))


@contextmanager
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the settings of a server whose database is of a kind."""
    if kind == "sqlite":
        yield {}
        return
    with fresh_database(request.getfixturevalue("postgres")) as address:
        yield {"WORKBENCH_DATABASE": address}


def kills(
    home: Path, settings: dict[str, str], numbers: Sequence[int], seed: int, *, whole: bool
) -> Counter[str]:
    """Kill a server some times; return the figures, after nothing was found wrong."""
    killed = Killed(Server(home, settings), seed)
    try:
        killed.begin()
        for number in numbers:
            killed.kill(number)
        killed.finish(wait=whole)
    finally:
        killed.server.stop()
    assert killed.wrong == [], "\n".join(killed.wrong)
    assert killed.figures["kills"] == len(numbers)
    return killed.figures


def told(kind: str, figures: Counter[str]) -> str:
    words = ("kills", "acknowledged", "lost", "half", "broken", "scored", "jobs done")
    words += ("jobs given up",)
    return f"{kind}: " + ", ".join(f"{figures[word]} {word}" for word in words)


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [("sqlite", (3,)), pytest.param("postgresql", (6,), marks=pytest.mark.bars)],
)
def test_a_killed_server_loses_nothing_acknowledged(
    kind: str, numbers: Sequence[int], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with database(kind, request) as settings:
        figures = kills(tmp_path / "home", settings, numbers, seed=5, whole=False)
    print(told(kind, figures))
    assert figures["acknowledged"] > 0


@pytest.mark.bars
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("kind", DATABASES)
def test_a_server_that_is_killed_a_hundred_times_loses_nothing_acknowledged(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    notes = PROGRESS / f"workbench-kills-{kind}.json"
    parts = json.loads(notes.read_text()) if notes.exists() else {}
    for first in range(0, ALL, PART):
        if str(first) in parts:
            continue
        with database(kind, request) as settings:
            numbers = range(first, first + PART)
            home = tmp_path / f"home-{first}"
            parts[str(first)] = kills(home, settings, numbers, seed=18, whole=True)
        notes.write_text(json.dumps(parts))
        print(told(kind, Counter(parts[str(first)])), flush=True)
    figures = sum((Counter(part) for part in parts.values()), Counter[str]())
    print(told(kind, figures))
    assert figures["kills"] == ALL
    notes.unlink()
