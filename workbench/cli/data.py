"""Commands about data: profile, samples, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

__all__ = ["export", "profile", "samples"]


def profile(
    file: options.File,
    time: options.Time = None,
    label: options.Label = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
    as_json: options.Json = False,
) -> None:
    """Say what is in a file and what is wrong with it."""
    found = options.open_data(
        file,
        time=time,
        label=label,
        entity=entity,
        features=features,
        exclude=exclude,
        coerce=coerce,
        query=query,
        sheet=sheet,
        read=read,
    ).profile()
    if as_json:
        print_json({"format": "workbench.profile/1"} | found.to_dict())
        return
    shown = ["name", "role", "kind", "missing", "distinct", "minimum", "maximum"]
    print_table(found.to_frame()[shown], title=f"{found.name}: {found.rows:,} rows, {found.kind}")
    for finding in found.findings:
        typer.echo(f"[{finding.level}] {finding.text}")


def samples(as_json: options.Json = False) -> None:
    """List the data that ship with the workbench."""
    import pandas as pd

    from workbench.sources import samples as known

    listed = [vars(sample) for sample in known()]
    if as_json:
        print_json({"format": "workbench.samples/1", "samples": listed})
        return
    print_table(pd.DataFrame(listed))


def export(
    file: options.File,
    out: Annotated[
        Path, typer.Argument(help="Where to: .csv .parquet .json .jsonl .xlsx", metavar="OUT")
    ],
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
) -> None:
    """Turn a file, sample or query into another format."""
    from workbench.workflow.dataset import rows_of
    from workbench.workflow.exporting import export_table

    given = {"query": query, "sheet": sheet}
    known = {name: value for name, value in given.items() if value is not None}
    data = rows_of(file, **known, **options.parse_params(read, "--read"))
    export_table(data.frame, out)
    typer.echo(f"Wrote {out}: {len(data):,} rows")
