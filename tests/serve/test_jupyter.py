"""What JupyterLab is told about our pages."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import pytest

from workbench.serve.jupyter import INSIDE, launcher


def test_jupyter_finds_it_by_its_entry_point() -> None:
    points = metadata.entry_points(group="jupyter_serverproxy_servers")
    assert points["workbench"].load() is launcher


def test_jupyter_server_proxy_takes_what_it_is_told() -> None:
    from jupyter_server_proxy.config import ServerProcess

    made = ServerProcess(name="workbench", **launcher())
    assert made.launcher_entry.title == "Anomaly Workbench"
    assert made.launcher_entry.path_info == "workbench/explore"
    # Jupyter's cookies and tokens stay with Jupyter.
    assert made.request_headers_override["Cookie"] == ""
    assert made.request_headers_override["Authorization"] == ""


def test_the_tile_has_a_picture() -> None:
    picture = Path(launcher()["launcher_entry"]["icon_path"])
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such sockets in Python")
def test_only_the_user_can_reach_the_socket_and_only_through_jupyter(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    command = [word.replace("{unix_socket}", str(path)) for word in launcher()["command"]]
    process = subprocess.Popen(command)
    try:
        end = time.monotonic() + 90
        while not path.exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        assert path.stat().st_mode & 0o077 == 0
        assert b" 200 " in _ask(path, "/explore", INSIDE)
        # A websocket that does not come through the proxy is refused.
        assert b" 403 " in _ask(path, "/explore/ws", "evil.example", upgrade=True)
        assert b" 101 " in _ask(path, "/explore/ws", INSIDE, upgrade=True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _ask(path: Path, what: str, origin: str, *, upgrade: bool = False) -> bytes:
    """Return the first line that the server answers."""
    lines = [f"GET {what} HTTP/1.1", "Host: localhost", f"Origin: http://{origin}"]
    if upgrade:
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: bokeh, x"]
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(path))
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return line.recv(64)
