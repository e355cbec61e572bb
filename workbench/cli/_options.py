"""Arguments and options that several commands share, in the words of the Python functions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

File = Annotated[
    str,
    typer.Argument(help="File, database URL or sample:NAME.", metavar="FILE", show_default=False),
]
Time = Annotated[str | None, typer.Option(help="Column with the time.", metavar="COL")]
Label = Annotated[str | None, typer.Option(help="Column that marks anomalies.", metavar="COL")]
Entity = Annotated[
    str | None, typer.Option(help="Column that says which device or series.", metavar="COL")
]
Features = Annotated[
    list[str] | None,
    typer.Option(help="Columns to look at, separated by commas.", metavar="A,B"),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(help="Columns to leave out; comma-separated or repeated.", metavar="C"),
]
Coerce = Annotated[
    list[str] | None,
    typer.Option(
        help="Columns of CSV or Excel to read as numbers or dates, bad values left out.",
        metavar="C",
    ),
]
Query = Annotated[str | None, typer.Option(help="SQL query, for databases.", metavar="SQL")]
Sheet = Annotated[str | None, typer.Option(help="Sheet, for Excel files.", metavar="NAME")]
Read = Annotated[
    list[str] | None,
    typer.Option(
        help="Option of the source, repeatable: session='job (\\d+)' or window=5min for logs.",
        metavar="NAME=VALUE",
    ),
]
Contamination = Annotated[
    float | None, typer.Option(help="Expected share of anomalies, in (0, 0.5].", metavar="X")
]
ThresholdRule = Annotated[
    str | None,
    typer.Option(help="Rule or value: mad, budget:5, quantile:0.99, 0.7.", metavar="RULE"),
]
Reference = Annotated[
    str | None,
    typer.Option(help="Clean rows to learn from: two times or row numbers.", metavar="FROM:TO"),
]
Fdr = Annotated[
    float | None,
    typer.Option(
        "--fdr",
        help="Expected share of false ones among the flagged; wants a clean --reference.",
        metavar="X",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(help="Time that 'auto' may take, about (60).", metavar="S"),
]
Seed = Annotated[int, typer.Option(help="Seed; the same seed gives the same scores.", metavar="N")]
Param = Annotated[
    list[str] | None,
    typer.Option("--param", help="Parameter of the detector, as name=value.", metavar="NAME=VALUE"),
]
Memory = Annotated[
    str | None,
    typer.Option(help="Work in parts and take no more than this, as in 2GB.", metavar="SIZE"),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Work on this cluster of Dask's: tcp://…, tls://…, or local.", metavar="ADDRESS"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]


def split(names: list[str] | None, columns: Any = None) -> list[str] | None:
    """Return column names from comma-separated, repeatable options."""
    if names is None:
        return None
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def open_data(
    file: str,
    *,
    time: str | None = None,
    label: str | None = None,
    entity: str | None = None,
    features: list[str] | None = None,
    exclude: list[str] | None = None,
    coerce: list[str] | None = None,
    query: str | None = None,
    sheet: str | None = None,
    read: list[str] | None = None,
) -> Any:
    """Return the dataset that the options describe."""
    from workbench.workflow.dataset import load

    options: dict[str, Any] = {"query": query, "sheet": sheet, "coerce": split(coerce)}
    return load(
        file,
        time=time,
        label=label,
        entity=entity,
        features=split(features),
        exclude=split(exclude),
        **{name: value for name, value in options.items() if value is not None},
        **parse_params(read, "--read"),
    )


def parse_params(pairs: list[str] | None, option: str = "--param") -> dict[str, Any]:
    """Return parameters from ``name=value`` pairs of an option; numbers and booleans are converted.

    Raises
    ------
    ParameterError
        A pair has no equals sign.
    """
    import json

    from workbench.core.errors import ParameterError

    params: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ParameterError(f"{option} must be NAME=VALUE, found {pair!r}.")
        try:
            params[name] = json.loads(value)
        except ValueError:
            params[name] = value
    return params
