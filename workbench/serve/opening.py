"""Opens a result of this process in the browser: one server a process, on the loopback address."""

from __future__ import annotations

import asyncio
import threading
import webbrowser
from typing import Any
from urllib.parse import urlencode

from workbench.core.errors import ParameterError

__all__ = ["open_in_browser"]

_lock = threading.Lock()
_running: tuple[Any, str] | None = None
#: Seconds until the server must listen.
STARTING = 60


def open_in_browser(result: Any, *, show: bool = True) -> str:
    """Open the page of a result and return its address.

    The page is served by a thread of this process and ends with it. Only who knows the address
    sees the result.

    Parameters
    ----------
    result : Detection or Comparison
        What to look at: on Explore, or on Compare.
    show : bool
        Open the default browser.

    Raises
    ------
    ParameterError
        The server cannot start.
    """
    engine, address = _server()
    query = {"data": engine.put(result)}
    if hasattr(result, "detections"):
        address = f"{address.rpartition('/')[0]}/compare"
    else:
        query["detector"] = result.detector
        if result.records:
            query["row"] = str(result.records[0].peak)
    url = f"{address}?{urlencode(query, safe=':')}"
    if show:
        webbrowser.open(url)
    return url


def _server() -> tuple[Any, str]:
    """Return engine and address of this process's server, started at first use."""
    global _running
    with _lock:
        if _running is None:
            _running = _started()
        return _running


def _started() -> tuple[Any, str]:
    from workbench.serve.local import make_server
    from workbench.view.engine import Engine

    engine, ready = Engine(), threading.Event()
    told: dict[str, Any] = {}

    def serve() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())  # the kernel keeps its own
        try:
            server, told["address"] = make_server(sample="", engine=engine)
            server.start()
            server.io_loop.add_callback(ready.set)
        except Exception as error:
            told["error"] = error
            ready.set()
            return
        server.io_loop.start()

    threading.Thread(target=serve, name="workbench pages", daemon=True).start()
    if not ready.wait(STARTING) or "error" in told:
        raise ParameterError(f"The page cannot be served: {told.get('error', 'no answer')}.")
    return engine, told["address"]
