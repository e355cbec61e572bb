"""Rules of the house that code can check: quick imports, layers, one public class a file."""

from __future__ import annotations

import ast
import inspect
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import workbench as wb
from workbench.thresholds import RULES

HEAVY = ("panel", "bokeh", "tornado", "jupyterlab", "notebook", "ipywidgets", "fastapi", "uvicorn")
REPORTS = ("papermill", "nbconvert", "nbformat", "nbclient", "ipykernel", "playwright")


def loaded_after(program: str) -> set[str]:
    """Return the top-level modules that a fresh process has loaded after some lines."""
    program += "\nimport sys; print('|'.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.strip().splitlines()[-1].split("|"))


def test_importing_workbench_loads_no_stack_at_all() -> None:
    assert not loaded_after("import workbench") & {"pandas", "numpy", "sklearn", "polars", *HEAVY}


def test_the_command_line_is_there_without_the_data_stack() -> None:
    assert not loaded_after("import workbench.cli.app") & {
        "pandas",
        "numpy",
        "sklearn",
        "polars",
        *HEAVY,
    }


def test_detecting_scoring_and_explaining_load_no_web_stack() -> None:
    lines = (
        "import workbench as wb\n"
        "found = wb.detect('sample:breast-cancer', 'ecod')\n"
        "found.explain(); found.model.score('sample:breast-cancer'); repr(found)"
    )
    assert not loaded_after(lines) & set(HEAVY)


def test_what_reports_need_is_loaded_when_one_is_made() -> None:
    lines = (
        "import workbench as wb; from workbench.workflow import reporting, reproducing\n"
        "from workbench.reports import runner, html, pdf, browser, notebook, templates\n"
        "wb.report; templates.templates(); found = wb.detect('sample:les-miserables', 'ecod')"
    )
    assert not loaded_after(lines) & {*REPORTS, *HEAVY}


def test_listing_the_catalog_loads_no_detection_library() -> None:
    names = loaded_after("import workbench as wb; wb.catalog()")
    assert not names & {"sklearn", "pyod", "stumpy", "numba", "statsmodels", "scipy"}
    assert not names & {"torch", "keras", "jax", "tensorflow", "safetensors"}


@pytest.mark.bars
def test_importing_costs_no_more_than_pandas_and_help_no_more_than_twice_that() -> None:
    """The ratios are printed; loading fewer modules is what the tests above assert."""

    def seconds(*command: str) -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return time.perf_counter() - start

    ways = {
        "import pandas": (sys.executable, "-c", "import pandas"),
        "import workbench": (sys.executable, "-c", "import workbench"),
        "workbench --help": (sys.executable, "-m", "workbench", "--help"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(5):
        for name, command in ways.items():
            times[name].append(seconds(*command))
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, value in middle.items():
        print(f"{name:<18} {value:.3f} s  {value / middle['import pandas']:.2f} x pandas")


def test_each_public_function_is_still_one_at_its_second_use() -> None:
    """In one fresh process: whatever the others import, no room takes a function's place."""
    names = [name for name in wb.__all__ if name[0].islower()]
    program = f"""
import workbench as wb
first = {{}}
for name in {names!r}:
    first[name] = getattr(wb, name)
    try:
        first[name]()
    except (TypeError, wb.WorkbenchError):
        pass
wb.detect('sample:les-miserables', 'ecod'); wb.load('sample:les-miserables'); wb.catalog()
lost = [name for name, one in first.items() if getattr(wb, name) is not one or not callable(one)]
assert not lost, lost
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_mistyped_public_name_gets_a_proposal() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'detect'"):
        wb.detct  # noqa: B018


def test_the_version_is_that_of_the_distribution() -> None:
    assert wb.__version__.count(".") == 2
    assert "detect" in dir(wb)


@pytest.mark.parametrize("name", wb.__all__)
def test_every_public_name_has_a_docstring_with_an_example_or_parts(name: str) -> None:
    documented = inspect.getdoc(getattr(wb, name)) or ""
    assert len(documented) > 60


def test_every_rule_documents_itself() -> None:
    for name in RULES.names():
        assert RULES.get(name).__doc__


def test_no_drawer_without_a_name() -> None:
    package = Path(wb.__file__).parent
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert not [path for path in package.rglob("*.py") if path.stem.strip("_") in drawers]


@pytest.mark.parametrize(
    "extra", [False, pytest.param(True, marks=pytest.mark.extras)], ids=["plain", "extra"]
)
def test_the_docstring_examples_run(extra: bool) -> None:
    """In one fresh process: examples print, plot nothing, and need no network."""
    program = """
import doctest, importlib, pkgutil, sys, workbench
extra, finder = sys.argv[1] == "True", doctest.DocTestFinder()
runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)

def needs_extra(module, name):  # detectors that an extra brings say so
    tags = getattr(getattr(module, name.rpartition(".")[2], None), "tags", None)
    return bool(getattr(tags, "extra", ""))

for item in pkgutil.walk_packages(workbench.__path__, "workbench."):
    if item.name.endswith("__main__") or ".view" in item.name or ".charts" in item.name:
        continue
    module = importlib.import_module(item.name)
    for test in finder.find(module, extraglobs={**vars(module)}):
        if needs_extra(module, test.name) is extra:
            runner.run(test)
print(runner.tries); sys.exit(runner.failures)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(extra)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[-1]) > (2 if extra else 60)


#: Parts of Panel that run text as HTML, or show it in a place that does (measured in Chromium).
RUN_HTML = {
    "Str", "Markdown", "Alert", "Feed", "StaticText", "Card", "Accordion", "Number", "TooltipIcon",
    "DiscreteSlider", "ChatMessage", "ChatInterface", "LaTeX", "Div", "Tabulator", "DataFrame",
    "Typography", "Tooltip", "FlexBox", "notifications",
}  # fmt: skip
#: Files that hand HTML to a pane: what comes from data, people or errors goes through ``html``.
HAND_HTML = {
    "_charts.py", "_columns.py", "_data_form.py", "_first.py", "_keep_view.py", "_live.py",
    "_manage.py", "_shell.py", "_trust.py", "gallery.py",
}  # fmt: skip


def _parts_of_panel(path: Path) -> set[str]:
    """Return the names of what a file takes from Panel: ``pn.pane.HTML`` gives "HTML"."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute):
            continue
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in ("pn", "pmui"):
            found.add(node.attr)
    return found


def test_no_page_uses_a_part_that_runs_text_as_html() -> None:
    room = Path(wb.__file__).parent
    files = [*(room / "view").rglob("*.py"), *(room / "serve").rglob("*.py")]
    used = {path: _parts_of_panel(path) for path in files}
    assert {path.name: names & RUN_HTML for path, names in used.items() if names & RUN_HTML} == {}
    assert {path.name for path, names in used.items() if "HTML" in names} == HAND_HTML


def test_the_files_that_wait_for_a_second_step_are_there() -> None:
    from tests.conftest import WIDE

    tests = Path(__file__).parents[1]
    for name in WIDE:
        file, _, test = name.partition("::")
        assert (tests / file).is_file(), name
        assert not test or f"\ndef {test}(" in (tests / file).read_text(), name
    assert list(WIDE) == sorted(WIDE)
