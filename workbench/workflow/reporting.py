"""``wb.report``: a result as a page, a PDF or a notebook that anybody can read."""

from __future__ import annotations

import itertools
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.display import watched
from workbench.core.errors import ParameterError, ReportFailed, suggest
from workbench.core.progress import Progress

if TYPE_CHECKING:
    from workbench.reports.runner import Run
    from workbench.reports.summary import Report

__all__ = ["ENDINGS", "check_path", "report"]

ENDINGS = (".html", ".pdf", ".ipynb")


@watched("Writing the report")
def report(
    what: Any,
    path: str | Path | None = None,
    *,
    template: str | None = None,
    seconds: float | None = None,
    progress: Progress | None = None,
    **params: Any,
) -> Report:
    """Write a report that needs no network, no script and no workbench to be read.

    A template notebook is run in a process of its own. It gets the data, the model and the scores
    as they are, so that it shows the same numbers.

    Parameters
    ----------
    what : Detection, Dataset or Comparison
        What it is about; data that are no Dataset yet are loaded as ``wb.load`` does. A server
        also hands in a Case (an incident) or a Period (what a monitor found in a while).
    path : path, optional
        Where to; ends with .html, .pdf or .ipynb. A summary for machines is written beside it, as
        ``NAME.summary.json``. By default a page in the working folder that is called after the
        data and the template, such as ``pump_anomaly_report.html``; a file that is there already
        is kept, and the new one gets a number.
    template : str, optional
        "anomaly_report", "monitoring_report", "data_quality_report",
        "model_comparison_report", "post_mortem_report" or "watch_report"; by default the one that
        fits.
    seconds : float, optional
        Time that it may take; by default the setting ``report_seconds`` (600).
    progress : Progress, optional
        Told which part is being made; may cancel.
    **params
        What the template may be told, for example ``title="Week 12"`` or ``worst=20``.

    Returns
    -------
    Report
        Where it is, and what it found.

    Raises
    ------
    ParameterError
        The ending, the template or a parameter cannot work; nothing was run.
    ReportFailed
        A step failed. The file is there, with what was made before, and says which and why.
    LimitExceeded
        It took too long.

    Examples
    --------
    >>> import workbench as wb
    >>> found = wb.detect("sample:breast-cancer", "ecod")
    >>> wb.report(found, "cancer.html").facts["anomalies"]  # doctest: +SKIP
    19
    """
    from workbench.core.settings import settings
    from workbench.reports.templates import template_for
    from workbench.workflow.dataset import as_dataset
    from workbench.workflow.handover import hand_over, holds

    path = None if path is None else check_path(Path(path))
    if _is_bare(what):
        what = as_dataset(what)
    chosen = template_for(holds(what), template)
    given = chosen.schema.validate(params)
    if chosen.takes == "dataset":
        what = getattr(what, "dataset", what)
    path = _free_path(what, chosen.name) if path is None else path
    progress = progress or Progress()
    progress.step(0.0, "handing over")
    folder = Path(tempfile.mkdtemp(prefix="workbench-report-"))
    try:
        inputs = folder / "inputs"
        inputs.mkdir()
        hand_over(what, inputs)
        limit = settings().report_seconds if seconds is None else seconds
        return _make(chosen, given, path, folder, limit, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(
    chosen: Any, given: dict[str, Any], path: Path, folder: Path, seconds: float, progress: Progress
) -> Report:
    from workbench.reports.runner import prepare, run_notebook
    from workbench.reports.summary import Report, facts_of
    from workbench.workflow.exporting import to_json, write_whole

    work = folder / "work"
    work.mkdir()
    ready = prepare(chosen, {**given, "inputs": str(folder / "inputs")})
    run = run_notebook(ready, work, seconds=seconds, progress=progress.part(0.05, 0.9))
    progress.step(0.9, "writing")
    facts = facts_of(run.notebook)
    told = {item.name: item.default for item in chosen.schema.parameters if item.name != "inputs"}
    summary_path = path.with_suffix(".summary.json")
    made = Report(path, summary_path, chosen.name, told | given, facts, run)
    _write(made, chosen, given, folder)
    text = to_json(made.to_dict())
    write_whole(summary_path, lambda scratch: _text(scratch, text + "\n"))
    progress.step(1.0, "done")
    if run.failure is not None:
        error = ReportFailed(f"{run.failure.words} What was made until then is in '{path.name}'.")
        vars(error)["report"] = made
        raise error
    return made


def _write(made: Report, chosen: Any, given: dict[str, Any], folder: Path) -> None:
    from workbench.reports.html import render_html
    from workbench.reports.pdf import write_pdf
    from workbench.workflow.exporting import write_whole

    if made.path.suffix == ".ipynb":
        text = _notebook_text(made.run, chosen.schema.cell({**given, "inputs": ""}))
        write_whole(made.path, lambda scratch: _text(scratch, text))
        return
    title = str(made.facts.get("title", chosen.name.replace("_", " ")))
    text = render_html(made.run, template=chosen.name, title=title)
    if made.path.suffix == ".html":
        write_whole(made.path, lambda scratch: _text(scratch, text))
        return
    page = folder / "page.html"
    _text(page, text)
    write_whole(made.path, lambda scratch: write_pdf(page, scratch))


def _notebook_text(run: Run, source: str) -> str:
    """Return the executed notebook without the private folder that it was made in."""
    import copy

    import nbformat

    notebook = copy.deepcopy(run.notebook)
    for cell in notebook["cells"]:
        cell["metadata"].pop("papermill", None)
        if "injected-parameters" in cell["metadata"].get("tags", []):
            cell["source"] = source
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":  # paths of this machine help nobody elsewhere
                output["traceback"] = [f"{output['ename']}: {output['evalue']}"]
    notebook["metadata"].pop("papermill", None)
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text + "\n"


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "replace"))


def check_path(path: Path) -> Path:
    """Return a path that a report can be written to.

    Raises
    ------
    ParameterError
        Its ending is another, or its folder is missing.
    """
    if path.suffix not in ENDINGS:
        raise ParameterError(
            f"Cannot write '{path.name}': a report ends with {', '.join(ENDINGS)}."
            f"{suggest(path.suffix, ENDINGS)}"
        )
    if not path.parent.is_dir():
        raise ParameterError(f"The folder '{path.parent.name}' for '{path.name}' does not exist.")
    return path


def _free_path(what: Any, template: str) -> Path:
    """Return a name in the working folder that is not taken."""
    data = getattr(what, "dataset", what)
    words = re.sub(r"\W+", "_", Path(str(data.name).removeprefix("sample:")).stem).strip("_")
    for number in itertools.count(1):
        path = Path(f"{words[:60] or 'data'}_{template}{'' if number == 1 else f'_{number}'}.html")
        if not path.exists():
            return path
    raise AssertionError("numbers do not end")


def _is_bare(what: Any) -> bool:
    """Tell data that ``wb.load`` must still look at from what we hold already."""
    return isinstance(what, (str, Path)) or type(what).__name__ in (
        "DataFrame",
        "LazyFrame",
        "Table",
    )
