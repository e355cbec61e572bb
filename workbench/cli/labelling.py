"""Commands about what people say of rows: label, labels, learn."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table
from workbench.cli.detection import find, show

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.dataset import Dataset

__all__ = ["label", "labels", "learn"]


class Verdict(StrEnum):
    """What a row is."""

    anomaly = "anomaly"
    normal = "normal"
    unsure = "unsure"
    none = "none"


def label(
    file: options.File,
    row: Annotated[
        list[int], typer.Option(help="Position of a row, from 0; repeatable.", metavar="N")
    ],
    verdict: Annotated[
        Verdict, typer.Option("--as", help="What it is; none takes back what was said.")
    ],
    tag: Annotated[str, typer.Option(help="A kind of anomaly to filter by.", metavar="T")] = "",
    comment: Annotated[str, typer.Option(help="Why.", metavar="TEXT")] = "",
    author: Annotated[
        str | None, typer.Option(help="Who says so; by default the user.", metavar="NAME")
    ] = None,
    time: options.Time = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
) -> None:
    """Say what rows of a file are; kept in the data folder, with author and time."""
    from workbench.workflow.labelling import label_rows

    data = options.open_data(
        file,
        time=time,
        entity=entity,
        features=features,
        exclude=exclude,
        coerce=coerce,
        query=query,
        sheet=sheet,
        read=read,
    )
    verdict_or_none = None if verdict is Verdict.none else verdict.value
    said = label_rows(data, row, verdict_or_none, tag=tag, comment=comment, author=author)
    named = ", ".join(f"{one.row:,d}" for one in said)
    what = "Row" if len(said) == 1 else "Rows"
    typer.echo(f"{what} {named} of {data.name}: {verdict_or_none or 'no label any more'}")


def labels(
    file: options.File,
    suggest: Annotated[
        int, typer.Option(help="Also name this many rows worth asking about.", metavar="N")
    ] = 0,
    history: Annotated[bool, typer.Option("--history", help="What was said before, too.")] = False,
    detector: Annotated[
        str, typer.Option(help="For --suggest; see 'workbench detectors'.", metavar="NAME")
    ] = "auto",
    out: Annotated[
        Path | None,
        typer.Option(help="Write the labels (.csv .parquet .json .jsonl .xlsx).", metavar="FILE"),
    ] = None,
    time: options.Time = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """List what people said about rows of a file, and which rows to ask about next."""
    from workbench.workflow.labelling import labels_table

    data = options.open_data(
        file,
        time=time,
        entity=entity,
        features=features,
        exclude=exclude,
        coerce=coerce,
        query=query,
        sheet=sheet,
        read=read,
    )
    said = labels_table(data, history=history)
    asked = _worth_asking(data, detector, suggest, seed, quiet or as_json)
    if out is not None:
        from workbench.workflow.exporting import export_table

        export_table(said, out)
    if as_json:
        print_json(_document(data, said, asked))
        return
    if said.empty:
        typer.echo(f"Nobody has said anything about {data.name} yet.")
    else:
        print_table(said)
    if asked is not None:
        print_table(asked.iloc[:, :9], title="Worth asking about")
    if out is not None:
        typer.echo(f"Wrote {out}")


def learn(
    file: options.File,
    labels_file: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            help="Table with the columns row and verdict, as 'workbench labels --out' writes it.",
            metavar="FILE",
        ),
    ] = None,
    label: options.Label = None,
    detector: Annotated[
        str, typer.Option(help="What to begin with; see 'workbench detectors'.", metavar="NAME")
    ] = "auto",
    miss: Annotated[float, typer.Option(help="What a missed anomaly costs.", metavar="X")] = 5.0,
    alarm: Annotated[float, typer.Option(help="What a false alarm costs.", metavar="X")] = 1.0,
    time: options.Time = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
    seed: options.Seed = 0,
    save: Annotated[
        Path | None, typer.Option(help="Save the model that learned.", metavar="MODEL.wb")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write all rows with scores (.csv .parquet .json .jsonl .xlsx).", metavar="FILE"
        ),
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Learn from labels: those of --labels, else of the column --label, else the stored ones."""
    from workbench.core.errors import ParameterError
    from workbench.core.progress import terminal_progress
    from workbench.workflow.labelling import read_verdicts
    from workbench.workflow.learning import learn as learn_from

    if labels_file is not None and label is not None:
        raise ParameterError("Give one of --labels and --label.")
    data = options.open_data(
        file, time=time, label=label, entity=entity, features=features, exclude=exclude,
        coerce=coerce, query=query, sheet=sheet, read=read,
    )  # fmt: skip
    said: Any = None if label is None else data.frame[label]
    if labels_file is not None:
        said = read_verdicts(labels_file)
    found = find(data, detector, quiet or as_json, random_state=seed)
    with terminal_progress("learn", disable=True if quiet or as_json else None) as progress:
        learned = learn_from(found, said, miss=miss, alarm=alarm, progress=progress)
    show(learned, save=save, out=out, as_json=as_json)


def _worth_asking(
    data: Dataset, detector: str, count: int, seed: int, quiet: bool
) -> pd.DataFrame | None:
    if not count:
        return None
    return find(data, detector, quiet, random_state=seed).suggest(count)


def _document(data: Dataset, said: pd.DataFrame, asked: pd.DataFrame | None) -> dict[str, Any]:
    from workbench.workflow.exporting import plain

    names = ["row", "score", "severity", "probability"]
    document = {
        "format": "workbench.labels/1",
        "data": data.name,
        "fingerprint": data.fingerprint,
        "labels": said.to_dict("records"),
        "suggested": [] if asked is None else asked[names].to_dict("records"),
    }
    return dict(plain(document))
