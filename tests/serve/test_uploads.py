"""Uploads: never larger than allowed, never outside the data folder, never left where refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from ._server import Server, Team, populated

LIMIT = 300_000
GOOD = b"a,b\n" + b"".join(b"%d,%d\n" % (row % 7, row * 3 % 11) for row in range(40))
HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass
class Uploads:
    """A server that takes little, in a folder with neighbours."""

    team: Team
    around: Path

    @property
    def home(self) -> Path:
        return self.team.server.home

    def send(
        self, file: bytes | str, content: bytes, path: str = "", **data: str
    ) -> httpx.Response:
        """Upload as an analyst; the name goes out byte by byte."""
        raw = file if isinstance(file, bytes) else file.encode("utf-8", "surrogatepass")
        parts = [
            b'--xx\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (key.encode(), value.encode("utf-8", "surrogatepass"))
            for key, value in data.items()
        ]
        parts.append(
            b'--xx\r\ncontent-disposition: form-data; name="file"; filename="%s"\r\n'
            b"content-type: text/csv\r\n\r\n%s\r\n--xx--\r\n" % (raw, content)
        )
        kind = {"content-type": "multipart/form-data; boundary=xx"}
        asked: dict[str, Any] = {"content": b"".join(parts), "headers": kind}
        return self.team.ask("analyst", "POST", f"/api/v1/datasets{path}", **asked)

    def artifacts(self) -> set[str]:
        """Return the files of the data folder that hold what was uploaded, also halfway."""
        place = self.home / "artifacts"
        return {str(one.relative_to(place)) for one in place.rglob("*") if one.is_file()}

    def outside(self) -> dict[str, bytes]:
        """Return what lies around the data folder."""
        return {
            str(one): one.read_bytes()
            for one in self.around.rglob("*")
            if one.is_file() and not one.is_relative_to(self.home)
        }

    def beside(self) -> set[str]:
        """Return what lies in the data folder beside what was uploaded and the database."""
        return {
            str(one.relative_to(self.home))
            for one in self.home.rglob("*")
            if one.is_file() and not one.is_relative_to(self.home / "artifacts")
            and not one.name.startswith("workbench.db")
        }  # fmt: skip


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploads]:
    around = tmp_path_factory.mktemp("around")
    for sibling in ("data-secret", "data.csv", "dat"):
        (around / sibling).mkdir()
        (around / sibling / "kept.csv").write_bytes(b"secret")
    settings = {"WORKBENCH_UPLOAD_LIMIT": str(LIMIT)}
    with Server(around / "data", settings) as server:
        yield Uploads(populated(server), around)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def of_size(size: int) -> bytes:
    """Return a table of exactly so many bytes."""
    line = b"1,2\n"
    count = (size - 4) // len(line)
    return b"a,b\n" + line * (count - 1) + b"1,2" + b"0" * (size - 4 - count * len(line)) + b"\n"


def detail(answer: httpx.Response) -> str:
    """Return why something was refused; it is a sentence, and tells nothing of our folders."""
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = str(answer.json()["detail"])
    assert len(told) > 10
    assert "/tmp" not in told
    assert "Error:" not in told
    return told


def test_a_byte_too_many_is_refused_and_nothing_is_left(uploads: Uploads) -> None:
    fits, large = of_size(LIMIT), of_size(LIMIT + 1)
    assert (len(fits), len(large)) == (LIMIT, LIMIT + 1)
    assert uploads.send("fits.csv", fits).status_code == 201
    before = uploads.artifacts()
    answer = uploads.send("large.csv", large)
    assert answer.status_code == 413
    assert "MB" in detail(answer)
    assert uploads.artifacts() == before
    assert not list((uploads.home / "artifacts" / "drafts").iterdir())


def test_a_body_that_never_ends_is_cut_off(uploads: Uploads) -> None:
    before = uploads.artifacts()

    def pieces() -> Iterator[bytes]:
        yield b'--xx\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\n'
        for _ in range(24):
            yield b"1\n" * 2**18

    kind = {"content-type": "multipart/form-data; boundary=xx"}
    try:
        asked: dict[str, Any] = {"content": pieces(), "headers": kind}
        answer = uploads.team.ask("analyst", "POST", "/api/v1/datasets", **asked)
        assert answer.status_code == 413
    except httpx.WriteError:
        pass  # the server hung up while we were still talking: as good
    assert uploads.artifacts() == before


def hostile_names(count: int) -> list[bytes]:
    """Return names that want to be somewhere or something else; seeded."""
    starts = [
        "../", "../../", "..\\..\\", "%2e%2e/", "%2e%2e%2f", "..%5c", "/", "//", "/etc/", "C:\\",
        "\\\\host\\share\\", "file:///", "~/", "../data-secret/", "../data.csv/", "../dat/",
        "./.", "....//", "..;/", "\u202e", "\u2066", "\U0001f4a3", "a\x00/../", "#", "?", ";",
        "$(touch x)", "`touch x`", "|", "<script>", "'", "-rf ", "\n", "\t", "\x7f", "\ufeff",
        "e\u0301", "\uff0e\uff0e/", "artifacts/drafts/", "workbench.db/", " ", "..", "\u2025/",
        "=cmd|", "{{7*7}}", "%n%s",
    ]  # fmt: skip
    middles = [
        "kept", "CON", "nul", "com1", "LPT9", "aux", "x" * 300, "settings", "secret", "passwd",
        "\u0645\u0636\u062e\u0629", "\U0001f4a3" * 20, ".", "", "a b", "workbench.db",
    ]  # fmt: skip
    ends = [".csv", ".csv", ".CSV", ".csv.", ".csv ", ".csv\x00.exe", ".csv::$DATA", ".csv/",
            ".toml", "", ".parquet", ".csv\\..", ".csv\u202evsc."]  # fmt: skip
    random_ = random.Random(11)
    every = [f"{start}{middle}.csv" for start, middle in zip(starts, middles * 3, strict=False)]
    every += [f"{middle}.csv" for middle in middles]
    while len(every) < count:
        every.append("".join(random_.choice(parts) for parts in (starts, middles, ends)))
    random_.shuffle(every)
    # As browsers do it: these three would end the header, or the name.
    quoted = [one.replace('"', "%22").replace("\n", "%0A").replace("\r", "%0D") for one in every]
    return [one.encode("utf-8", "surrogatepass") for one in quoted[:count]]


def stored(uploads: Uploads, count: int) -> int:
    """Upload under hostile names; return how many were taken in, all of them harmless."""
    taken, outside, beside = 0, uploads.outside(), uploads.beside()
    for name in hostile_names(count):
        answer = uploads.send(name, GOOD)
        if answer.status_code != 201:
            detail(answer)
            continue
        taken += 1
        made = answer.json()
        file = made["version"]["file"]
        assert HARMLESS.fullmatch(file), file
        assert not DEVICES.fullmatch(file), file
        assert made["dataset"]["name"].isprintable()
        path = f"/api/v1/datasets/{made['dataset']['id']}/versions/1/file"
        got = uploads.team.ask("analyst", "GET", path)
        assert got.content == GOOD
        assert got.headers["content-disposition"] == f'attachment; filename="{file}"'
    assert uploads.outside() == outside
    assert uploads.beside() == beside
    assert not list((uploads.home / "artifacts" / "reading").iterdir())
    print(f"{count} names, {taken} taken in under harmless ones")
    return taken


def test_names_lead_nowhere(uploads: Uploads) -> None:
    assert stored(uploads, 16) > 4


@pytest.mark.bars
def test_two_hundred_names_lead_nowhere(uploads: Uploads) -> None:
    assert stored(uploads, 200) > 60


@pytest.mark.parametrize("name", ["a\x00b", "a\u202eb", "\x1b[31m", "x" * 5000])
def test_a_title_that_is_none_is_refused_or_cut(uploads: Uploads, name: str) -> None:
    before = uploads.artifacts()
    content = GOOD + b"1,%d\n" % len(name)
    answer = uploads.send("a.csv", content, name=name)
    assert detail(answer)
    assert uploads.artifacts() == before


def parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"a": range(500), "b": [one % 7 for one in range(500)]}).to_parquet(buffer)
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def hostile_contents() -> dict[str, tuple[str, bytes]]:
    """Return contents that cannot be read as what they claim to be."""
    table, noise = parquet(), random.Random(3).randbytes(20_000)
    bomb = gzip.compress(b"0" * 60_000_000)
    laughs = "".join(
        f'<!ENTITY a{one + 1} "{f"&a{one};" * 10}">' for one in range(9)
    )  # a billion of them
    graph = f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a0 "ha">{laughs}]><graphml>&a9;</graphml>'
    found = {
        "random bytes": ("a.csv", noise),
        "nothing": ("a.csv", b""),
        "header only": ("a.csv", b"a,b\n"),
        "zeros": ("a.csv", b"\x00" * 5000),
        "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + noise),
        "a document": ("a.csv", b"%PDF-1.7\n" + noise),
        "an archive": ("a.csv", zipped("a.csv", GOOD)),
        "a bomb": ("a.csv.gz", bomb),
        "no gzip": ("a.csv.gz", noise),
        "half of a gzip": ("a.csv.gz", gzip.compress(noise.hex().encode())[:9000]),
        "only the magic": ("a.parquet", b"PAR1PAR1"),
        "no parquet": ("a.parquet", noise),
        "flipped": (
            "a.parquet",
            table[:40] + bytes(255 - one for one in table[40:400]) + table[400:],
        ),
        "deep": ("a.json", b"[" * 100_000 + b"]" * 100_000),
        "a bad line": ("a.jsonl", b'{"a": 1}\n{"a": \n{"a": 3}\n'),
        "no workbook": ("a.xlsx", noise),
        "an empty workbook": ("a.xlsx", zipped("xl/workbook.xml", b"<a/>")),
        "a workbook with a bomb": ("a.xlsx", zipped("xl/worksheets/sheet1.xml", b"0" * 60_000_000)),
        "a graph with a bomb": ("a.graphml", graph.encode()),
        "no graph": ("a.graphml", b"<graphml>"),
        "another ending": ("a.exe", GOOD),
    }
    for tenth in range(1, 10):
        found[f"{tenth} tenths"] = ("a.parquet", table[: len(table) * tenth // 10])
    return found


def refused(uploads: Uploads, chosen: list[str]) -> None:
    before, contents = uploads.artifacts(), hostile_contents()
    for about in chosen:
        name, content = contents[about]
        told = detail(uploads.send(name, content))
        print(f"{about}: {told}")
        assert uploads.artifacts() == before, about


def test_what_cannot_be_read_is_refused_with_the_reason(uploads: Uploads) -> None:
    refused(uploads, ["random bytes", "nothing", "a picture", "a bomb", "4 tenths", "deep",
                      "a bad line", "a graph with a bomb"])  # fmt: skip


@pytest.mark.bars
@pytest.mark.timeout(900)
def test_nothing_hostile_of_the_list_is_taken_in(uploads: Uploads) -> None:
    refused(uploads, list(hostile_contents()))


def test_the_same_content_again_is_fine_and_stays_when_a_third_is_refused(uploads: Uploads) -> None:
    content = GOOD + b"5,5\n"
    digest = hashlib.sha256(content).hexdigest()
    place = f"{digest[:2]}/{digest}"
    assert "nope" in detail(uploads.send("a.csv", content, label="nope"))
    assert place not in uploads.artifacts()
    made = [uploads.send("a.csv", content).json() for _ in range(2)]
    assert {one["version"]["sha256"] for one in made} == {digest}
    missing = f"/{'0' * 32}/versions"
    assert uploads.send("a.csv", content, missing).status_code == 404
    assert "nope" in detail(uploads.send("a.csv", content, label="nope"))
    for one in made:
        path = f"/api/v1/datasets/{one['dataset']['id']}/versions/1/file"
        assert uploads.team.ask("analyst", "GET", path).content == content


def test_a_version_of_what_is_not_there_leaves_nothing(uploads: Uploads) -> None:
    before = uploads.artifacts()
    answer = uploads.send("a.csv", GOOD + b"6,6\n", f"/{'0' * 32}/versions")
    assert answer.status_code == 404
    assert uploads.artifacts() == before


def test_who_is_refused_takes_nothing_from_who_is_not(uploads: Uploads) -> None:
    content = GOOD + b"3,9\n"

    def send(number: int) -> httpx.Response:
        return uploads.send("a.csv", content, **({"label": "nope"} if number % 2 else {}))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    kept = [one.json() for one in answers if one.status_code == 201]
    assert {one.status_code for one in answers} <= {201, 422, 503}
    assert kept
    for one in kept:
        path = f"/api/v1/datasets/{one['dataset']['id']}/versions/1/file"
        assert uploads.team.ask("analyst", "GET", path).content == content


def test_a_refused_model_leaves_nothing(uploads: Uploads) -> None:
    before = uploads.artifacts()
    files = {"file": ("m.wb", json.dumps({"no": "model"}).encode())}
    assert detail(uploads.team.ask("admin", "POST", "/api/v1/models/import", files=files))
    assert uploads.artifacts() == before
