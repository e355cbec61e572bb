"""``wb.report``: from what you hold to a file, checked before anything runs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, LimitExceeded, ReportFailed
from workbench.reports import templates as templates_module
from workbench.workflow import handover


@pytest.fixture(scope="module")
def found() -> wb.Detection:
    return wb.detect("sample:breast-cancer", "ecod")


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("x.docx", {}, r"ends with \.html, \.pdf, \.ipynb"),
        ("x.htm", {}, r"Did you mean '\.html'"),
        ("nowhere/x.html", {}, "folder 'nowhere'"),
        ("x.html", {"worts": 3}, "Did you mean 'worst'"),
        ("x.html", {"worst": "3"}, "whole number"),
        ("x.html", {"inputs": "/etc"}, "no parameter 'inputs'"),
        ("x.html", {"template": "model_comparison"}, "Take 'anomaly_report'"),
    ],
)
def test_what_cannot_work_is_told_before_anything_runs(
    found: wb.Detection, tmp_path: Path, path: str, options: Any, message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(handover, "hand_over", lambda *_: pytest.fail("it began"))
    with pytest.raises(wb.WorkbenchError, match=message):
        wb.report(found, tmp_path / path, **options)
    assert list(tmp_path.iterdir()) == []


def test_the_notebook_shows_pages_to_humans_and_no_place_of_this_machine(
    found: wb.Detection, tmp_path: Path
) -> None:
    stages: list[str] = []
    progress = wb.Progress(lambda _, stage: stages.append(stage))
    made = wb.report(
        found, tmp_path / "x.ipynb", template="data_quality", title="Week '12'", progress=progress
    )
    notebook = nbformat.read(made.path, as_version=4)
    nbformat.validate(notebook)
    text = made.path.read_text(encoding="utf-8")
    assert tempfile.gettempdir() not in text
    assert "papermill" not in text
    given = next(cell for cell in notebook.cells if cell["id"] == "given")
    assert given.source == "title = \"Week '12'\"\ninputs = ''"
    shown = [out.data["text/html"] for cell in notebook.cells for out in cell.get("outputs", [])]
    assert "<h1>Week &#x27;12&#x27;</h1>" in shown[0]
    assert [stages[0], stages[-1]] == ["handing over", "done"]
    assert stages.index("What is missing") < stages.index("Column by column")
    assert made.facts["title"] == "Week '12'"


def test_a_failing_template_leaves_a_readable_report_and_nothing_else(
    found: wb.Detection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(tmp_path, monkeypatch, "quality", "raise ValueError('no <such> thing')")
    with pytest.raises(
        ReportFailed, match=r"step 4 of 8, 'Missing': no <such> thing\. What"
    ) as caught:
        wb.report(found.dataset, tmp_path / "x.html")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "no &lt;such&gt; thing" in page
    assert "Data quality of sample:breast-cancer" in page
    assert page.count("Traceback") == 0
    document = json.loads((tmp_path / "x.summary.json").read_text(encoding="utf-8"))
    assert document["complete"] is False
    assert document["failure"]["name"] == "Missing"
    assert vars(caught.value)["report"].facts["rows"] == 376
    assert list(Path(tempfile.gettempdir()).glob("workbench-report-*")) == []


def _break(folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, line: str) -> None:
    """Let the fourth cell of a template fail; a private temporary folder shows what is left."""
    own = folder / "own"
    own.mkdir()
    temporary = folder / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    original = templates_module.get_template(f"data_{kind}_report")
    notebook = json.loads(original.path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    words = {"cell_type": "markdown", "id": "added", "metadata": {}, "source": ["## Missing"]}
    notebook["cells"].insert(notebook["cells"].index(code[2]), words)
    code[2]["source"] = [line]
    (own / original.path.name).write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(templates_module, "_PLACES", (own,))


def test_time_and_the_cancel_button_leave_no_file(found: wb.Detection, tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match=r"more than 0\.01 seconds"):
        wb.report(found, tmp_path / "x.html", seconds=0.01)
    progress = wb.Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        wb.report(found, tmp_path / "x.html", progress=progress)
    assert list(tmp_path.iterdir()) == []


def test_bare_data_are_loaded_and_their_quality_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0]})
    made = wb.report(frame, tmp_path / "x.html")
    assert made.template == "data_quality_report"
    assert (made.facts["rows"], made.facts["columns"]) == (4, 1)
    assert repr(made) == "Report('x.html' by data_quality_report)"


def test_a_missing_extra_is_told_with_the_command(
    found: wb.Detection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "papermill", None)
    with pytest.raises(wb.WorkbenchError, match=r"pip install 'anomaly-workbench\[report\]'"):
        wb.report(found, tmp_path / "x.html")


def test_without_a_path_a_page_is_called_after_the_data_and_none_is_overwritten(
    found: wb.Detection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    taken = tmp_path / "breast_cancer_data_quality_report.html"
    taken.write_text("mine")
    made = wb.report(found, template="data_quality")
    assert made.path.name == "breast_cancer_data_quality_report_2.html"
    assert made.path.is_file()
    assert taken.read_text() == "mine"
