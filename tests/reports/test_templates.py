"""Templates are found in a checkout and in a wheel, and are kept in git without outputs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest

from workbench.reports import templates as room
from workbench.reports.templates import templates

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("template", templates(), ids=lambda item: item.name)
def test_a_template_is_valid_stripped_and_has_one_tagged_cell(template: room.Template) -> None:
    notebook = nbformat.read(template.path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count is not None]
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in code) == 1
    assert notebook.cells[0].source.startswith("# ")


def test_the_wheel_is_told_to_carry_them() -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = facts["tool"]["hatch"]["build"]["targets"]
    carried = build["wheel"]["force-include"]["notebooks/reports"]
    assert ROOT / carried == room._PLACES[0]
    assert "notebooks/reports" in build["sdist"]["include"]


@pytest.mark.bars
def test_an_installed_wheel_finds_them(tmp_path: Path) -> None:
    """Built for real, which needs the build backend from an index."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "build",
        "--wheel",
        "--out-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=280)
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from workbench.reports.templates import templates\n"
        "print([(item.name, item.path.parent.name) for item in templates()])\n"
        "from importlib import resources\n"
        "place = resources.files('workbench.reports') / 'page'\n"
        "print(sorted(item.name for item in place.iterdir()))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, check=True,
    )  # fmt: skip
    found, page = done.stdout.splitlines()
    assert found.count("'templates'") == 6
    assert page == "['conf.json', 'index.html.j2', 'style.css']"
