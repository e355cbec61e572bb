"""The notebook behind "open as notebook" makes the same result, and says when it does not."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

import workbench as wb
from workbench.core.errors import DataError, ParameterError
from workbench.reports.notebook import State, state_notebook
from workbench.workflow.reproducing import state_of

pytestmark = pytest.mark.filterwarnings(
    # jupyter_client makes its event loop by a call that Python deprecates.
    "ignore:There is no current event loop:DeprecationWarning"
)

SAVE = "import numpy; numpy.save('scores.npy', found.scores.to_numpy())"


def run(path: Path) -> str:
    """Execute a notebook where it lies, keep its scores, and return all that it printed."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    notebook.cells.append(nbformat.v4.new_code_cell(SAVE))
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=240, resources=folder).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return "".join(out.get("text", "") for out in outputs if out.get("name") == "stdout")


def lines_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    """Run the lines in this process, which costs no kernel; return ``found`` and what is said."""
    import contextlib
    import io

    monkeypatch.chdir(path.parent)
    names: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                exec(cell.source, names)
    return names["found"], said.getvalue()


def test_a_series_in_memory_is_put_beside_it_and_scores_the_same_in_a_kernel(
    wave: pd.DataFrame, tmp_path: Path
) -> None:
    data = wb.load(wave, time="timestamp", label="is_anomaly", name="wave.csv")
    found = wb.detect(data, "seasonal_residual", reference=slice("2026-01-01", "2026-01-14"))
    path = found.to_notebook(tmp_path / "again.ipynb", row=400)
    assert "The same result." in run(path)
    np.testing.assert_array_equal(np.load(tmp_path / "scores.npy"), found.scores.to_numpy())
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "again.ipynb",
        "again.parquet",
        "scores.npy",
    ]
    text = path.read_text(encoding="utf-8")
    assert "reference=slice('2026-01-01', '2026-01-14')" in text
    assert "found.explain(400)" in text


@pytest.mark.parametrize(
    ("detector", "options", "rule"),
    [
        ("ecod", {}, "contamination:0.02"),
        ("iforest", {"random_state": 7, "n_estimators": 30}, None),
        ("auto", {}, 0.9),
        ("knn", {"n_neighbors": 7, "reference": slice(0, 200)}, "quantile:0.98"),
    ],
)
def test_samples_are_loaded_by_name_and_come_out_equal(
    detector: str, options: Any, rule: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = wb.detect("sample:breast-cancer", detector, **options)
    found = found if rule is None else found.with_threshold(rule)
    path = found.to_notebook(tmp_path / "again.ipynb")
    assert [item.name for item in tmp_path.iterdir()] == ["again.ipynb"]
    there, said = lines_run(path, monkeypatch)
    assert said == "The same result.\n"
    np.testing.assert_array_equal(there.scores, found.scores)
    assert there.threshold.value == found.threshold.value
    assert there.detector == found.detector


def test_a_file_is_named_and_a_changed_one_is_noticed(
    machines: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "machines 'n' more.csv"
    machines.to_csv(place, index=False)
    found = wb.detect(wb.load(place, label="broken"), "ecod")
    path = found.to_notebook(tmp_path / "again.ipynb", source=place)
    assert not (tmp_path / "again.parquet").exists()
    assert lines_run(path, monkeypatch)[1] == "The same result.\n"
    machines.assign(speed=machines["speed"] + 50 * machines.index % 7).to_csv(place, index=False)
    _, said = lines_run(path, monkeypatch)
    assert said.startswith("The data differ")
    assert said.endswith("Not the same result: see versions and data.\n")
    with pytest.raises(DataError, match="holds other data than this result"):
        found.to_notebook(tmp_path / "again.ipynb", source=place)


@pytest.mark.parametrize("way", ["scored", "learned", "picked"])
def test_what_cannot_be_learned_again_is_opened_from_a_model_beside_it(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = wb.load("sample:breast-cancer")
    first = wb.detect(data, "ecod")
    found = {
        "scored": lambda: first.model.score(data.frame.iloc[:200]),
        "learned": lambda: wb.learn(first, data.frame["is_anomaly"].where(data.frame.index < 150)),
        "picked": lambda: wb.detect(data, "ecod", reference=np.arange(100, 300)),
    }[way]()
    path = found.to_notebook(tmp_path / "again.ipynb", row=3)
    assert (tmp_path / "again.wb").exists()
    there, said = lines_run(path, monkeypatch)
    assert said == "The same result.\n"
    np.testing.assert_array_equal(there.scores, found.scores)


def test_hostile_names_and_values_stand_in_it_as_literals(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    deed = f"'); open({str(canary)!r}, 'w')  # \n!touch {canary}\u2028<script>alert(1)</script>"
    frame = pd.DataFrame({deed: np.arange(40.0), "b": np.arange(40.0) % 7}).rename_axis(None)
    data = wb.load(frame, name=f"{deed}`{deed}")
    found = wb.detect(data, "ecod")
    state = state_of(found, tmp_path / "x.ipynb")
    for cell in state_notebook(state)["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse(cell["source"])
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert names <= {"wb", "data", "found", "math", "same", "print", "len"}
        else:
            assert "<script" not in cell["source"]
            assert "\n!touch" not in cell["source"]
    there, _ = lines_run_of(found, tmp_path)
    assert not canary.exists()
    np.testing.assert_array_equal(there.scores, found.scores)


def lines_run_of(found: wb.Detection, folder: Path) -> tuple[Any, str]:
    with pytest.MonkeyPatch.context() as patch:
        return lines_run(found.to_notebook(folder / "x.ipynb"), patch)


@pytest.mark.parametrize(
    "state",
    [
        State("a.csv", "f", {"x=1, y": 1}, "ecod", {}, (1.0, {}), {}),
        State("a.csv", "f", {}, "ecod", {"random_state": object()}, (1.0, {}), {}),
        State("a.csv", "f", {}, "ecod", {}, ("mad", {"a b": 1}), {}),
        State("a.csv", "f", {}, "ecod", {}, (np.float64(1.0), {}), {}),
    ],
)
def test_what_is_no_literal_is_refused(state: State) -> None:
    with pytest.raises(ParameterError):
        state_notebook(state)


def test_rows_and_endings_are_checked(tmp_path: Path) -> None:
    found = wb.detect("sample:breast-cancer", "ecod")
    with pytest.raises(ParameterError, match="There is no row 9000"):
        found.to_notebook(tmp_path / "x.ipynb", row=9000)
    with pytest.raises(ParameterError, match=r"ends with \.ipynb"):
        found.to_notebook(tmp_path / "x.py")
    assert os.listdir(tmp_path) == []  # noqa: PTH208
