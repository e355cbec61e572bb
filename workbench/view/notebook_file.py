"""What "Open as notebook" hands out: a notebook, or an archive of it with its data."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

__all__ = ["notebook_file"]

NAME = "workbench"


def notebook_file(result: Any, **chosen: Any) -> tuple[str, bytes]:
    """Return name and content of the file that makes a result again.

    Parameters
    ----------
    result : Detection or Comparison
        What is seen, with the thresholds in force.
    **chosen
        As for its ``to_notebook``: ``row``, ``rows``, ``detector``.

    Returns
    -------
    tuple of str and bytes
        A notebook; where data or a model must travel, a .zip with all of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.ipynb"
        result.to_notebook(path, **chosen)
        files = sorted(Path(folder).iterdir())
        if files == [path]:
            return path.name, path.read_bytes()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in files:
                packed.write(file, f"{NAME}/{file.name}")
        return f"{NAME}.zip", archive.getvalue()
