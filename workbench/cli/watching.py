"""`workbench watch`: the process that reads streams and runs monitors."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Annotated

import typer

__all__ = ["watch"]


def watch(
    once: Annotated[
        bool,
        typer.Option("--once", help="End when all that is there was read, scored and told."),
    ] = False,
    parent: Annotated[int, typer.Option(hidden=True, help="Process that this one ends with.")] = 0,
) -> None:
    """Read live streams and run monitors until Ctrl-C; `workbench serve` starts this by itself."""
    from workbench.registry.live import Live

    live = Live()
    if once:
        sent = asyncio.run(live.run_once())
        messages = "1 message was" if sent == 1 else f"{sent:,} messages were"
        typer.echo(f"All that is there was scored; {messages} sent.")
        return
    from workbench.serve.logs import configure

    configure()
    if parent:
        threading.Thread(target=_end_with, args=(parent, live.stop), daemon=True).start()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: live.stop())
    typer.echo("Watching. Ctrl-C ends it.", err=True)
    asyncio.run(live.run())


def _end_with(parent: int, stop: Callable[[], None]) -> None:
    """Stop once a server that was killed can no longer ask for it."""
    while os.getppid() == parent:
        time.sleep(1.0)
    stop()
