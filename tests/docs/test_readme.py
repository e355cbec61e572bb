"""The README is what a stranger sees first: what it shows was run, what it names is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import entry_points, metadata
from pathlib import Path

import pytest
import typer

from workbench.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
INSTALL = "python3 -m venv .venv && .venv/bin/pip install uv && .venv/bin/uv run "


def test_it_opens_with_the_screenshot_that_the_script_makes() -> None:
    shown = re.match(r"!\[[^]]{20,}\]\((docs/_static/explore-light\.png)\)\n\n# ", README)
    assert shown
    assert (ROOT / shown[1]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("what", ["workbench demo", "pytest"])
def test_it_says_the_two_commands_that_need_nothing_else(what: str) -> None:
    assert f"```\n{INSTALL}{what}\n```" in README


def test_its_python_and_its_commands_print_what_it_says(run_page: Callable[[str], int]) -> None:
    told = README.partition("## Where things are")[0]
    assert run_page(told) == 4  # a block of Python and three commands


def test_its_python_has_ten_lines_at_most() -> None:
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found
    assert len([line for line in found[1].splitlines() if line.strip()]) <= 10


def test_every_workbench_command_is_named_and_every_named_one_exists() -> None:
    named = set(re.findall(r"(?:run|\$) workbench (\w+)", README))
    listed = re.search(r"lists the rest: ([^.]*)\.", README)
    assert listed
    assert set(re.findall(r"`(\w+)`", listed[1])) == set(COMMANDS)
    assert named <= set(COMMANDS)


def test_every_tool_it_runs_is_installed() -> None:
    tools = set(re.findall(r"uv run ([\w-]+)", README))
    assert len(tools) >= 5
    known = {point.name for point in entry_points(group="console_scripts")}
    assert tools - known == {"ruff"}  # a binary of its own, without an entry point


def test_the_map_names_every_room_and_only_what_is_there() -> None:
    places = re.findall(r"^\| `([\w/]+/)` \|", README, re.MULTILINE)
    assert [place for place in places if not (ROOT / place).is_dir()] == []
    package = ROOT / "workbench"
    rooms = {f"workbench/{path.parent.name}/" for path in package.glob("*/__init__.py")}
    assert rooms <= set(places)


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"[^!]\[[^]]*\]\(([^)#:]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_binder_installs_extras_of_this_repository_that_there_are() -> None:
    wanted = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8")
    found = re.search(r"^\.\[([\w,]+)\]$", wanted, re.MULTILINE)
    assert found
    extras = metadata("anomaly-workbench").get_all("Provides-Extra") or []
    assert "notebook" in found[1].split(",")
    assert set(found[1].split(",")) <= set(extras)
    path = re.search(r"`lab/tree/(notebooks/\w+\.ipynb)`", README)
    assert path
    assert (ROOT / path[1]).is_file()
