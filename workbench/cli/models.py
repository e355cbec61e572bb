"""Commands that use a saved model: score, explain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_notices, print_table

__all__ = ["explain", "score"]

Model = Annotated[
    Path, typer.Argument(help="Model from 'detect --save'.", metavar="MODEL.wb", show_default=False)
]


def score(
    model: Model,
    file: options.File,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write all rows with scores (.csv .parquet .json .jsonl .xlsx).", metavar="FILE"
        ),
    ] = None,
    read: options.Read = None,
    memory: options.Memory = None,
    scheduler: options.Scheduler = None,
    as_json: options.Json = False,
) -> None:
    """Score new rows with a saved model; label and time columns are not needed."""
    from workbench.cli._large import in_parts, score_in_parts
    from workbench.workflow.saving import open_model

    if in_parts(file, memory, scheduler):
        score_in_parts(model, file, memory=memory, scheduler=scheduler, out=out, as_json=as_json)
        return
    found = open_model(model).score(file, **options.parse_params(read, "--read"))
    if out is not None:
        found.export(out)
    if as_json:
        print_json(found.to_dict())
        return
    print_notices(found.notices)
    rows = int(found.is_anomaly.sum())
    typer.echo(f"{rows:,} of {len(found):,} rows score above {found.threshold.value:.4g}")
    if out is not None:
        typer.echo(f"Wrote {out}")
    elif rows:
        print_table(found.anomalies.iloc[:10, :9])


def explain(
    model: Model,
    file: options.File,
    row: Annotated[int, typer.Option(help="Position of the row in the file, from 0.", metavar="N")],
    read: options.Read = None,
    as_json: options.Json = False,
) -> None:
    """Say why a row of a file got its score."""
    from workbench.workflow.saving import open_model

    found = open_model(model).score(file, **options.parse_params(read, "--read"))
    why = found.explain(row)
    if as_json:
        print_json({"format": "workbench.explanation/1"} | why.to_dict())
        return
    typer.echo(why.sentence)
    typer.echo(f"Severity {why.severity:.0f} of 100. {why.odds}")
    if why.counterfactual is not None:
        typer.echo(why.counterfactual.words)
    table = why.to_frame()[["feature", "value", "expected", "contribution", "share"]]
    print_table(table.head(12))
    if why.similar:
        alike = ", ".join(
            f"row {item.row} ({item.band}, {item.likeness:.0%} alike)" for item in why.similar
        )
        typer.echo(f"Anomalies for like reasons: {alike}.")
    typer.echo(f"{why.method} {why.caveat}".strip())
