"""Bar 9 over HTTP: hostile files cost one answer each; the server lives, and stays small."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.contracts.hostile_files import FRAMES, MEMORY_BAR, REFUSED, SECONDS_BAR, built

from ._server import Team

#: A file that is mutated is taken from these: what it may become is parsed to the end.
KINDS = (".csv", ".parquet", ".zip", ".gz", ".jsonl", ".json", ".xlsx", ".graphml")
#: Beyond this many bytes a file is not mutated again: it says nothing more, and takes long.
MOST = 200_000


@dataclass(frozen=True)
class Hostile:
    """A file with what must be in the reason; "" where it may also be taken in."""

    about: str
    name: str
    content: bytes
    word: str


def _plain(around: Path) -> Iterator[Hostile]:
    """Yield those of the list that can be sent: files, and nothing to be told beside them."""
    listed = [(name, build, "") for name, (build, _) in FRAMES.items()]
    listed += [(name, build, word) for name, (build, word) in REFUSED.items()]
    for about, build, word in listed:
        shutil.rmtree(around / "files", ignore_errors=True)
        source, options = built(build, around)
        if not options and isinstance(source, Path) and source.is_file() and source.stat().st_size:
            yield Hostile(about, source.name, source.read_bytes(), word)


def _mutated(one: Hostile, number: int) -> Hostile:
    """Return a file with bytes flipped, cut out, doubled or overwritten; seeded."""
    chance = random.Random(f"{one.about} {number}")
    content = bytearray(one.content)
    for _ in range(chance.choice((1, 1, 3, 20))):
        at, size = chance.randrange(max(1, len(content))), chance.choice((1, 4, 64, 1024))
        kind = chance.choice(("flip", "cut", "double", "overwrite", "end"))
        if kind == "flip" and content:
            content[at] ^= 1 << chance.randrange(8)
        elif kind == "cut":
            del content[at : at + size]
        elif kind == "double":
            content[at:at] = content[at : at + size]
        elif kind == "overwrite":
            content[at : at + size] = chance.randbytes(size)
        elif kind == "end" and len(content) > 8:
            del content[max(8, at) :]
    return Hostile(f"{one.about}, mutation {number}", one.name, bytes(content), "")


def hostile_files(count: int, around: Path) -> list[Hostile]:
    """Return the list, and mutations of its smaller files to so many in all."""
    listed = list(_plain(around))
    small = [one for one in listed if len(one.content) < MOST and one.name.endswith(KINDS)]
    more = range(max(0, count - len(listed)))
    return listed + [_mutated(small[number % len(small)], number) for number in more]


@contextmanager
def watched(pid: int) -> Iterator[dict[str, int]]:
    """Note the most bytes that a worker of the server, and the server itself, held at once."""
    seen, done = {"worker": 0, "server": 0}, threading.Event()
    server = psutil.Process(pid)

    def look() -> None:
        while not done.wait(0.05):
            seen["server"] = max(seen["server"], server.memory_info().rss)
            for child in server.children(recursive=True):
                try:
                    seen["worker"] = max(seen["worker"], child.memory_full_info().uss)
                except psutil.Error:  # it has ended since
                    continue

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield seen
    finally:
        done.set()
        watch.join()


def sent(team: Team, one: Hostile) -> httpx.Response:
    files = {"file": (one.name, one.content)}
    return team.ask("analyst", "POST", "/api/v1/datasets", files=files)


def judged(team: Team, files: list[Hostile]) -> Counter[int]:
    """Send files; return how often each status was answered. Whatever is refused says why."""
    statuses: Counter[int] = Counter()
    wrong, slowest = [], 0.0
    with watched(team.server.pid) as seen:
        for one in files:
            began = time.monotonic()
            answer = sent(team, one)
            slowest = max(slowest, time.monotonic() - began)
            statuses[answer.status_code] += 1
            told = answer.json().get("detail", "")
            fine = answer.status_code == 201 and not one.word
            refused = 400 <= answer.status_code < 500 and one.word in told and len(told) > 10
            if not (fine or refused) or "Traceback" in told or str(team.server.home) in told:
                wrong.append(f"{one.about}: {answer.status_code} {told[:200]}")
    print(f"{len(files)} files: {dict(statuses)}, slowest {slowest:.1f} s, worker at most "
          f"{seen['worker'] / 2**20:.0f} MiB, server {seen['server'] / 2**20:.0f} MiB")  # fmt: skip
    assert not wrong, "\n".join(wrong)
    assert seen["worker"] <= MEMORY_BAR
    assert slowest <= 2 * SECONDS_BAR  # the worker has 30 s; a busy machine adds to it
    assert team.server.alive
    assert team.ask("", "GET", "/healthz").status_code == 200
    return statuses


def test_hostile_files_are_answered_and_the_server_lives(team: Team, tmp_path: Path) -> None:
    files = hostile_files(120, tmp_path)
    some = [one for one in files if len(one.content) < MOST]
    assert judged(team, random.Random(4).sample(some, 5)).total() == 5


@pytest.mark.bars
@pytest.mark.timeout(3600)
def test_five_hundred_hostile_files_are_answered(team: Team, tmp_path: Path) -> None:
    statuses = judged(team, hostile_files(500, tmp_path))
    assert statuses.total() == 500
