"""Hands incidents to a Prometheus Alertmanager, which routes them as it does all others."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from workbench.alerts.channels._http import check_host, post
from workbench.alerts.channels.base import Channel, shown_host, text_of, web_address
from workbench.core.errors import ParameterError
from workbench.core.message import Message

__all__ = ["Alertmanager"]

_LABEL = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")
#: How long an alert stays where nobody resolves it. Alertmanager would end one after five minutes
#: (its resolve_timeout), for Prometheus says it again and again; we say it once.
LASTS = timedelta(days=30)


class Alertmanager(Channel):
    """Lets the silences, routes and pagers that you have for Prometheus work for incidents too.

    An incident is one alert: ``alertname`` is "WorkbenchIncident", further labels are incident,
    monitor, kind, entity and severity (critical, high, medium, low). Labels are what alerts are
    told apart by, so where the severity rises the alert of the lower one ends; where the incident
    is resolved all of them do.

    Parameters
    ----------
    url : str
        Of the Alertmanager, without "/api/v2".
    token : str
        Sent as "Authorization: Bearer …", where it asks for one.
    labels : mapping of str to str
        Further labels, to route by.

    References
    ----------
    https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml

    Examples
    --------
    >>> Alertmanager(url="http://alerts.plant.example:9093", labels={"team": "pumps"})
    Alertmanager('http://alerts.plant.example:9093/…')
    """

    secrets = ("token",)

    def __init__(
        self, *, url: str, token: str = "", labels: Mapping[str, str] | None = None
    ) -> None:
        self.url = web_address("url", url).rstrip("/")
        self.token = text_of("token", token)
        if not self.token.isascii():
            raise ParameterError("token must have ASCII characters only.")
        if not isinstance(labels or {}, Mapping):
            raise ParameterError("labels are names with their values.")
        self.labels = {name: text_of(name, value) for name, value in (labels or {}).items()}
        for name in self.labels:
            if not _LABEL.match(name):
                raise ParameterError(f"A label has letters, digits and '_', found '{name[:40]}'.")

    def send(self, message: Message) -> None:
        """Post the alerts of an incident."""
        headers = {"content-type": "application/json", "idempotency-key": message.id}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        body = json.dumps(self.alerts(message)).encode("utf-8")
        post(f"{self.url}/api/v2/alerts", body, headers)

    def alerts(self, message: Message) -> list[dict[str, Any]]:
        """Return the alerts that a message stands for: those that end, and the one that is on."""
        *over, here = message.bands or ("normal",)
        if message.reason == "resolved":
            over, here = [*over, here], ""
        ended = [self._alert(message, band, message.at) for band in over]
        return ended + ([self._alert(message, here, message.at + LASTS)] if here else [])

    def _alert(self, message: Message, band: str, ends: Any) -> dict[str, Any]:
        labels = {
            **self.labels, "alertname": "WorkbenchIncident", "severity": band,
            "incident": message.incident or "test", "kind": message.kind,
            "monitor": message.name or message.monitor, "entity": message.entity,
        }  # fmt: skip
        alert: dict[str, Any] = {
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {"summary": message.title, "description": message.body()},
            "startsAt": min(message.started, message.at).isoformat(), "endsAt": ends.isoformat(),
        }  # fmt: skip
        return alert | ({"generatorURL": message.link} if message.link else {})

    def check(self) -> None:
        """Refuse a host that may not be spoken to."""
        check_host(self.url)

    def address(self) -> str:
        """Return the host."""
        return shown_host(self.url)
