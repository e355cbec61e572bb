"""Work that takes a while, in the cells of a real kernel."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.filterwarnings(
    # jupyter_client makes its event loop by a call that Python deprecates.
    "ignore:There is no current event loop:DeprecationWarning"
)

COUNT = """
import threading
from workbench.core.display import watched

@watched("Counting <fast>")
def count(rounds, *, progress=None):
    for i in range(rounds):
        progress.step(i / rounds, f"round {i}")
        threading.Event().wait(0.1)
    if rounds == 13:
        raise ValueError("thirteen")
    return rounds
"""


@pytest.fixture(scope="module")
def outputs() -> list[list[Any]]:
    """What three cells leave behind: quick work, work that takes a while, work that fails."""
    cells = [COUNT, "count(2)", "count(15)", "count(13)"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(book, timeout=120, allow_errors=True, kernel_name="python3").execute()
    return [cell["outputs"] for cell in book.cells]


def test_quick_work_shows_its_result_only(outputs: list[list[Any]]) -> None:
    assert [out["output_type"] for out in outputs[1]] == ["execute_result"]


def test_longer_work_leaves_one_line_with_the_time_it_took(outputs: list[list[Any]]) -> None:
    shown, result = outputs[2]
    assert shown["data"]["text/plain"].startswith("Counting <fast>: done in 1.")
    assert "Counting &lt;fast&gt;: done in" in shown["data"]["text/html"]
    assert not [kind for kind in shown["data"] if "widget" in kind]
    assert result["data"]["text/plain"] == "15"


def test_work_that_fails_says_after_what_time(outputs: list[list[Any]]) -> None:
    shown, error = outputs[3]
    assert "failed after" in shown["data"]["text/plain"]
    assert error["ename"] == "ValueError"
