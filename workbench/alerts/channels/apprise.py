"""Sends by Apprise: Slack, Teams, Telegram, PagerDuty and more than a hundred others by a URL."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from workbench.alerts.channels.base import Channel, text_of
from workbench.core.anomaly import band
from workbench.core.errors import DeliveryError, ParameterError
from workbench.core.extras import require
from workbench.core.message import Message
from workbench.core.settings import settings

__all__ = ["Apprise"]

SECONDS = 30.0
#: What speaks to this machine and not to the network.
CLOSED = {"dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
KINDS = {"critical": "failure", "high": "failure", "medium": "warning"}
#: All that the process which sends is told of its surroundings.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
                "SYSTEMROOT", "TZ", "VIRTUAL_ENV", "PYTHONPATH")  # fmt: skip


class Apprise(Channel):
    """Lets you tell people by whatever they look at, with one line for each.

    Apprise connects by itself, and by libraries of others. So it runs in a process of its own,
    which sees neither our settings nor our secrets, refuses every connection to a network that is
    closed (whatever a name turns into, and wherever somebody redirects to), and is ended where it
    hangs. Services that speak to the machine itself (dbus, syslog) are refused.

    Parameters
    ----------
    url : str
        As https://github.com/caronc/apprise describes it; kept secret, as it holds tokens.

    References
    ----------
    https://github.com/caronc/apprise

    Examples
    --------
    >>> Apprise(url="json://alerts.example/hush")
    Apprise('json://…')
    """

    secrets = ("url",)

    def __init__(self, *, url: str) -> None:
        self.url = text_of("url", url)
        schema = self.url.partition("://")[0].lower()
        if "://" not in self.url or not schema.isascii() or not schema.isalnum():
            raise ParameterError("url begins with the name of a service: slack://, mailtos:// …")
        if schema in CLOSED:
            raise ParameterError(f"'{schema}://' speaks to the server itself, which is closed.")
        self.schema = schema

    def send(self, message: Message) -> None:
        """Send a message."""
        answer = self._ask(
            title=message.subject(), body=message.body(),
            kind="success" if message.reason == "resolved"
            else KINDS.get(band(message.severity), "info"),
        )  # fmt: skip
        if answer == "closed":
            raise DeliveryError(
                "It wanted to speak to a private network, which is closed. An administrator can "
                "open it with WORKBENCH_ALLOWED_NETWORKS.", retry=False,
            )  # fmt: skip
        if answer == "unknown":
            raise DeliveryError("Apprise does not understand the URL.", retry=False)
        if answer != "sent":
            raise DeliveryError("The service did not take it.", retry=True)

    def check(self) -> None:
        """Refuse a URL that Apprise does not understand."""
        require("apprise", extra="alerts", why="to send by Apprise")
        if self._ask() != "known":
            raise ParameterError(
                f"Apprise does not understand this URL of '{self.schema}://'. Its documentation "
                "says what belongs in it: https://github.com/caronc/apprise/wiki"
            )

    def _ask(self, **words: str) -> str:
        """Let the process of its own do it; what it is asked goes in by a pipe."""
        require("apprise", extra="alerts", why="to send by Apprise")
        asked = {"url": self.url, "networks": settings().allowed_networks or "", **words}
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "workbench.alerts.channels._apprise_sender"],
                input=json.dumps(asked), capture_output=True, text=True, timeout=SECONDS,
                check=False, env={name: os.environ[name] for name in _ENVIRONMENT
                                  if name in os.environ},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            told = f"It did not answer within {SECONDS:g} s."
            raise DeliveryError(told, retry=True) from None
        # Neither its output nor its errors are passed on: both may hold the URL.
        lines = done.stdout.strip().splitlines()
        return lines[-1] if lines else "failed"

    def address(self) -> str:
        """Return the service."""
        return f"{self.schema}://…"
