"""Commands about the team's server: serve, backup, restore."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["backup", "restore", "serve"]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.", metavar="ADDRESS")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8100,
    database: Annotated[
        str,
        typer.Option(
            help="PostgreSQL database; by default a file in the data folder.", metavar="URL"
        ),
    ] = "",
) -> None:
    """Serve pages and REST interface to a team; Ctrl-C ends it."""
    from workbench.core.settings import settings
    from workbench.serve.running import serve as serve_team

    if database:
        os.environ["WORKBENCH_DATABASE"] = database
        settings.cache_clear()
    serve_team(host, port, announce=typer.echo)


def backup(
    path: Annotated[Path, typer.Argument(help="File to write.", metavar="FILE.tar")],
) -> None:
    """Write all that the server keeps to one file; the server may go on meanwhile."""
    from workbench.store.backup import back_up

    made = back_up(path)
    typer.echo(
        f"Wrote {made.path}: the database and {made.files:,} files, {made.size / 1e6:,.1f} MB."
    )
    typer.echo("Who has it has all secrets of the server: keep it as you keep those.", err=True)


def restore(
    path: Annotated[Path, typer.Argument(help="File to read.", metavar="FILE.tar")],
) -> None:
    """Bring a backup back into a data folder that holds nothing yet."""
    from workbench.store.backup import restore as bring_back

    made = bring_back(path)
    typer.echo(f"Restored the database and {made.files:,} files.")
