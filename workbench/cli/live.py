"""Commands about live data: streams and the monitors that watch them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

__all__ = ["monitors", "streams"]

streams = typer.Typer(help="Live data: add, list, pause, resume, remove.", no_args_is_help=True)
monitors = typer.Typer(
    help="Detectors on live data: add, list, pause, resume, remove, report.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="Its name.", show_default=False)]
Known = Annotated[str, typer.Argument(help="Its name, or id.", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting of the source, as name=value.", metavar="NAME=VALUE"),
]


def _words(given: Sequence[str] | None) -> dict[str, Any]:
    """Return name=value as a mapping; numbers and true or false as such."""
    from workbench.core.errors import ParameterError

    words: dict[str, Any] = {}
    for one in given or ():
        name, sign, value = one.partition("=")
        if not sign:
            raise ParameterError(f"Write it as name=value, found {one[:60]!r}.")
        try:
            words[name] = json.loads(value)
        except ValueError:
            words[name] = value
    return words


def _of(found: Any, name: str, noun: str) -> Any:
    from workbench.core.errors import NotFound, ParameterError

    some = [one for one in found if name in (one.id, one.name)]
    if not some:
        raise NotFound(f"There is no {noun} '{name[:60]}': workbench {noun}s list")
    if len(some) > 1:
        raise ParameterError(f"{len(some)} {noun}s are called '{name[:60]}': give an id.")
    return some[0]


def _streams() -> list[Any]:
    from workbench.registry.streams import list_streams
    from workbench.team.access import house

    return list(list_streams(house(), limit=200).items)


def _monitors() -> list[Any]:
    from workbench.registry.monitors import list_monitors
    from workbench.team.access import house

    return list(list_monitors(house(), limit=200).items)


@streams.command("add")
def add_stream(
    name: Name,
    source: Annotated[str, typer.Option(help="push, mqtt, kafka, tail …")] = "push",
    settings: Settings = None,
    time: Annotated[str, typer.Option(help="Column of times.")] = "time",
    entity: Annotated[str, typer.Option(help="Column of entities.")] = "",
    features: options.Features = None,
    lateness: Annotated[float, typer.Option(help="Seconds that a record may be late.")] = 0.0,
) -> None:
    """Begin to take in live data."""
    from workbench.registry.streams import create_stream
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    shape = {
        "time": time, "entity": entity, "features": options.split(features) or [],
        "lateness": lateness,
    }  # fmt: skip
    made = create_stream(house(), name, source, _words(settings), shape, by=SYSTEM)
    typer.echo(f"Added the stream '{made.name}': {made.id}")


@streams.command("list")
def list_streams_(as_json: options.Json = False) -> None:
    """List all streams."""
    import pandas as pd

    lines = [
        {
            "name": one.name, "source": one.source, "state": one.state, "records": one.records,
            "refused": one.refused, "latest": one.latest, "problem": one.problem, "id": one.id,
        }
        for one in _streams()
    ]  # fmt: skip
    if as_json:
        print_json({"format": "workbench.streams/1", "streams": lines})
    else:
        print_table(pd.DataFrame(lines))


@streams.command("pause")
def pause_stream(name: Known) -> None:
    """Take nothing more in."""
    _change_stream(name, "paused")


@streams.command("resume")
def resume_stream(name: Known) -> None:
    """Go on."""
    _change_stream(name, "running")


def _change_stream(name: str, state: str) -> None:
    from workbench.registry.streams import change_stream
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = change_stream(house(), _of(_streams(), name, "stream").id, state=state, by=SYSTEM)
    typer.echo(f"The stream '{one.name}' is {one.state}.")


@streams.command("remove")
def remove_stream_(name: Known) -> None:
    """Remove a stream and what came."""
    from workbench.registry.streams import remove_stream
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = _of(_streams(), name, "stream")
    remove_stream(house(), one.id, by=SYSTEM)
    typer.echo(f"Removed the stream '{one.name}'.")


@monitors.command("add")
def add_monitor(
    name: Name,
    stream: Annotated[str, typer.Option(help="Name or id of the stream.")],
    detector: Annotated[str, typer.Option(help="An online detector.")] = "ewma",
    params: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", help="Of the detector.", metavar="NAME=VALUE"),
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option("--judge", help="From when on it is odd: rule=fdr.", metavar="NAME=VALUE"),
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Name of a channel that is told.")
    ] = None,
) -> None:
    """Begin to watch a stream."""
    from workbench.registry.channels import list_channels
    from workbench.registry.monitors import create_monitor
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    known = list(list_channels(house(), limit=200).items)
    routes = {"routes": [{"channel": _of(known, one, "channel").id} for one in channel or ()]}
    made = create_monitor(
        house(), _of(_streams(), stream, "stream").id, name, detector, _words(params),
        judging=_words(judge), routes=routes, by=SYSTEM,
    )  # fmt: skip
    typer.echo(f"'{made.name}' watches: {made.id}")


@monitors.command("list")
def list_monitors_(as_json: options.Json = False) -> None:
    """List all monitors."""
    import pandas as pd

    lines = [
        {
            "name": one.name, "detector": one.detector, "state": one.state, "points": one.points,
            "anomalies": one.anomalies, "latest": one.latest, "problem": one.problem, "id": one.id,
        }
        for one in _monitors()
    ]  # fmt: skip
    if as_json:
        print_json({"format": "workbench.monitors/1", "monitors": lines})
    else:
        print_table(pd.DataFrame(lines))


@monitors.command("pause")
def pause_monitor(name: Known) -> None:
    """Watch no more until it is resumed."""
    _change_monitor(name, "paused")


@monitors.command("resume")
def resume_monitor(name: Known) -> None:
    """Go on where it was."""
    _change_monitor(name, "running")


def _change_monitor(name: str, state: str) -> None:
    from workbench.registry.monitors import change_monitor
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = change_monitor(house(), _of(_monitors(), name, "monitor").id, state=state, by=SYSTEM)
    typer.echo(f"The monitor '{one.name}' is {one.state}.")


@monitors.command("remove")
def remove_monitor_(name: Known) -> None:
    """Remove a monitor and its points; its incidents stay."""
    from workbench.registry.monitors import remove_monitor
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = _of(_monitors(), name, "monitor")
    remove_monitor(house(), one.id, by=SYSTEM)
    typer.echo(f"Removed the monitor '{one.name}'.")


@monitors.command("report")
def report_monitor(
    name: Known,
    out: Annotated[
        Path, typer.Option(help="Where to: .html, .pdf or .ipynb.", metavar="FILE")
    ] = Path("watch.html"),
    hours: Annotated[float, typer.Option(help="How long a while it is about.")] = 24.0,
    quiet: options.Quiet = False,
) -> None:
    """Write what a monitor found in the last hours."""
    from workbench.core.progress import terminal_progress
    from workbench.registry.cases import open_period
    from workbench.reports.templates import get_template
    from workbench.team.access import house
    from workbench.workflow.reporting import check_path
    from workbench.workflow.reporting import report as write

    get_template("watch").schema.validate({"hours": hours})
    period = open_period(house(), _of(_monitors(), name, "monitor").id, hours)
    with terminal_progress("report", disable=True if quiet else None) as progress:
        made = write(period, check_path(out), progress=progress, hours=hours)
    typer.echo(made.facts["headline"])
    typer.echo(f"Wrote {made.path} and {made.summary_path}")
