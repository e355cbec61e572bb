"""Speaks to hosts on the web, and only to those that may be: whatever a name turns into."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable
from typing import Any

from workbench.core.errors import NotAllowed, UnreadableFile
from workbench.core.extras import require
from workbench.core.settings import settings

__all__ = ["allowed_addresses", "guarded_client", "guarded_transport", "is_open"]


def allowed_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host, all of which may be spoken to.

    Raises
    ------
    NotAllowed
        One of them is private, local or reserved, and no administrator opened its network.
    UnreadableFile
        The host is not known.
    """
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreadableFile(f"The host '{host[:80]}' is not known.") from error
    found = list(dict.fromkeys(str(entry[4][0]) for entry in known))
    for one in found:
        if not is_open(one, (settings().allowed_networks or "").split(",")):
            raise NotAllowed(
                f"'{host[:80]}' lies in a private network, which is closed. An administrator can "
                "open it with WORKBENCH_ALLOWED_NETWORKS."
            )
    return found


def is_open(address: str, networks: Iterable[str]) -> bool:
    """Return whether an address may be spoken to, with some private networks opened.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> is_open("10.1.2.3", []), is_open("10.1.2.3", ["10.0.0.0/8"]), is_open("169.254.1.1", [])
    (False, True, False)
    """
    ip: Any = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    ip = inner or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False  # the metadata of clouds live there: closed whatever is set
    if ip.is_global:
        return True
    return any(
        ip.version == network.version and ip in network
        for network in (
            ipaddress.ip_network(one.strip(), strict=False) for one in networks if one.strip()
        )
    )


def guarded_client(*, seconds: float = 10.0, most: int = 2**20) -> Any:
    """Return an ``httpx.Client`` that reaches only allowed hosts and reads only so much.

    The addresses of a host are looked up once, judged, and the connection goes to one that was
    judged: a name that changes its mind in between leads nowhere else. Nothing is followed by
    itself, and neither proxies nor passwords are taken from the environment.

    Parameters
    ----------
    seconds : float
        Until an answer must be there as a whole.
    most : int
        Bytes that an answer may have; 0 for one that is read piece by piece, by a caller who
        stops where it is enough.
    """
    httpx = require("httpx", extra="server", why="to speak with other servers")
    transport = guarded_transport(seconds=seconds, most=most)
    return httpx.Client(
        transport=transport, timeout=seconds, follow_redirects=False, trust_env=False,
        headers={"accept-encoding": "identity"},
    )  # fmt: skip


def guarded_transport(*, seconds: float = 10.0, most: int = 2**20) -> Any:
    """Return what :func:`guarded_client` speaks by, which itself writes no address to the log.

    For addresses that are secret: a client of httpx logs each that it asks.
    """
    require("httpx", extra="server", why="to speak with other servers")
    import httpx

    class Guarded(httpx.HTTPTransport):
        """Goes to the address that was judged, under the name that was asked for."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            host, end = request.url.host, time.monotonic() + seconds
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            request.extensions = {**request.extensions, "sni_hostname": host}
            request.url = request.url.copy_with(host=allowed_addresses(host, port)[0])
            answer = super().handle_request(request)
            return _whole(httpx, answer, end, most, seconds) if most else answer

    return Guarded()


def _whole(httpx: Any, answer: Any, end: float, most: int, seconds: float) -> Any:
    """Return an answer that was read to its end, in time and within bounds."""
    body = b""
    try:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise httpx.ReadError("it packs what was asked for unpacked")
        for piece in answer.iter_raw():
            body += piece
            if len(body) > most:
                raise httpx.ReadError(f"it sends more than {most:,} bytes")
            if time.monotonic() > end:
                raise httpx.ReadTimeout(f"it takes longer than {seconds:g} s")
    finally:
        answer.close()
    return httpx.Response(
        answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body),
        extensions=answer.extensions,
    )  # fmt: skip
