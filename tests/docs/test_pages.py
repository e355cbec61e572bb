"""What the documentation says is true: its code runs, and it names everything there is."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import workbench as wb
from workbench.alerts.channels import CHANNELS
from workbench.cli.app import app
from workbench.cli.schemas import schema_names
from workbench.core import errors
from workbench.core.settings import Settings
from workbench.detectors import DETECTORS
from workbench.sources import catalog as source_catalog
from workbench.thresholds import RULES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Pages that people write; those of single detectors are made by the build.
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if "_build" not in path.parts and path.parent != DOCS / "reference" / "detectors"
)
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))
#: Pages whose code needs what an extra brings.
WITH_EXTRA = {"use-deep-detectors"}
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def members_of(name: str) -> list[str]:
    """Return a command itself, or the commands of a group."""
    told: Any = typer.main.get_command(app)
    return [f"{name} {each}" for each in getattr(told.commands[name], "commands", {})] or [name]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.extras] if path.stem in WITH_EXTRA else [])
        for path in [
            *HOW_TO,
            DOCS / "first-look.md",
            DOCS / "reference/errors.md",
            DOCS / "reference/json.md",
        ]
    ],
    ids=lambda path: path.stem,
)
def test_the_code_of_each_page_runs_and_prints_what_the_page_says(
    path: Path, run_page: Callable[[str], int]
) -> None:
    count = run_page(path.read_text(encoding="utf-8"))
    told_elsewhere = {"index", "add-a-detector", "add-a-source", "add-a-chart", "add-a-page"}
    # Their lines need a server, or a browser: tests there do the same with real ones.
    told_elsewhere |= {"run-a-team-server", "use-the-rest-interface", "use-it-as-an-app"}
    assert count or path.stem in told_elsewhere


def test_dropping_one_file_into_a_room_is_enough(tmp_path: Path) -> None:
    """The files of "add a detector / source / …", in a copy of the package with its suites."""
    examples = DOCS / "how-to" / "examples"
    shutil.copytree(ROOT / "workbench", tmp_path / "workbench")
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copytree(ROOT / "tests" / "contracts", tmp_path / "tests" / "contracts")
    rooms = {"worst_column": "detectors", "npy": "sources", "score_ranks": "charts"}
    rooms["band_tally"] = "view/components"
    rooms["journal"] = "alerts/channels"
    shutil.copy(examples / "band_tally.js", tmp_path / "workbench" / "view" / "components")
    shutil.copy(ROOT / "tests" / "view" / "test_components.py", tmp_path / "tests")
    for name, room in rooms.items():
        shutil.copy(examples / f"{name}.py", tmp_path / "workbench" / room)
        shutil.copy(examples / f"test_{name}.py", tmp_path / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    files = [f"tests/test_{name}.py" for name in rooms]
    suites = ["tests/contracts/test_detectors.py", "tests/contracts/test_channels.py"]
    suites.append("tests/test_components.py")
    done = subprocess.run(
        [*command, *files, *suites, "-k", " or ".join(rooms)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 60  # the contract suite took the new detector up


def test_an_entry_point_is_enough_for_outsiders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(DOCS / "how-to" / "examples" / "worst_column.py", package)
    about = tmp_path / "my_package-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[workbench.detectors]\nworst_column = my_package.worst_column:WorstColumn\n"
    )
    program = (
        "import workbench as wb\n"
        "found = wb.detect('sample:breast-cancer', 'worst_column')\n"
        "found.save('m.wb')\n"
        "again = wb.open('m.wb').score('sample:breast-cancer')\n"
        "print((again.scores == found.scores).all(), 'worst_column' in set(wb.catalog()['name']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_every_detector_has_its_line() -> None:
    """The table is made from the catalog at build time; here the words about detectors."""
    assert "{catalog} detectors" in page("reference/detectors.md")
    mentioned = set(re.findall(r"`(\w+)`", page("reference/detectors.md")))
    assert mentioned <= {*DETECTORS.names(), "auto"}, "the page names a detector that is not there"


def test_every_detector_gets_a_page_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all its parameters and what its documentation says of each; pictures need a build."""
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    import detector_pages

    pictures = (Path("light.png"), Path("dark.png"), "what it shows")
    for name in DETECTORS.names():
        kind = DETECTORS.get(name)
        text = detector_pages.page(name, kind, pictures)
        assert f"# {name}\n" in text
        assert "## Example" in text
        assert kind.tags.good_at.replace("``", "`") in text
        for parameter in kind.defaults():
            line = next(row for row in text.splitlines() if row.startswith(f"| `{parameter}` |"))
            assert len(line.split("|")[3].strip()) > 3, f"{name}: {parameter} has no meaning"


@pytest.mark.parametrize("name", ["knn", "sub_pca", "pyod:gmm"])
def test_a_picture_shows_what_a_detector_sees(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    import detector_figures

    monkeypatch.setattr(detector_figures, "FIGURES", tmp_path)
    light, dark, shown = detector_figures.draw(name, DETECTORS.get(name), "mark")
    assert light.read_bytes().startswith(b"\x89PNG")
    assert light.read_bytes() != dark.read_bytes()
    assert "series" in shown or "plane" in shown
    again = light.stat().st_mtime_ns
    detector_figures.draw(name, DETECTORS.get(name), "mark")
    assert light.stat().st_mtime_ns == again  # drawn once while the code stays


def test_the_made_tables_name_every_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    import house

    for names, table in (
        (DETECTORS.names(), house.detectors()),
        (RULES.names(), house.thresholds()),
        (source_catalog().names(), house.sources()),
        (CHANNELS.names(), house.channels()),
    ):
        assert [name for name in names if not re.search(rf"\| [`\[]{name}[`\]]", table)] == []


@pytest.mark.parametrize("name", RULES.names())
def test_every_threshold_rule_has_its_case_in_the_how_to(name: str) -> None:
    assert f"`{name}`" in page("how-to/choose-a-threshold.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_section(name: str) -> None:
    text = page("reference/cli.md")
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section
    for command in members_of(name):
        assert f"```{{command}} {command}\n```" in section[1]
    assert f"$ workbench {name}" in section[1]


def test_no_section_is_about_a_command_that_is_gone() -> None:
    assert sorted(re.findall(r"^## (\w+)$", page("reference/cli.md"), re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("name", [each for name in COMMANDS for each in members_of(name)])
def test_the_made_listing_of_a_command_has_all_its_options(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    import house

    text = house.command(name)
    told: Any = typer.main.get_command(app)
    for word in name.split():
        told = told.commands[word]
    spelled = [
        part for item in told.params if item.param_type_name == "option" for part in item.opts
    ]
    assert [option for option in spelled if option not in text] == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default_and_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    line = next(
        line
        for line in page("reference/settings.md").splitlines()
        if line.startswith(f"| `WORKBENCH_{name.upper()}` | `{name}` |")
    )
    assert str(field.description) in line
    if field.default_factory is None:
        assert f"| {str(field.default).lower()} |" in line


def test_every_error_is_documented_with_its_family() -> None:
    text = page("reference/errors.md")
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if not issubclass(kind, errors.WorkbenchError):
            continue
        line = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        for parent in kind.__bases__:
            if parent is not errors.WorkbenchError:
                assert f"`{parent.__name__}`" in line


@pytest.mark.parametrize("name", schema_names())
def test_every_json_document_has_its_section(name: str) -> None:
    text = page("reference/json.md")
    assert f"\n## {name}\n" in text
    assert f"schemas/{name}.json" in text


@pytest.mark.parametrize("name", wb.__all__)
def test_every_public_name_is_in_the_python_reference(name: str) -> None:
    text = page("reference/python.md") + page("reference/errors.md")
    assert re.search(rf"(autofunction|autoclass):: {name}$|\| `{name}` \|", text, re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", text):
        assert (path.parent / target).exists(), target


def test_decisions_are_numbered_without_gaps() -> None:
    found = sorted(path.name[:4] for path in (DOCS / "adr").glob("0*.md"))
    assert found == [f"{number:04d}" for number in range(1, len(found) + 1)]


def test_the_gallery_shows_every_component_in_light_and_dark() -> None:
    from workbench.view.components.views import states

    text = page("reference/gallery.md")
    for name in states():
        for picture in ("many", "dark"):
            assert f"_static/gallery/{name}-{picture}.png" in text
    pictures = list((DOCS / "_static" / "gallery").glob("*.png"))
    assert {path.name for path in pictures} == set(re.findall(r"gallery/([\w-]+\.png)", text))
    assert sum(path.stat().st_size for path in pictures) < 1.5e6
