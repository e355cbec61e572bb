"""Addresses that the server fetches from: only what everybody may reach, however it is named."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.core import settings as settings_module
from workbench.core.errors import (
    LimitExceeded,
    NotAllowed,
    ParameterError,
    UnreadableFile,
    WorkbenchError,
)
from workbench.core.web import allowed_addresses
from workbench.registry._web import fetched
from workbench.store.artifacts import artifact


class Answers(http.server.BaseHTTPRequestHandler):
    """Gives a table, leads elsewhere, or gives more than is allowed; notes who came."""

    came: list[str]

    def do_GET(self) -> None:
        self.came.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        body = b"a,b\n1,2\n" if self.path == "/pump.csv" else b"x" * 5000
        self.send_response(200 if "gone" not in self.path else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def neighbour() -> Iterator[tuple[str, list[str]]]:
    """A server on the loopback address, and the paths that it was asked for."""
    Answers.came = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", Answers.came
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server speak to the loopback network, as an administrator may."""
    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "127.0.0.0/8")
    settings_module.settings.cache_clear()


def ways_in(host: str) -> list[str]:
    """Return sixty ways to name this machine, its network, or what is no address of a file."""
    port = host.partition(":")[2]
    numbers = ("2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0", "0.0.0.0")
    names = [f"http://{number}:{port}/pump.csv" for number in numbers]
    six = (
        "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "fe80::1", "fc00::1", "fd12::7",
        "ff02::1", "2002:7f00:1::", "64:ff9b::7f00:1", "::127.0.0.1", "fec0::1",
    )  # fmt: skip
    names += [f"http://[{address}]:{port}/pump.csv" for address in six]
    private = (
        "127.0.0.1", "127.8.9.10", "10.0.0.5", "10.255.0.1", "172.16.0.1", "172.31.9.9",
        "192.168.1.1", "169.254.169.254", "169.254.1.1", "100.64.0.1", "192.0.0.1", "198.18.0.1",
        "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.7",
        "203.0.113.9", "0.0.0.1",
    )  # fmt: skip
    names += [f"http://{address}:{port}/pump.csv" for address in private]
    names += [f"http://{name}:{port}/pump.csv" for name in ("localhost", "LOCALHOST", "localhost.")]
    names += [
        f"http://evil.example@{host}/pump.csv", f"http://{host}@evil.example/pump.csv",
        f"http://user:word@{host}/x.csv", f"http://{host}#@example.org/x.csv", "http:///pump.csv",
        "http://[::1/pump.csv", f"http://{host.replace('127.0.0.1', '①②⑦.⓪.⓪.①')}/pump.csv",
        f"http://127。0。0。1:{port}/pump.csv", "file:///etc/passwd", "ftp://127.0.0.1/x.csv",
        "gopher://127.0.0.1:6379/_x", "http://127.0.0.1:99999/x.csv", "http://127.0.0.1:0/x.csv",
        "https://", "http://\x00/x.csv", "http://exa mple/x.csv", f"https://{host}/pump.csv",
        "dict://127.0.0.1:11211/stat",
    ]  # fmt: skip
    return names


def test_no_way_of_naming_this_machine_leads_to_it(neighbour: tuple[str, list[str]]) -> None:
    host, came = neighbour
    ways = ways_in(host)
    assert len(ways) >= 60
    for way in ways:
        with pytest.raises(WorkbenchError):
            fetched(way)
    assert came == []


@pytest.mark.usefixtures("opened")
def test_an_administrator_opens_a_network(neighbour: tuple[str, list[str]]) -> None:
    host, came = neighbour
    digest, name = fetched(f"http://{host}/pump.csv")
    assert name == "pump.csv"
    assert artifact(digest).read_bytes() == b"a,b\n1,2\n"
    assert came == ["/pump.csv"]


@pytest.mark.usefixtures("opened")
def test_networks_of_clouds_stay_closed_when_all_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "0.0.0.0/0, ::/0")
    settings_module.settings.cache_clear()
    for address in ("169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "224.0.0.1"):
        with pytest.raises(NotAllowed, match="private network"):
            allowed_addresses(address, 80)


@pytest.mark.usefixtures("opened")
def test_each_step_of_a_redirect_is_judged(neighbour: tuple[str, list[str]]) -> None:
    host, came = neighbour
    assert fetched(f"http://{host}/to/http://{host}/pump.csv")[1] == "pump.csv"
    for target in ("http://10.0.0.5/x.csv", "http://169.254.169.254/x", "file:///etc/passwd"):
        with pytest.raises((NotAllowed, ParameterError)):
            fetched(f"http://{host}/to/{target}")
    with pytest.raises(UnreadableFile, match="leads on"):
        fetched(f"http://{host}" + f"/to/http://{host}" * 9 + "/pump.csv")
    assert "/pump.csv" in came


@pytest.mark.usefixtures("opened")
def test_a_name_that_changes_its_mind_leads_nowhere_else(
    neighbour: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, came = neighbour
    port = int(host.partition(":")[2])
    plain, asked = socket.getaddrinfo, []

    def rebinding(name: Any, *given: Any, **more: Any) -> Any:
        if name == "rebinds.example":
            asked.append(name)
            told = "127.0.0.1" if len(asked) == 1 else "10.0.0.5"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (told, port))]
        return plain(name, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert fetched(f"http://rebinds.example:{port}/pump.csv")[1] == "pump.csv"
    assert asked == ["rebinds.example"]  # looked up once: what was judged is what is spoken to
    assert came == ["/pump.csv"]


@pytest.mark.usefixtures("opened")
def test_what_is_too_large_or_not_there_leaves_nothing(
    neighbour: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _ = neighbour
    monkeypatch.setenv("WORKBENCH_UPLOAD_LIMIT", "4000")
    settings_module.settings.cache_clear()
    with pytest.raises(LimitExceeded):
        fetched(f"http://{host}/large.csv")
    with pytest.raises(UnreadableFile, match="404"):
        fetched(f"http://{host}/gone.csv")
    drafts = settings_module.settings().home / "artifacts" / "drafts"
    assert list(drafts.iterdir()) == []
