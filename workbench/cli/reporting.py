"""Reports: a page, a PDF or a notebook about a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json

__all__ = ["report"]


class Format(StrEnum):
    """What a report is written as."""

    html = "html"
    pdf = "pdf"
    ipynb = "ipynb"


def report(
    file: options.File,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to: .html, .pdf or .ipynb. Default: NAME-TEMPLATE.html.", metavar="FILE"
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option(help="anomaly, monitoring, data_quality or model_comparison.", metavar="NAME"),
    ] = "anomaly",
    format: Annotated[  # noqa: A002 - the word that people look for
        Format | None, typer.Option(help="What to write, where --out does not say.")
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="What the template may be told.", metavar="NAME=VALUE"),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="Score with a saved model instead of learning.", metavar="MODEL.wb"),
    ] = None,
    detector: Annotated[
        str, typer.Option(help="See 'workbench detectors'.", metavar="NAME")
    ] = "auto",
    detectors: Annotated[
        str, typer.Option(help="For model_comparison: which to compare.", metavar="A,B")
    ] = "iforest,ecod,knn",
    time: options.Time = None,
    label: options.Label = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
    reference: options.Reference = None,
    contamination: options.Contamination = None,
    threshold: options.ThresholdRule = None,
    fdr: options.Fdr = None,
    limit: Annotated[
        float | None, typer.Option(help="Seconds that the report may take.", metavar="S")
    ] = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write what is odd in a file, since when, how bad and why, for somebody to read."""
    from workbench.core.errors import ParameterError, ReportFailed
    from workbench.core.progress import terminal_progress
    from workbench.reports.templates import get_template
    from workbench.workflow.reporting import check_path
    from workbench.workflow.reporting import report as report_in

    chosen = get_template(template)
    if chosen.takes in ("incident", "monitor"):
        raise ParameterError(
            f"'{chosen.name}' is about live data: workbench {chosen.takes}s report --help"
        )
    given = chosen.schema.parse(param or [])  # before anything is loaded
    path = check_path(_path(out, format, file, chosen.name))
    roles: dict[str, Any] = {"time": time, "label": label, "entity": entity}
    roles |= {"features": features, "exclude": exclude, "coerce": coerce, "query": query}
    roles |= {"sheet": sheet, "read": read}
    ways: dict[str, Any] = {"contamination": contamination, "threshold": threshold}
    ways |= {"random_state": seed}
    with terminal_progress("report", disable=True if quiet or as_json else None) as progress:
        first = progress.part(0.0, 0.3)
        if chosen.takes == "dataset":
            what: Any = options.open_data(file, **roles)
        elif chosen.takes == "comparison":
            what = _compared(options.open_data(file, **roles), detectors, first, ways)
        elif model is not None:
            what = _scored(model, file, first)
        else:
            ways |= {"fdr": fdr, "reference": _reference(reference)}
            what = _found(options.open_data(file, **roles), detector, first, ways)
        try:
            made = report_in(
                what,
                path,
                template=chosen.name,
                seconds=limit,
                progress=progress.part(0.3, 1.0),
                **given,
            )
        except ReportFailed as error:
            _leave(error, as_json)
    if as_json:
        print_json({"format": "workbench.report/1"} | made.to_dict())
        return
    typer.echo(made.facts.get("headline", ""))
    typer.echo(f"Wrote {made.path} and {made.summary_path}")


def _leave(error: Any, as_json: bool) -> None:
    """Leave with code 2 where the data or a limit are to blame, else 1: the template is ours."""
    from workbench.core import errors

    if as_json:
        print_json(error.report.to_dict())
    typer.echo(f"Error: {error}", err=True)
    kind = getattr(errors, error.report.run.failure.error, None)
    ours = isinstance(kind, type) and issubclass(kind, errors.WorkbenchError)
    raise typer.Exit(2 if ours else 1)


def _path(out: Path | None, form: Format | None, file: str, template: str) -> Path:
    from workbench.core.errors import ParameterError

    if out is None:
        stem = Path(file.removeprefix("sample:").partition("?")[0]).name.partition(".")[0] or "data"
        return Path(f"{stem}-{template.removesuffix('_report')}.{form or Format.html}")
    if form is not None and out.suffix != f".{form}":
        raise ParameterError(f"'{out.name}' does not end with .{form}. Give --out or --format.")
    return out


def _reference(text: str | None) -> Any:
    from workbench.workflow.reference import parse_reference

    return None if text is None else parse_reference(text)


def _found(data: Any, detector: str, progress: Any, ways: dict[str, Any]) -> Any:
    from workbench.workflow.detecting import detect

    return detect(data, detector, progress=progress, **ways)


def _compared(data: Any, detectors: str, progress: Any, ways: dict[str, Any]) -> Any:
    from workbench.workflow.comparing import compare

    return compare(data, detectors, progress=progress, **ways)


def _scored(model: Path, file: str, progress: Any) -> Any:
    from workbench.workflow.saving import open_model

    return open_model(model).score(file, progress=progress)
