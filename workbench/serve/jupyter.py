"""The pages inside JupyterLab: a launcher tile, and the address ``/workbench`` beside ``/lab``.

jupyter-server-proxy finds :func:`launcher` by the entry point ``jupyter_serverproxy_servers`` and
starts this module as a process when somebody first asks for a page. Jupyter has then checked who
asks (its token or hub) and from which origin. The process listens on a Unix socket in a folder
that only the user can enter, so that nobody else on the machine gets around that check; where
there are no Unix sockets (Windows) it listens on the loopback address.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

__all__ = ["launcher", "main"]

#: Seconds until the first page must answer; imports alone take some on a small hub.
STARTING = 120
#: What the server behind the proxy is called by requests that come through it.
INSIDE = "workbench.invalid"


def launcher() -> dict[str, Any]:
    """Return what jupyter-server-proxy needs to know.

    Examples
    --------
    >>> launcher()["launcher_entry"]["path_info"]
    'workbench/explore'
    """
    sockets = sys.platform != "win32"
    where = "{unix_socket}" if sockets else "{port}"
    return {
        "command": [sys.executable, "-m", "workbench.serve.jupyter", where],
        "unix_socket": sockets,
        "timeout": STARTING,
        "absolute_url": False,
        "new_browser_tab": True,
        # Jupyter has checked the origin of websockets; here there is one that is let in. Its
        # cookies and tokens are nobody's business.
        "request_headers_override": {
            "Origin": f"http://{INSIDE}",
            "Cookie": "",
            "Authorization": "",
        },
        "launcher_entry": {
            "enabled": True,
            "title": "Anomaly Workbench",
            "path_info": "workbench/explore",
            "category": "Notebook",
            "icon_path": str(Path(__file__).with_name("jupyter.svg")),
        },
    }


def main(where: str) -> None:
    """Serve the pages at a Unix socket's path, or at a port of the loopback address."""
    from workbench.serve.local import make_server

    if where.isdigit():
        server, _ = make_server(int(where), sample="", origins=[INSIDE])
    else:
        server, _ = make_server(unix_socket=where, sample="", origins=[INSIDE])
    server.start()
    server.io_loop.start()


if __name__ == "__main__":
    main(sys.argv[1])
