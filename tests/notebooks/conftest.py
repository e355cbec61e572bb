"""Runs each notebook once, for the checks that all of them share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # _road is beside this file
pytest.register_assert_rewrite("_road")

from _road import ROAD, Ran, run_notebook

#: jupyter_client makes its event loop by a call that Python deprecates.
LOOP = pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand the notebooks of a file's stretch to its tests."""
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "ran" in metafunc.fixturenames and "ran" not in own:
        names = getattr(metafunc.module, "STRETCH")  # noqa: B009 - a module has no such attribute
        paths = [path for path in ROAD if path.stem[:2] in names]
        assert len(paths) == len(names)
        metafunc.parametrize("ran", paths, indirect=True, scope="module", ids=lambda p: p.stem)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here talks to a kernel."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(LOOP)


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a notebook that was run."""
    return run_notebook(request.param, tmp_path_factory.mktemp("kernel"))
