"""Runs the road anew and keeps the text of the cells that are checked strictly.

Usage: python tests/notebooks/keep_outputs.py

A cell is checked strictly by the tag ``nbval-check-output``: what it prints is the same on every
machine. All other outputs, counts and timings stay out of git.
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
STRICT = "nbval-check-output"


def main() -> None:
    """Write each notebook with what its strict cells print."""
    os.environ["WORKBENCH_PROGRESS"] = "false"  # a slow machine would show how slow it is
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        metadata = notebook.metadata.copy()
        NotebookClient(notebook, timeout=240).execute()
        notebook.metadata = metadata
        for cell in notebook.cells:
            if cell["cell_type"] != "code":
                continue
            cell["metadata"].pop("execution", None)
            strict = STRICT in cell["metadata"].get("tags", [])
            cell["execution_count"] = 1 if strict else None  # nbval wants outputs to have been run
            kept = [out for out in cell["outputs"] if out["output_type"] == "stream"]
            cell["outputs"] = kept if strict else []
        text = nbformat.writes(notebook, version=4)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
