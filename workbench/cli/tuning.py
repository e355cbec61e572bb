"""The command that searches for a detector and its parameters: tune."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

if TYPE_CHECKING:
    from workbench.workflow.tuned import Tuning

__all__ = ["tune"]


def tune(
    file: options.File,
    trials: Annotated[int, typer.Option(help="Most trials.", metavar="N")] = 50,
    seconds: Annotated[
        float | None, typer.Option(help="Time for the search; one trial is finished.", metavar="S")
    ] = None,
    detectors: Annotated[
        str | None,
        typer.Option(help="Detectors to choose among, with commas; by default all.", metavar="A,B"),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(help="auto, average_precision, vus_pr or stability.", metavar="NAME"),
    ] = "auto",
    study: Annotated[
        str | None,
        typer.Option(help="Keep trials under this name; run again to go on.", metavar="NAME"),
    ] = None,
    workers: Annotated[int, typer.Option(help="Trials at once.", metavar="N")] = 1,
    scheduler: options.Scheduler = None,
    time: options.Time = None,
    label: options.Label = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
    seed: options.Seed = 0,
    save: Annotated[
        Path | None, typer.Option(help="Save the best model.", metavar="MODEL.wb")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write one line a trial (.csv .parquet .json .jsonl .xlsx).", metavar="FILE"
        ),
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Search for the detector and the parameters that do best, by labels where there are some."""
    from workbench.core.progress import terminal_progress
    from workbench.workflow.tuning import tune as tune_on

    data = options.open_data(
        file, time=time, label=label, entity=entity, features=features, exclude=exclude,
        coerce=coerce, query=query, sheet=sheet, read=read,
    )  # fmt: skip
    with terminal_progress("tune", disable=True if quiet or as_json else None) as progress:
        result = tune_on(
            data, trials, seconds=seconds, detectors=detectors, objective=objective,
            random_state=seed, workers=workers, study=study, client=scheduler,
            progress=progress,
        )  # fmt: skip
    _write(result, save, out)
    if as_json:
        print_json({"format": "workbench.tuning/1"} | result.to_dict())
        return
    _show(result)
    for path in (save, out):
        if path is not None:
            typer.echo(f"Wrote {path}")


def _write(result: Tuning, save: Path | None, out: Path | None) -> None:
    if save is not None:
        result.detection.save(save)
    if out is not None:
        from workbench.workflow.exporting import export_table

        export_table(result.table.reset_index(), out)


def _show(result: Tuning) -> None:
    shown: Any = result.table.drop(columns="reason").head(10).reset_index()
    print_table(shown)
    if len(result.importance):
        print_table(result.importance, title="What mattered")
    for line in (result.words, *result.notices, f"Best: {result.detector} {result.params or ''}"):
        typer.echo(line.rstrip())
