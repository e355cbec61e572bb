"""Commands that put detectors side by side: compare on one file, bench on a collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

if TYPE_CHECKING:
    from workbench.workflow.comparison import Comparison
    from workbench.workflow.contest import Contest

__all__ = ["bench", "compare"]

Seconds = Annotated[
    float | None, typer.Option(help="Time for all of it; what is left is listed.", metavar="S")
]


def compare(
    files: Annotated[
        list[str],
        typer.Argument(
            help="File, database URL or sample:NAME; several are ranked by their labels.",
            metavar="FILE…",
            show_default=False,
        ),
    ],
    detectors: Annotated[
        str,
        typer.Option(help="Detectors with commas: ecod,knn(n_neighbors=5).", metavar="A,B"),
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
    contamination: options.Contamination = None,
    threshold: options.ThresholdRule = None,
    seconds: Seconds = None,
    workers: Annotated[int, typer.Option(help="Detectors at once.", metavar="N")] = 1,
    scheduler: options.Scheduler = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write one line a detector (.csv .parquet .json .jsonl .xlsx).", metavar="FILE"
        ),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Write the scores of all, row by row.", metavar="FILE")
    ] = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Run several detectors on the same data, side by side; on several files, rank them."""
    from workbench.core.errors import ParameterError
    from workbench.core.progress import terminal_progress
    from workbench.workflow.comparing import compare as compare_in

    roles: dict[str, Any] = {"time": time, "label": label, "entity": entity}
    roles |= {"features": features, "exclude": exclude, "coerce": coerce, "query": query}
    roles |= {"sheet": sheet, "read": read}
    if scores is not None and len(files) > 1:
        raise ParameterError("--scores needs one file: rows of several have no common order.")
    data: Any = [options.open_data(file, **roles) for file in files]
    with terminal_progress("compare", disable=True if quiet or as_json else None) as progress:
        result = compare_in(
            data if len(files) > 1 else data[0],
            detectors,
            seconds=seconds,
            workers=workers,
            client=scheduler,
            progress=progress,
            random_state=seed,
            contamination=contamination,
            threshold=threshold,
        )
    if out is not None:
        result.export(out)
    if scores is not None:
        result.export(scores, "scores")  # type: ignore[call-arg]  # one file: a Comparison
    _show(result, as_json)
    for path in (out, scores):
        if path is not None and not as_json:
            typer.echo(f"Wrote {path}")


def bench(
    suite: Annotated[str, typer.Argument(help="adbench, series or files.", metavar="SUITE")],
    folder: Annotated[Path, typer.Argument(help="Folder with the labelled files.")],
    detectors: Annotated[
        str,
        typer.Option(help="Detectors with commas; the first is held against.", metavar="A,B"),
    ] = "auto,iforest,knn,ecod",
    label: options.Label = None,
    time: options.Time = None,
    rows: Annotated[
        int, typer.Option(help="Longer tables are sampled, longer series cut.", metavar="N")
    ] = 20_000,
    seconds: Annotated[
        float | None, typer.Option(help="Time for one detector on one file.", metavar="S")
    ] = None,
    seed: options.Seed = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for results and report. Default: bench-SUITE.", metavar="DIR"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure anew what is there.")] = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Judge detectors on a collection of labelled files; a stopped run goes on where it was."""
    from workbench.core.progress import terminal_progress
    from workbench.workflow.benchmarking import REPORT, TABLE, benchmark

    place = out or Path(f"bench-{suite}")
    with terminal_progress("bench", disable=True if quiet or as_json else None) as progress:
        result = benchmark(
            folder,
            detectors,
            suite=suite,
            label=label,
            time=time,
            rows=rows,
            seconds=seconds,
            random_state=seed,
            out=place,
            fresh=fresh,
            progress=progress,
        )
    if as_json:
        print_json({"format": "workbench.contest/1"} | result.to_dict())
        return
    typer.echo(result.to_markdown())
    typer.echo(f"Wrote {place / REPORT} and {place / TABLE}")


def _show(result: Comparison | Contest, as_json: bool) -> None:
    from workbench.workflow.contest import Contest

    if isinstance(result, Contest):
        if as_json:
            print_json({"format": "workbench.contest/1"} | result.to_dict())
        else:
            typer.echo(result.to_markdown())
        return
    if as_json:
        print_json({"format": "workbench.comparison/1"} | result.to_dict())
        return
    print_table(result.table.dropna(axis="columns", how="all").reset_index())
    if len(result.detections) > 1:
        print_table(result.correlation.reset_index(names=""), title="Rank correlation")
    for name, reason in result.failures.items():
        typer.echo(f"{name} could not work on these data: {reason}", err=True)
