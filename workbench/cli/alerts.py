"""Commands about alerts: incidents and what is done about them, channels and whether they work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli import _options as options
from workbench.cli._shown import print_json, print_table

__all__ = ["channels", "incidents"]

incidents = typer.Typer(
    help="What is odd in live data: list, show, ack, resolve, comment, report.",
    no_args_is_help=True,
)
channels = typer.Typer(help="Ways on which people are told: add, list, test.", no_args_is_help=True)

Incident = Annotated[
    str,
    typer.Argument(
        help="Its id, how it begins, or 'newest': opened last.",
        metavar="ID",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(help="Name of the channel.", show_default=False)]


def _whole(id: str) -> str:  # noqa: A002
    """Return the id that begins so."""
    from workbench.core.errors import NotFound, ParameterError
    from workbench.registry.incidents import list_incidents
    from workbench.team.access import house

    if id == "newest":
        last = list_incidents(house(), sort="-opened", limit=200).items
        if not last:
            raise NotFound("There is no incident yet.")
        together = [one for one in last if one.opened == last[0].opened]
        return max(together, key=lambda one: one.severity).id
    after, found = "", []
    while True:
        page = list_incidents(house(), limit=200, after=after)
        found += [one.id for one in page.items if one.id.startswith(id)]
        if not (after := page.next):
            break
    if not found:
        raise NotFound(f"There is no incident '{id[:40]}': workbench incidents list")
    if len(found) > 1:
        raise ParameterError(f"{len(found)} incidents begin with '{id[:40]}': say more of it.")
    return found[0]


def _plain(text: str) -> str:
    """Return text that steers no terminal: what comes from data may hold anything."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _document(one: Any) -> dict[str, Any]:
    from workbench.core.anomaly import band

    return {**vars(one), "band": band(one.severity)}


@incidents.command("list")
def list_them(
    state: Annotated[
        list[str] | None,
        typer.Option(help="open, acknowledged, snoozed, resolved; by default not resolved."),
    ] = None,
    least: Annotated[float, typer.Option(help="Least severity, 0-100.", metavar="X")] = 0.0,
    count: Annotated[int, typer.Option(help="How many at most.", metavar="N")] = 50,
    as_json: options.Json = False,
) -> None:
    """List incidents, the one that changed last first."""
    import pandas as pd

    from workbench.registry.incidents import list_incidents
    from workbench.team.access import house

    states = state or ["open", "acknowledged", "snoozed"]
    page = list_incidents(house(), states=states, least=least, limit=count)
    if as_json:
        lines = [_document(one) for one in page.items]
        print_json({"format": "workbench.incidents/1", "total": page.total, "incidents": lines})
    elif page.items:
        lines = [_document(one) for one in page.items]
        columns = ["id", "band", "state", "title", "firings", "started", "latest"]
        table = pd.DataFrame(lines)[columns]
        print_table(table.assign(id=table["id"].str[:8]), f"{page.total} incidents")
    else:
        typer.echo("There is no such incident.")


@incidents.command("show")
def show(incident: Incident) -> None:
    """Show an incident with its timeline."""
    from workbench.core.anomaly import band
    from workbench.registry.incidents import find_incident, list_events
    from workbench.team.access import house

    id = _whole(incident)  # noqa: A001
    one = find_incident(house(), id)
    typer.echo(_plain(one.title))
    typer.echo(_plain(str(one.detail.get("text", ""))))
    typer.echo(f"{one.state}, {band(one.severity)} ({one.severity:.0f}), {one.firings} firings")
    after = ""
    while True:
        page = list_events(house(), id, limit=200, after=after)
        for event in page.items:
            said = {name: value for name, value in event.body.items() if name != "firings"}
            words = ", ".join(f"{name}: {value}" for name, value in said.items())
            told = f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {event.kind}  {words}".rstrip()
            typer.echo(_plain(told))
        if not (after := page.next):
            return


@incidents.command("ack")
def acknowledge(incident: Incident) -> None:
    """Say that somebody looks after it: nobody further is told, until it gets worse."""
    from workbench.registry.incidents import acknowledge_incident
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = acknowledge_incident(house(), _whole(incident), by=SYSTEM)
    typer.echo(f"{_plain(one.title)}: {one.state}")


@incidents.command("resolve")
def resolve(
    incident: Incident,
    outcome: Annotated[str, typer.Option(help="true, 'false alarm' or expected.")] = "",
    comment: Annotated[str, typer.Option(help="What was done.", metavar="TEXT")] = "",
) -> None:
    """Say that it is over, and what it was."""
    from workbench.registry.incidents import resolve_incident
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = resolve_incident(house(), _whole(incident), outcome, comment, by=SYSTEM)
    typer.echo(f"{_plain(one.title)}: {one.state}{f' ({one.outcome})' if one.outcome else ''}")


@incidents.command("comment")
def comment(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="Markdown; @name mentions.", show_default=False)],
) -> None:
    """Write a comment into its timeline."""
    from workbench.registry.incidents import comment_on_incident
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    one = comment_on_incident(house(), _whole(incident), text, by=SYSTEM)
    typer.echo(f"{_plain(one.title)}: noted")


@incidents.command("report")
def report(
    incident: Incident,
    out: Annotated[
        Path, typer.Option(help="Where to: .html, .pdf or .ipynb.", metavar="FILE")
    ] = Path("post-mortem.html"),
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="title, charts or similar.", metavar="NAME=VALUE"),
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a post-mortem: what it was, what was done, how long that took, and why."""
    from workbench.core.progress import terminal_progress
    from workbench.registry.cases import open_case
    from workbench.reports.templates import get_template
    from workbench.team.access import house
    from workbench.workflow.reporting import check_path
    from workbench.workflow.reporting import report as write

    params = get_template("post_mortem").schema.parse(param or [])
    case = open_case(house(), _whole(incident))
    with terminal_progress("report", disable=True if quiet else None) as progress:
        made = write(case, check_path(out), progress=progress, **params)
    typer.echo(_plain(made.facts["headline"]))
    typer.echo(f"Wrote {made.path} and {made.summary_path}")


@channels.command("add")
def add(
    name: Name,
    kind: Annotated[
        str, typer.Option(help="webhook, mail, apprise, alertmanager, web_push, in_page.")
    ],
    settings_stdin: Annotated[
        bool,
        typer.Option(
            "--settings-stdin",
            help="Read the settings as JSON from standard input, so that no secret is seen in a "
            "list of processes.",
        ),
    ] = False,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting that is no secret; repeated.", metavar="NAME=VALUE"),
    ] = None,
) -> None:
    """Add a channel; what is secret is encrypted and never shown again."""
    from workbench.registry.channels import add_channel
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    made = add_channel(house(), name, kind, _settings(settings_stdin, setting or []), by=SYSTEM)
    typer.echo(f"Made the channel '{made.name}' ({made.kind}, {made.settings['address']}).")
    typer.echo(f"Try it: workbench channels test {made.name!r}")


def _settings(from_input: bool, given: list[str]) -> dict[str, Any]:
    from workbench.core.errors import ParameterError

    known: dict[str, Any] = {}
    if from_input:
        try:
            read = json.load(sys.stdin)
        except ValueError as error:
            raise ParameterError(f"The settings are no JSON: {error}.") from error
        if not isinstance(read, dict):
            raise ParameterError('The settings are an object: {"url": "https://…"}')
        known |= read
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise ParameterError(f"--set takes NAME=VALUE, found '{one[:40]}'.")
        known[name] = int(value) if value.isascii() and value.isdigit() else value
    return known


@channels.command("list")
def list_channels(as_json: options.Json = False) -> None:
    """List the channels, without their secrets."""
    import pandas as pd

    from workbench.registry import channels as kept
    from workbench.team.access import house

    lines: list[dict[str, Any]] = [
        {
            "id": one.id, "name": one.name, "kind": one.kind, "settings": one.settings,
            "secrets": kept.hidden_settings(one), "enabled": one.enabled, "latest": one.latest,
            "error": one.error,
        }
        for one in kept.list_channels(house(), limit=200).items
    ]  # fmt: skip
    if as_json:
        print_json({"format": "workbench.channels/1", "channels": lines})
    elif lines:
        table = pd.DataFrame(lines)
        table["address"] = [one["settings"].get("address", "") for one in lines]
        print_table(table[["name", "kind", "address", "enabled", "latest", "error"]])
    else:
        typer.echo("There is no channel yet: workbench channels add NAME --kind in_page")


@channels.command("test")
def test(name: Name) -> None:
    """Send a real test message, and say whether it arrived (exit code 1 where it did not)."""
    from workbench.core.errors import NotFound
    from workbench.registry import channels as kept
    from workbench.team.access import house
    from workbench.team.doer import SYSTEM

    found = [one for one in kept.list_channels(house(), search=name, limit=200).items
             if one.name == name]  # fmt: skip
    if not found:
        raise NotFound(f"There is no channel '{name[:40]}': workbench channels list")
    tried = kept.try_channel(house(), found[0].id, by=SYSTEM)
    if not tried.sent:
        typer.echo(f"It did not arrive: {tried.error}", err=True)
        raise typer.Exit(1)
    typer.echo(f"It arrived after {tried.seconds:.2f} s.")
