"""Bars 13 and 15: text is text, in searches, in sorting, and in what is exported."""

from __future__ import annotations

import ast
import csv
import io
import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import workbench

from ._server import Team

API = "/api/v1"
PIECES = (
    "'", '"', "`", ";", "--", "/*", "\\", "%", "_", "' OR '1'='1", "') OR 1=1 --",
    "1; DROP TABLE users", "' UNION SELECT password FROM users --", "name; DELETE FROM audit",
    "name DESC, password", "-name) FROM users; --", "(SELECT password FROM users)",
    "CASE WHEN 1=1 THEN name END",
    "name' AND pg_sleep(9) --", "randomblob(1000000000)", "name COLLATE NOCASE; ATTACH 'x' AS y",
    "__import__('os').system('id')", "@a.__class__", "{{7*7}}", "${7*7}", "$where", "name%00",
    "ｎａｍｅ", "name\u2028", "0x6e616d65",
)  # fmt: skip


def payloads(count: int) -> list[str]:
    """Return words that a careless query would run; seeded."""
    mixed = [f"{one}{two}" for one, two in itertools.product(PIECES, PIECES) if one != two]
    return [*PIECES, *random.Random(13).sample(mixed, count - len(PIECES))]


def places(team: Team) -> list[tuple[str, str]]:
    """Return every text that a list can be asked with, from the document."""
    document = team.ask("admin", "GET", f"{API}/openapi.json").json()
    found = []
    for path, methods in document["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            shape = parameter["schema"]
            if parameter["in"] == "query" and "{" not in path and "string" in str(shape):
                found.append((path, parameter["name"]))
    return found


def harmless(team: Team, words: list[str]) -> None:
    """Ask each list in turn; nothing breaks, nothing comes that was not asked for."""
    asked = places(team)
    before = team.ask("admin", "GET", f"{API}/users").json()["total"]
    wrong, statuses = [], {}
    for number, word in enumerate(words):
        for path, name in asked[number % 4 :: 4]:
            answer = team.ask("admin", "GET", path, params={name: word})
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            told = answer.json() if answer.status_code == 200 else {}
            total = told.get("total", 0) if isinstance(told, dict) else 0
            searched = name in ("q", "actor", "action", "object")
            if answer.status_code not in (200, 422) or (searched and total):
                wrong.append(f"{path}?{name}={word!r}: {answer.status_code} {answer.text[:100]}")
    print(f"{len(words)} payloads in {len(asked)} places: {statuses}")
    assert not wrong, "\n".join(wrong)
    assert team.ask("admin", "GET", f"{API}/users").json()["total"] == before
    verified = team.ask("admin", "POST", f"{API}/audit/verify").json()
    assert verified["whole"] is True


def test_words_that_want_to_be_queries_are_words(team: Team) -> None:
    assert len(places(team)) >= 20
    harmless(team, payloads(300)[::50])


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_three_hundred_words_that_want_to_be_queries_are_words(team: Team) -> None:
    harmless(team, payloads(300))


def test_no_text_is_run_as_an_expression() -> None:
    """``frame.query(text)`` and ``eval`` run what they are given: the package has neither."""
    found = []
    for path in Path(workbench.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            bare = isinstance(called, ast.Name)
            # What has a query of its own here are neighbours and the state of a page.
            on = ast.unparse(called.value) if isinstance(called, ast.Attribute) else ""
            asked = name == "query" and not on.endswith(("session", "neighbours_", "self"))
            if (not bare and (asked or name == "eval")) or (bare and name in ("eval", "exec")):
                found.append(f"{path.name}:{node.lineno} {name}")
    assert not found, found


FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0", "=HYPERLINK(1)")


def exported(team: Team, form: str) -> Iterator[tuple[str, ...]]:
    """Yield the lines of an export of data whose cells and columns are formulas."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["=head", "flow", "words"])
    writer.writerows([one % 3, -1.5 * one, FORMULAS[one % len(FORMULAS)]] for one in range(40))
    files = {"file": ("f.csv", lines.getvalue())}
    made = team.ask("analyst", "POST", f"{API}/datasets", files=files)
    with workbench.connect(team.url, team.tokens["analyst"]) as analyst:
        found = analyst.detect(analyst.dataset(made.json()["dataset"]["id"]), "ecod")
    answer = team.ask(
        "analyst", "GET", f"{API}/detections/{found.id}/export", params={"format": form}
    )
    assert answer.status_code == 200, answer.text
    if form == "csv":
        yield from (
            tuple(row)
            for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
        )
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        yield from sheet.iter_rows(values_only=True)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_cells_that_a_spreadsheet_would_run_are_made_text(team: Team, form: str) -> None:
    head, *rows = exported(team, form)
    cells: list[Any] = [*head, *(cell for row in rows for cell in row)]
    words = [cell for cell in cells if isinstance(cell, str) and not _number(cell)]
    assert not [cell for cell in words if cell[:1] in "=+-@\t\r" and cell]
    assert {f"'{one}" for one in FORMULAS[:4]} <= set(words)
    numbers = [float(row[list(head).index("flow")]) for row in rows]
    assert numbers == [-1.5 * one for one in range(40)]


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
