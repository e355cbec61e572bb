"""What "Open as notebook" hands out is executed in a kernel and gives the same scores."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

import workbench as wb
from workbench.core.errors import ParameterError
from workbench.view import uploads
from workbench.view.notebook_file import notebook_file
from workbench.view.pages._take_away import take_away
from workbench.view.session import Session

pytestmark = pytest.mark.filterwarnings(
    # jupyter_client makes its event loop by a call that Python deprecates.
    "ignore:There is no current event loop:DeprecationWarning"
)


def run(folder: Path, name: str, content: bytes, more: str) -> str:
    """Unpack what was handed out, run it with one more line, and return what it printed."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            packed.extractall(folder)
    else:
        (folder / name).write_bytes(content)
    path = next(folder.rglob("*.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    notebook.cells.append(nbformat.v4.new_code_cell(more))
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=240, resources=place).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return "".join(out.get("text", "") for out in outputs if out.get("name") == "stdout")


def test_an_upload_travels_with_the_notebook_of_explore(
    machines: pd.DataFrame, tmp_path: Path
) -> None:
    source = uploads.store("machines.csv", machines.to_csv(index=False).encode())
    query = {"data": source, "detector": "iforest", "label": "broken", "threshold": "0.61"}
    session = Session.from_query({**query, "row": "123"})
    session.restore()
    while session.job is not None:
        assert session.job.wait(60)
        session.poll()
    session.set_brush([100.0, 149.0])
    button = take_away(session, lambda: (session.found, session.chosen()))
    content = button.callback().getvalue()
    assert button.filename == "workbench.zip"
    save = f"import numpy; numpy.save({str(tmp_path / 'scores.npy')!r}, found.scores.to_numpy())"
    more = f"{save}\nprint(found.threshold.value, brushed.index[0], len(brushed))"
    said = run(tmp_path, button.filename, content, more)
    assert said == "The same result.\n0.61 100 50\n"
    np.testing.assert_array_equal(np.load(tmp_path / "scores.npy"), session.found.scores)
    text = next(tmp_path.rglob("*.ipynb")).read_text(encoding="utf-8")
    assert "found.explain(123)" in text
    assert session.dataset.fingerprint in text


def test_a_comparison_with_a_moved_threshold_comes_out_equal(tmp_path: Path) -> None:
    seen = wb.compare("sample:breast-cancer", ["ecod", "knn(n_neighbors=7)"], random_state=3)
    seen = seen.with_threshold("ecod", 30.0)
    name, content = notebook_file(seen, detector="knn(n_neighbors=7)", row=17)
    assert name == "workbench.ipynb"
    save = f"comparison.scores.to_parquet({str(tmp_path / 'scores.parquet')!r})"
    said = run(tmp_path, name, content, f"{save}\nprint(int(comparison.flags['ecod'].sum()))")
    assert said == f"The same result.\n{int(seen.flags['ecod'].sum())}\n"
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "scores.parquet"), seen.scores)
    text = next(tmp_path.rglob("*.ipynb")).read_text(encoding="utf-8")
    assert "comparison.detections['knn(n_neighbors=7)'].explain(17)" in text


def test_what_cannot_be_told_in_lines_is_refused_in_words(tmp_path: Path) -> None:
    picked = wb.compare("sample:breast-cancer", ["ecod", "pca"], reference=np.arange(100, 300))
    with pytest.raises(ParameterError, match="'reference' of this comparison"):
        picked.to_notebook(tmp_path / "x.ipynb")
    with pytest.raises(ParameterError, match=r"ends with \.ipynb"):
        picked.to_notebook(tmp_path / "x.py")

    class Told:
        message = ""

    session: Any = Told()
    with pytest.raises(ParameterError):
        take_away(session, lambda: (picked, {})).callback()
    assert "cannot stand in a notebook" in session.message
