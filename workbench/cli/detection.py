"""Commands that run detectors: detect, evaluate, detectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_notices, print_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["detect", "detectors", "evaluate", "find", "show"]

_SHOWN = 10


def find(data: Any, detector: str, quiet: bool, **given: Any) -> Any:
    """Return the detection that the options describe, with a progress bar where one is wanted."""
    from workbench.core.progress import terminal_progress
    from workbench.workflow.detecting import detect as detect_in
    from workbench.workflow.reference import parse_reference

    reference = given.pop("reference", None)
    params = options.parse_params(given.pop("param", None))
    with terminal_progress("detect", disable=True if quiet else None) as progress:
        return detect_in(
            data,
            detector,
            reference=parse_reference(reference) if reference else None,
            progress=progress,
            **given,
            **params,
        )


def detect(
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
    reference: options.Reference = None,
    detector: Annotated[
        str, typer.Option(help="See 'workbench detectors'.", metavar="NAME")
    ] = "auto",
    contamination: options.Contamination = None,
    threshold: options.ThresholdRule = None,
    fdr: options.Fdr = None,
    seconds: options.Seconds = None,
    param: options.Param = None,
    seed: options.Seed = 0,
    memory: options.Memory = None,
    scheduler: options.Scheduler = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the fitted model.", metavar="MODEL.wb")
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
    """Find what is odd in a file, and why."""
    from workbench.cli._large import detect_in_parts, in_parts

    if in_parts(file, memory, scheduler):
        from workbench.workflow.reference import parse_reference

        detect_in_parts(
            file,
            detector,
            roles={
                "time": time, "label": label, "entity": entity,
                "features": options.split(features), "exclude": options.split(exclude),
                "coerce": options.split(coerce), "query": query, "sheet": sheet,
                "read": read,
            },
            memory=memory, scheduler=scheduler, seed=seed, param=param, save=save, out=out,
            as_json=as_json, quiet=quiet, contamination=contamination, threshold=threshold,
            fdr=fdr, seconds=seconds,
            reference=parse_reference(reference) if reference else None,
        )  # fmt: skip
        return
    data = options.open_data(
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
    )
    found = find(
        data,
        detector,
        quiet or as_json,
        reference=reference,
        contamination=contamination,
        threshold=threshold,
        fdr=fdr,
        seconds=seconds,
        random_state=seed,
        param=param,
    )
    show(found, save=save, out=out, as_json=as_json)


def show(found: Any, *, save: Path | None, out: Path | None, as_json: bool) -> None:
    """Keep a detection where that is asked for, and print it for people or machines."""
    if save is not None:
        found.save(save)
    if out is not None:
        found.export(out)
    if as_json:
        print_json(found.to_dict())
        return
    _print_detection(found)
    for path in (save, out):
        if path is not None:
            typer.echo(f"Wrote {path}")


def _print_detection(found: Any) -> None:
    print_notices(found.notices)
    rows, total = int(found.is_anomaly.sum()), len(found)
    typer.echo(f"{found.detector}: {found.reason}")
    typer.echo(
        f"{len(found.records)} anomalies ({rows:,} of {total:,} rows score above "
        f"{found.threshold.value:.4g}: {found.threshold.reason})"
    )
    if not found.records:
        typer.echo("Nothing passes the threshold. Try --contamination 0.01 or another detector.")
        return
    print_table(_leading(found))
    typer.echo(str(found.explain(found.records[0].peak)))


def _leading(found: Any) -> pd.DataFrame:
    """Return the most severe anomalies with the features behind each."""
    times = [name for name in ("start", "end") if name in found.anomalies.columns]
    table = found.anomalies[["row", *times, "score", "severity", "band"]].head(_SHOWN)
    reasons = []
    for item in found.records[:_SHOWN]:
        parts = found.explain(item.peak).contributions
        reasons.append(", ".join(part.feature for part in parts if part.share >= 0.15))
    return table.assign(because=reasons)


def evaluate(
    file: options.File,
    label: options.Label = None,
    time: options.Time = None,
    entity: options.Entity = None,
    features: options.Features = None,
    exclude: options.Exclude = None,
    coerce: options.Coerce = None,
    query: options.Query = None,
    sheet: options.Sheet = None,
    read: options.Read = None,
    reference: options.Reference = None,
    detector: Annotated[
        str, typer.Option(help="See 'workbench detectors'.", metavar="NAME")
    ] = "auto",
    contamination: options.Contamination = None,
    threshold: options.ThresholdRule = None,
    fdr: options.Fdr = None,
    seconds: options.Seconds = None,
    param: options.Param = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Say how good a ranking is: by the label, or what can be said without one."""
    data = options.open_data(
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
    )
    found = find(
        data,
        detector,
        quiet or as_json,
        reference=reference,
        contamination=contamination,
        threshold=threshold,
        fdr=fdr,
        seconds=seconds,
        random_state=seed,
        param=param,
    )
    evaluation = found.evaluate()
    if as_json:
        document = {"format": "workbench.evaluation/1", "detector": found.detector}
        print_json(document | evaluation.to_dict())
        return
    typer.echo(f"{found.detector}: {found.reason}")
    typer.echo(str(evaluation))


def detectors(as_json: options.Json = False) -> None:
    """List every detector: what it is good at, what it costs, where it is from."""
    from workbench.workflow.listing import catalog

    table = catalog()
    if as_json:
        print_json({"format": "workbench.detectors/1", "detectors": table.to_dict("records")})
        return
    print_table(table[["name", "kinds", "good_at", "cost", "library", "extra"]])
