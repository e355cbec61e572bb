"""What a reader of a notebook sees when something is wrong: a message, not our calls."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    "import workbench as wb",
    "wb.detect('sample:pump', 'iforrest')",
    "%tb",
    "1 / 0",
    """
import signal
from workbench.core.display import watched

@watched("Counting")
def count(*, progress=None):
    progress.step(0.5, "round 7")
    signal.raise_signal(signal.SIGINT)

count()
""",
]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what stands below each cell, as text."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    folder: Path = tmp_path_factory.mktemp("kernel")
    client = NotebookClient(
        book, timeout=240, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return [_below(cell) for cell in book.cells]


def _below(cell: nbformat.NotebookNode) -> str:
    parts = [
        "\n".join(out["traceback"]) if out["output_type"] == "error" else str(out.get("text", ""))
        for out in cell["outputs"]
    ]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts)).strip()


def test_a_mistake_is_answered_by_one_message(shown: list[str]) -> None:
    lines = shown[1].splitlines()
    assert lines[0].startswith("UnknownName: There is no detector 'iforrest'.")
    assert "Did you mean 'iforest'?" in lines[0]
    assert "Traceback" not in shown[1]
    assert len(lines) <= 3


def test_the_calls_are_shown_to_whoever_asks(shown: list[str]) -> None:
    assert "%tb" in shown[1]
    assert "Traceback" in shown[2]
    assert "detecting.py" in shown[2]


def test_other_errors_look_as_they_always_do(shown: list[str]) -> None:
    assert "1 / 0" in shown[3]
    assert "ZeroDivisionError" in shown[3]


def test_an_interrupt_says_what_it_stopped(shown: list[str]) -> None:
    assert shown[4] == "Interrupted: Counting was stopped at: round 7."
