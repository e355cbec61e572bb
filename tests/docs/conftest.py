"""Runs the code of a page: Python and commands in order, outputs compared with what is printed."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: A line that stands for any number of lines.
REST = "…"


@dataclass(frozen=True)
class Step:
    """Something that a page runs, and what it says comes out; None when it does not say."""

    kind: str
    code: str
    printed: str | None


def steps(text: str) -> Iterator[Step]:
    """Find the fenced blocks that run; those in ``{code-block}`` directives are only shown."""
    fences = [(found[1], found[2]) for found in FENCE.finditer(text)]
    for place, (kind, body) in enumerate(fences):
        if kind == "python":
            after = fences[place + 1] if place + 1 < len(fences) else ("", "")
            yield Step("python", body, after[1] if after[0] == "text" else None)
        elif kind == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                yield Step("command", command, printed)


def same(printed: str, expected: str) -> bool:
    """Compare line by line; a line with only an ellipsis stands for any lines."""
    lines = [re.escape(line.rstrip()) for line in expected.rstrip().splitlines()]
    anything = re.escape(REST)
    pattern = "\n".join(r"[\s\S]*?" if line == anything else line for line in lines)
    shown = "\n".join(line.rstrip() for line in printed.rstrip().splitlines())
    return re.fullmatch(pattern, shown) is not None


@pytest.fixture
def run_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Return a function that runs the text of a page in a fresh folder, and counts its steps."""
    from workbench.cli.app import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(text: str) -> int:
        names: dict[str, Any] = {"__name__": "page"}
        count = 0
        for step in steps(text):
            count += 1
            out = io.StringIO()
            if step.kind == "python":
                with contextlib.redirect_stdout(out):
                    exec(compile(step.code, "page", "exec"), names)
                printed = out.getvalue()
            else:
                program, *words = shlex.split(step.code)
                assert program == "workbench", step.code
                result = CliRunner().invoke(app, words, catch_exceptions=False)
                assert result.exit_code == 0, f"{step.code}\n{result.output}"
                printed = result.stdout
            if step.printed is not None:
                told = f"{step.code}\nprints\n{printed}\nand not\n{step.printed}"
                assert same(printed, step.printed), told
        return count

    return run
