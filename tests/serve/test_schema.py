"""Requests made from our own OpenAPI document: the server answers each as the document says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ._copies import Copies, access, made_once
from ._server import Server, Team, populated

#: They end the identity that the requests are made with: they get a run of their own, at the end.
LAST = ("sign_out", "revoke_token", "end_own_session")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,use_after_free"
#: How many objects of each kind wait to be asked for; requests remove some of them.
STOCK = 20


@dataclass
class Fuzzed:
    """A server with objects of every kind, and requests made up for it."""

    team: Team
    folder: Path

    def run(self, *arguments: str, key: str) -> dict[str, Any]:
        """Send requests and return what schemathesis reports of them."""
        report, told = self.folder / "report.json", self.folder / "events.ndjson"
        subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file", str(self.folder / "schemathesis.toml"),
                "run", f"{self.team.url}/api/v1/openapi.json",
                "--header", f"authorization: Bearer {key}", "--checks", CHECKS,
                "--continue-on-failure", "--no-shrink", "--request-timeout", "120",
                "--report", "json,ndjson", "--report-json-path", str(report),
                "--report-ndjson-path", str(told), *arguments,
            ],
            cwd=self.folder, check=False, timeout=1500, capture_output=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(report.read_text())
        found["statuses"] = Counter(_statuses(told))
        return found


def _statuses(told: Path) -> Iterator[int]:
    for line in told.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for one in recorder.get("interactions", {}).values():
            yield one["response"]["status_code"] if one.get("response") else 0


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """A server with many objects of every kind that belong to its administrator."""
    home, folder = tmp_path_factory.mktemp("fuzzed"), tmp_path_factory.mktemp("requests")
    with Server(home) as server:
        team = populated(server)
        copies = Copies(home, made_once(team), team.ids)
    with copies.open():
        stock = [copies.fresh("admin", "own") for _ in range(STOCK)]
    (folder / "schemathesis.toml").write_text(_words(stock))
    with Server(home, {"WORKBENCH_JOB_WORKERS": "1"}) as server:
        yield Fuzzed(Team(server, team.tokens, team.ids), folder)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def _words(stock: list[dict[str, str]]) -> str:
    """Return a configuration in which ids are mostly ids of something that is there."""
    kinds = ("dataset", "detection", "model", "report", "view", "job", "user", "group", "role")
    lines = []
    for kind in kinds:
        lines += [f"[dictionaries.{kind}]", f"values = {json.dumps([s[kind] for s in stock])}"]
    small = {"number": [1, 2], "row": [0, 3, 39]}
    for name, values in small.items():
        lines += [f"[dictionaries.{name}]", f"values = {values}"]
    lines += ["[parameters]"]
    for kind in (*kinds, *small):
        places = ("path", "body") if kind in ("dataset", "detection", "model") else ("path",)
        lines += [f'"{place}.{kind}" = {{ dictionary = "{kind}", probability = 0.7 }}'
                  for place in places]  # fmt: skip
    return "\n".join(lines)


def _judge(found: dict[str, Any]) -> None:
    cases, statuses = found["test_cases"], found["statuses"]
    print(f"{cases['generated']} cases on {found['operations']['tested']} operations: "
          f"{cases['with_failures']} failures; {dict(sorted(statuses.items()))}")  # fmt: skip
    assert not found["failures"], json.dumps(found["failures"], indent=1)[:6000]
    assert not found["errors"], json.dumps(found["errors"], indent=1)[:6000]
    assert not [status for status in statuses if status >= 500]


def _apart(*names: str) -> list[str]:
    return [part for name in names for part in ("--exclude-operation-id", name)]


def test_requests_from_the_document_are_answered_as_it_says(fuzzed: Fuzzed) -> None:
    found = fuzzed.run(
        "--phases", "fuzzing,stateful", "-n", "2", "--seed", "1", *_apart(*LAST),
        key=fuzzed.team.tokens["admin"],
    )  # fmt: skip
    _judge(found)
    assert found["operations"]["tested"] > 90
    assert found["test_cases"]["generated"] > 150
    assert sum(count for status, count in found["statuses"].items() if 200 <= status < 300) > 30


@pytest.mark.bars
@pytest.mark.timeout(3000)
def test_ten_thousand_requests_from_the_document(fuzzed: Fuzzed) -> None:
    done, seed = 0, 1
    key = fuzzed.team.tokens["admin"]
    while done < 10_000:
        phases = "coverage,fuzzing,stateful" if seed == 1 else "fuzzing,stateful"
        arguments = ["--phases", phases, "-n", "25", "--seed", str(seed), *_apart(*LAST)]
        found = fuzzed.run(*arguments, key=key)
        _judge(found)
        done, seed = done + found["test_cases"]["generated"], seed + 1
    print(f"{done} cases in all")


@pytest.mark.bars
@pytest.mark.parametrize("name", LAST)
def test_requests_that_end_who_makes_them(fuzzed: Fuzzed, name: str) -> None:
    # By password, and as an administrator: whatever was asked before, they are still there.
    key = access(fuzzed.team, "admin")
    arguments = ["--phases", "coverage,fuzzing", "-n", "50", "--include-operation-id", name]
    _judge(fuzzed.run(*arguments, key=key))
