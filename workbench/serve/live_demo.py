"""``workbench demo --live``: a plant that sends, a monitor that watches, and a team of one."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
import webbrowser
from collections.abc import Callable

from workbench.core.settings import settings

__all__ = ["serve_live_demo"]

#: Records of the sample that come at once, and how much faster than it happened the others come:
#: a pump that speaks every ten minutes speaks three times a second, and fails within a minute.
HISTORY, SPEED = 3_800, 1_800.0
NAME = "demo"


def serve_live_demo(
    port: int = 0, *, show: bool = True, announce: Callable[[str], None] = print
) -> None:
    """Serve a team of one with live data, in a folder that goes when it ends.

    Parameters
    ----------
    port : int
        Port on the loopback address; 0 takes a free one.
    show : bool
        Open the default browser.
    announce : callable
        Told the address, and how to sign in.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-demo-") as home:
        os.environ["WORKBENCH_HOME"] = home
        os.environ.pop("WORKBENCH_DATABASE", None)
        os.environ["WORKBENCH_LIVE_WORKERS"] = "1"
        settings.cache_clear()
        password = secrets.token_urlsafe(9)
        monitor = _plant(password)
        _serve(port, show, announce, password, monitor)


def _plant(password: str) -> str:
    """Make the account, the stream and the monitor; return the monitor's id."""
    from workbench.registry.monitors import create_monitor
    from workbench.registry.streams import create_stream
    from workbench.store.database import reading
    from workbench.team.access import identity_of
    from workbench.team.accounts import create_account

    user = create_account(NAME, "admin", password=password)
    with reading() as connection:
        who = identity_of(connection, user, "demo")
    by = who.doer("demo")
    replay = {
        "data": "sample:pump", "time": "timestamp", "speed": SPEED, "history": HISTORY,
        "again": True,
    }  # fmt: skip
    shape = {
        "time": "timestamp",
        "features": ["vibration", "temperature", "power", "flow", "pressure"],
    }
    stream = create_stream(who, "Pump 7", "replay", replay, shape, by=by)
    rules = [{"rule": "anomaly"}, {"rule": "stuck"}]
    made = create_monitor(who, stream.id, "Pump 7", "ewma", rules=rules, by=by)
    return made.id


def _serve(
    port: int, show: bool, announce: Callable[[str], None], password: str, monitor: str
) -> None:
    from workbench.serve.running import serve

    def told(words: str) -> None:
        announce(words)
        if "serves http" in words:
            address = f"{words.split()[-1]}/live?monitor={monitor}"
            announce(f"Sign in as {NAME} with the password {password}: {address}")
            announce("Ctrl-C ends it, and nothing is kept.")
            if show:
                threading.Timer(1.0, webbrowser.open, (address,)).start()

    serve(port=port, announce=told)
