"""The dashboards: explore, compare and live, published by Voilà on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["dashboards"]


def dashboards(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder whose files may be opened; by default this one.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser window.")
    ] = True,
) -> None:
    """Publish the Voilà dashboards (explore, compare, live) on this machine."""
    from workbench.serve.dashboards import serve_dashboards

    raise typer.Exit(serve_dashboards(folder, port, show=browser))
