"""Every notebook runs from top to bottom in a kernel of its own, offline, and shows its result."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ROAD = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
STRICT = "nbval-check-output"
names = [pytest.param(path, id=path.stem) for path in ROAD]

pytestmark = pytest.mark.filterwarnings(
    # jupyter_client makes its event loop by a call that Python deprecates.
    "ignore:There is no current event loop:DeprecationWarning"
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run each notebook once; a cell that fails ends the test with its traceback."""
    folder = tmp_path_factory.mktemp("kernel")
    done = {}
    for path in ROAD:
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, timeout=240, resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
        done[path.stem] = notebook
    return done


def _printed(cell: Any) -> str:
    return "".join(out["text"] for out in cell["outputs"] if out["output_type"] == "stream")


def test_there_is_a_road() -> None:
    assert ROAD[0].stem == "01_first_look"


@pytest.mark.parametrize("path", names)
def test_nothing_goes_wrong_and_a_result_is_shown(path: Path, executed: dict[str, Any]) -> None:
    notebook = executed[path.stem]
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert not [out for out in outputs if out["output_type"] == "error"]
    # Warnings and progress bars on standard error would be what a reader stumbles over.
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []
    shown = [out["data"] for out in outputs if "data" in out]
    assert any(WIDGET in data or "<svg" in data.get("text/html", "") for data in shown)


def test_the_first_look_shows_the_result_of_python(executed: dict[str, Any]) -> None:
    import workbench as wb

    found = wb.detect("sample:pump", "seasonal_residual")
    texts = [
        str(out.get("data", out).get("text/plain", out.get("text", "")))
        for cell in executed["01_first_look"].cells
        for out in cell.get("outputs", [])
    ]
    assert repr(found) in texts
    assert any(str(found.explain(int(found.anomalies["row"].iloc[0]))) in text for text in texts)
    assert any(found.code in text for text in texts)


@pytest.mark.parametrize("path", names)
def test_only_what_is_checked_strictly_is_kept_in_git(path: Path, executed: dict[str, Any]) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell, ran in zip(notebook.cells, executed[path.stem].cells, strict=True):
        if cell["cell_type"] != "code":
            continue
        assert "execution" not in cell["metadata"]
        strict = STRICT in cell["metadata"].get("tags", [])
        assert cell["execution_count"] == (1 if strict else None)
        assert bool(cell["outputs"]) == strict
        if strict:  # after a change: python tests/notebooks/keep_outputs.py
            assert _printed(cell) == _printed(ran)
    assert re.match(r"# \w", notebook.cells[0]["source"])


@pytest.mark.parametrize(
    "path",
    # The others ran above; all of them by this command: pytest -m bars tests/notebooks
    [pytest.param(path, id=path.stem, marks=[pytest.mark.bars] * (path != ROAD[0])) for path in ROAD],
)
def test_it_passes_nbval_as_a_reader_would_run_it(path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-n0", "-p", "no:cacheprovider"]
    own = ["-c", os.devnull, "--rootdir", str(tmp_path), "--nbval-cell-timeout", "240"]
    done = subprocess.run(
        [*command, *own, str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
