"""What browsers get is what the sources say: built anew, it is the same to the byte."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import workbench

PWA = Path(workbench.__file__).parent / "serve" / "pwa"


@pytest.mark.skipif(shutil.which("npm") is None, reason="building the app needs Node with npm")
def test_the_scripts_are_built_from_their_sources(tmp_path: Path) -> None:
    room = tmp_path / "workbench"
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(PWA / "source", room / "serve" / "pwa" / "source", ignore=ignored)
    shutil.copytree(PWA.parents[1] / "view" / "components", room / "view" / "components")
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        done = subprocess.run(
            command, cwd=room / "serve" / "pwa" / "source", capture_output=True, text=True,
            timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    made = {one.name: one.read_bytes() for one in (room / "serve" / "pwa" / "built").iterdir()}
    kept = {one.name: one.read_bytes() for one in (PWA / "built").iterdir()}
    assert sorted(made) == sorted(kept)
    other = [name for name in made if made[name] != kept[name]]
    assert other == [], "build them: npm ci && npm run build, in workbench/serve/pwa/source"
