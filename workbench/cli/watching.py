"""`workbench watch`: the process that reads streams and runs monitors."""

from __future__ import annotations

import asyncio
import signal

import typer

__all__ = ["watch"]


def watch() -> None:
    """Read live streams and run monitors until Ctrl-C; `workbench serve` starts this by itself."""
    from workbench.registry.live import supervisor
    from workbench.serve.logs import configure

    configure()
    made = supervisor()
    from workbench.alerts.delivery import Deliverer

    deliverer = Deliverer()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: made.stop())
    deliverer.start()
    try:
        typer.echo("Watching. Ctrl-C ends it.", err=True)
        asyncio.run(made.run())
    finally:
        deliverer.stop()
