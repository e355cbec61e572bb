"""Files that are made to be downloaded, and removed once they were."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

__all__ = ["written"]


def written(name: str, write: Callable[[Path], Any]) -> FileResponse:
    """Return the answer that gives a file away; ``write`` fills the path that it is called with."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-download-"))
    try:
        write(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    kind = "application/octet-stream"
    return FileResponse(folder / name, filename=name, media_type=kind, background=gone)
