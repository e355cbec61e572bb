"""Live data survive whatever is killed: nothing acknowledged is lost, nobody is told twice."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.alerts._receivers import Receiver
from tests.store._postgres import fresh_database
from tests.streams._brokers import mosquitto

from ._live_killing import LiveKilled, settings_of
from ._server import Server

DATABASES = ("sqlite", "postgresql")
ALL, PART = 100, 20
PROGRESS = Path(os.environ.get("WORKBENCH_KILLS", tempfile.gettempdir()))


@contextmanager
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the settings of a server whose database is of a kind."""
    if kind == "sqlite":
        yield {}
        return
    with fresh_database(request.getfixturevalue("postgres")) as address:
        yield {"WORKBENCH_DATABASE": address}


def kills(home: Path, words: dict[str, str], numbers: Sequence[int], seed: int) -> Counter[str]:
    """Kill one thing after the other; return the figures, after nothing was found wrong."""
    with mosquitto() as broker, Receiver() as receiver:
        killed = LiveKilled(Server(home, dict(words)), broker, receiver, seed)
        try:
            killed.begin()
            for number in numbers:
                killed.kill(number)
            killed.look()
        finally:
            killed.stop()
            settings_of(killed.server).dispose()
    lines = "\n".join([*killed.wrong, *killed.server.lines[-40:]])
    assert killed.wrong == [], lines
    return killed.figures


def told(kind: str, figures: Counter[str]) -> str:
    return f"{kind}: " + ", ".join(f"{number} {word}" for word, number in figures.items())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", DATABASES)
def test_live_data_survive_what_is_killed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with database(kind, request) as words:
        figures = kills(tmp_path / "home", words, range(4), seed=3)
    print(told(kind, figures))
    assert figures["acknowledged"] > 0
    assert figures["firings"] > 0


@pytest.mark.bars
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("kind", DATABASES)
def test_live_data_survive_a_hundred_kills(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    notes = PROGRESS / f"workbench-live-kills-{kind}.json"
    parts = json.loads(notes.read_text()) if notes.exists() else {}
    for first in range(0, ALL, PART):
        if str(first) in parts:
            continue
        with database(kind, request) as words:
            numbers = range(first, first + PART)
            parts[str(first)] = kills(tmp_path / f"home-{first}", words, numbers, seed=18)
        notes.write_text(json.dumps(parts))
        print(told(kind, Counter(parts[str(first)])), flush=True)
    figures = sum((Counter(part) for part in parts.values()), Counter[str]())
    print(told(kind, figures))
    assert figures["kills"] == ALL
    notes.unlink()
