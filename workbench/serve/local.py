"""Opens the pages on this machine only, with a sample already detected and explained."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress

__all__ = ["HOST", "free_port", "make_server", "serve_demo"]

HOST = "127.0.0.1"
MESSAGE_LIMIT = 32 * 1024 * 1024  # uploads come in pieces of 2 MB


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def make_server(
    port: int = 0,
    *,
    sample: str = "pump",
    engine: Any = None,
    unix_socket: str = "",
    origins: Sequence[str] = (),
) -> tuple[Any, str]:
    """Return a Panel server of all pages that is not started yet, and the address of Explore.

    It listens on the loopback address, takes websockets only from its own pages, puts no
    cookie into the page, and asks nobody else for anything.

    Parameters
    ----------
    port : int
        0 takes a free one.
    sample : str
        What a fresh page shows.
    engine : Engine, optional
        Where results come from.
    unix_socket : str
        Path of a Unix socket to listen on instead.
    origins : sequence of str
        Other hosts that websockets are taken from.

    Raises
    ------
    ParameterError
        The port is taken.
    """
    import panel as pn
    from panel.io.server import get_server

    from workbench.view.engine import Engine

    engine = Engine() if engine is None else engine
    port = 0 if unix_socket else port or free_port()
    own = [] if unix_socket else [f"{HOST}:{port}", f"localhost:{port}"]
    where: dict[str, Any] = {"port": port, "address": HOST}
    if unix_socket:
        where = {"unix_socket": unix_socket}
    pn.extension(inline=True)
    pn.config.reconnect = True
    pages = _pages(engine, f"sample:{sample}" if sample else "")
    try:
        server = get_server(
            pages,
            **where,
            websocket_origin=[*own, *origins],
            title=dict.fromkeys(pages, "Anomaly Workbench"),
            include_headers=["user-agent"],
            include_cookies=[],
            secret_key=secrets.token_bytes(32),
            sign_sessions=True,
            generate_session_ids=True,
            websocket_max_message_size=MESSAGE_LIMIT,
            show=False,
            start=False,
        )
    except OSError as error:
        raise ParameterError(
            f"Port {port} cannot be used: {error.strerror or error}. Choose another, or 0 for a "
            "free one."
        ) from error
    return server, f"http://{HOST}:{port}/explore"


def _pages(engine: Any, default: str) -> dict[str, Any]:
    """Return what makes each page, by its address; all share one engine."""
    from workbench.view.pages.compare import compare_page
    from workbench.view.pages.explore import explore_page
    from workbench.view.pages.investigate import investigate_page

    return {
        "explore": lambda: explore_page(engine, default),
        "compare": lambda: compare_page(engine),
        "investigate": lambda: investigate_page(engine),
    }


def serve_demo(
    port: int = 0,
    *,
    show: bool = True,
    sample: str = "pump",
    announce: Callable[[str], None] = print,
) -> None:
    """Look at a sample with its anomalies ranked and explained; Ctrl-C ends it.

    Parameters
    ----------
    port : int
        Port on the loopback address; 0 takes a free one.
    show : bool
        Open the default browser.
    sample : str
        Name of a sample, as ``workbench samples`` lists them.
    announce : callable
        Told the address as soon as the page can be opened.

    Raises
    ------
    ParameterError
        The port is taken.
    UnknownName
        There is no such sample.
    """
    from workbench.view.engine import Engine

    engine = Engine()
    source = f"sample:{sample}"
    found = engine.detect(source, engine.load(source, Progress()), "auto", Progress())
    found.lanes()
    if found.records:
        found.explain(found.records[0].peak)
    server, address = make_server(port, sample=sample, engine=engine)
    server.start()
    url = f"{address}?data={source}"
    announce(f"Anomaly Workbench is ready: {url}")
    sys.stdout.flush()
    if show:
        import webbrowser

        server.io_loop.add_callback(webbrowser.open, url)
    try:
        server.io_loop.start()
    except KeyboardInterrupt:
        announce("Stopped.")
    finally:
        server.stop()
