"""``workbench serve``: the team's server, from its first start on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.extras import require
from workbench.core.settings import settings
from workbench.core.tracing import start_tracing
from workbench.serve.memory import share_places
from workbench.store.artifacts import tidy_up
from workbench.store.database import database

__all__ = ["serve"]

log = logging.getLogger(__name__)
#: Seconds that open requests get when the server ends.
GRACE = 8


def serve(
    host: str = "127.0.0.1",
    port: int = 8100,
    *,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve pages and REST interface to a team; Ctrl-C ends it.

    Parameters
    ----------
    host : str
        Address to listen on. Beyond loopback a secret of one's own must be set.
    port : int
        0 takes a free one.
    announce : callable
        Told the address, and at the first start the link that opens the first account.

    Raises
    ------
    StoreError
        The database cannot be used.
    ParameterError
        The port is taken, or the secret that is set is none for a server.
    MissingExtra
        The extra 'server' is not installed, or 'telemetry' where a collector is set.
    """
    uvicorn = require("uvicorn", extra="server", why="to serve a team")
    share_places()
    _check_secret(host)
    database()  # whatever is wrong with it is told before anybody is let in
    from workbench.serve.app import make_app
    from workbench.serve.gate import Policy
    from workbench.serve.logs import configure
    from workbench.serve.tracing import Traced

    configure()
    left = tidy_up()
    if left:
        log.warning("Removed %d files that were being written when the server was killed.", left)
    known = settings()
    origins = frozenset(known.addresses)
    secure = bool(origins) and all(one.startswith("https://") for one in origins)
    policy = Policy(origins, known.upload_limit + 10 * 2**20, secure)
    stop_tracing = start_tracing()
    app = Traced(make_app(policy, workers=known.job_workers, live=known.live_workers))
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False,
        date_header=True, timeout_graceful_shutdown=GRACE, proxy_headers=bool(origins),
        ws_max_size=32 * 2**20, lifespan="on",
    )  # fmt: skip
    server: Any = _Announced(uvicorn, config, lambda url: _tell(url, announce), stop_tracing)
    server.run()
    if not server.started_well:
        raise ParameterError(f"Port {port} of {host} cannot be used. Choose another, or 0.")


def _Announced(  # noqa: N802
    uvicorn: Any, config: Any, ready: Callable[[str], None], ended: Callable[[], None]
) -> Any:
    class Announced(uvicorn.Server):  # type: ignore[misc]
        """Says where it listens once it does, and ends what was begun beside it."""

        started_well = False

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                self.started_well = True
                found = self.servers[0].sockets[0].getsockname()
                host = f"[{found[0]}]" if ":" in found[0] else found[0]
                ready(f"http://{host}:{found[1]}")

        async def shutdown(self, sockets: Any = None) -> None:
            from anyio import to_thread

            await super().shutdown(sockets)
            # Not after run(): uvicorn ends this process by the signal that it was ended with.
            await to_thread.run_sync(ended)

    return Announced(config)


def _tell(url: str, announce: Callable[[str], None]) -> None:
    from workbench.team.first import first_link

    announce(f"Anomaly Workbench serves {url}")
    link = first_link()
    if link:
        announce(f"Nobody can sign in yet. Make the first account: {url}/welcome?link={link}")
    sys.stdout.flush()


def _check_secret(host: str) -> None:
    """Refuse to listen beyond this machine with a key that nobody chose."""
    from workbench.team.secret import signing_key

    signing_key()
    if not _is_loopback(host) and settings().secret is None:
        raise ParameterError(
            f"On {host} everybody around can reach the server: set WORKBENCH_SECRET to at least 32 "
            "random bytes first. Make some: python -c 'import secrets; "
            "print(secrets.token_hex(32))'"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
