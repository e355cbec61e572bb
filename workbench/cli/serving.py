"""Commands about the team's server: serve."""

from __future__ import annotations

import os
from typing import Annotated

import typer

__all__ = ["serve"]


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
