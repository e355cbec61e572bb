"""Notebooks pass nbval, as a reader would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from _road import ROAD


@pytest.mark.parametrize(
    "path",
    # The others ran in their stretches; all of them by this command: pytest -m bars tests/notebooks
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
