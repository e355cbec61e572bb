"""What holds for each notebook of the road: it runs from top to bottom, offline, and shows a result.

The road is run in stretches, a file each, so that several workers share it: ``test_first_steps``,
``test_going_deeper`` and ``test_handing_on`` say which notebooks are theirs (``STRETCH``) and take
the checks from here. The fixture ``ran`` of conftest.py runs a notebook once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

__all__ = [
    "ROAD",
    "Ran",
    "run_notebook",
    "test_nothing_goes_wrong_and_a_result_is_shown",
    "test_only_what_is_checked_strictly_is_kept_in_git",
]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ROAD = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
STRICT = "nbval-check-output"


@dataclass(frozen=True)
class Ran:
    """A notebook as it lies in git, and after it ran."""

    path: Path
    notebook: Any


def run_notebook(path: Path, folder: Path) -> Ran:
    """Run a notebook in a kernel of its own; a cell that fails ends the test with its words."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=240, resources=resources).execute()
    return Ran(path, notebook)


def _printed(cell: Any) -> str:
    return "".join(out["text"] for out in cell["outputs"] if out["output_type"] == "stream")


def test_nothing_goes_wrong_and_a_result_is_shown(ran: Ran) -> None:
    outputs = [out for cell in ran.notebook.cells for out in cell.get("outputs", [])]
    assert not [out for out in outputs if out["output_type"] == "error"]
    # Warnings and progress bars on standard error would be what a reader stumbles over.
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []
    shown = [out["data"] for out in outputs if "data" in out]
    assert any(WIDGET in data or "<svg" in data.get("text/html", "") for data in shown)


def test_only_what_is_checked_strictly_is_kept_in_git(ran: Ran) -> None:
    notebook = nbformat.read(ran.path, as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell, done in zip(notebook.cells, ran.notebook.cells, strict=True):
        if cell["cell_type"] != "code":
            continue
        assert "execution" not in cell["metadata"]
        strict = STRICT in cell["metadata"].get("tags", [])
        assert cell["execution_count"] == (1 if strict else None)
        assert bool(cell["outputs"]) == strict
        if strict:  # after a change: python tests/notebooks/keep_outputs.py
            assert _printed(cell) == _printed(done)
    assert re.match(r"# \w", notebook.cells[0]["source"])
