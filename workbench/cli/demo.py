"""The demo: a real sample, already detected and explained, in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser window.")
    ] = True,
    sample: Annotated[str, typer.Option(help="Which sample to show first.")] = "pump",
    live: Annotated[
        bool, typer.Option("--live", help="Live data of a pump, with a monitor and its incidents.")
    ] = False,
) -> None:
    """Show a sample with its anomalies found and explained, in the browser."""
    if live:
        from workbench.serve.live_demo import serve_live_demo

        serve_live_demo(port, show=browser, announce=typer.echo)
        return
    from workbench.serve.local import serve_demo

    serve_demo(port=port, show=browser, sample=sample)
