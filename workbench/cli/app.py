"""The command tree: one file a noun."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import (
    alerts,
    comparing,
    dashboards,
    data,
    demo,
    detection,
    doctor,
    labelling,
    live,
    models,
    reporting,
    retention,
    serving,
    team,
    tuning,
    watching,
)

__all__ = ["app"]

app = typer.Typer(
    name="workbench",
    help="What is odd in this data, since when, why, and who should know?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("anomaly-workbench"))
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What is odd in this data, since when, why, and who should know?"""


app.command("detect")(detection.detect)
app.command("score")(models.score)
app.command("explain")(models.explain)
app.command("evaluate")(detection.evaluate)
app.command("label")(labelling.label)
app.command("labels")(labelling.labels)
app.command("learn")(labelling.learn)
app.command("compare")(comparing.compare)
app.command("tune")(tuning.tune)
app.command("bench")(comparing.bench)
app.command("report")(reporting.report)
app.command("profile")(data.profile)
app.command("detectors")(detection.detectors)
app.command("samples")(data.samples)
app.command("export")(data.export)
app.add_typer(team.users, name="users")
app.add_typer(team.audit, name="audit")
app.add_typer(alerts.incidents, name="incidents")
app.add_typer(alerts.channels, name="channels")
app.add_typer(live.streams, name="streams")
app.add_typer(live.monitors, name="monitors")
app.command("demo")(demo.demo)
app.command("serve")(serving.serve)
app.command("watch")(watching.watch)
app.command("backup")(serving.backup)
app.command("restore")(serving.restore)
app.command("retention")(retention.retention)
app.command("dashboards")(dashboards.dashboards)
app.command("doctor")(doctor.doctor)
