"""Streams and monitors on a server, by Python's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.client.alerts import RemoteIncident
from workbench.client.connection import Connection

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LiveWords", "RemoteMonitor", "RemoteStream"]

#: Records that are sent in one request.
TOGETHER = 20_000


@dataclass(frozen=True)
class RemoteStream:
    """Live data on a server.

    Attributes
    ----------
    connection : Connection
    facts : dict
        As the server told it: name, source, shape, state, problem, records …
    """

    connection: Connection
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.facts["id"])

    def __repr__(self) -> str:
        return f"RemoteStream({self.facts['name']!r}, {self.facts['source']}, {self.state})"

    @property
    def state(self) -> str:
        """Running, paused, failed or ended, as it was told last."""
        return str(self.facts["state"])

    def send(self, records: pd.DataFrame | Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send records; what is kept is safe when this returns.

        Returns
        -------
        dict
            ``kept``, ``refused``, and the ``reason`` of the first that could not be used.
        """
        told = {"kept": 0, "refused": 0, "reason": ""}
        for start in range(0, max(len(records), 1), TOGETHER):
            part = _lines(records[start : start + TOGETHER])
            kind = {"content-type": "application/x-ndjson"}
            answer = self.connection.send(
                "POST", f"/streams/{self.id}/records", content=part, headers=kind
            ).json()
            told = {
                "kept": told["kept"] + answer["kept"],
                "refused": told["refused"] + answer["refused"],
                "reason": told["reason"] or answer["reason"],
            }
        return told

    def newest(self, most: int = 20) -> list[dict[str, Any]]:
        """Return the records that came last, the newest first."""
        return list(self.connection.get(f"/streams/{self.id}/records", limit=most))

    def refresh(self) -> RemoteStream:
        """Return it as it is now."""
        return RemoteStream(self.connection, self.connection.get(f"/streams/{self.id}"))

    def pause(self) -> RemoteStream:
        """Take nothing more in; returns it as it is then."""
        return self._change(state="paused")

    def resume(self) -> RemoteStream:
        """Go on; returns it as it is then."""
        return self._change(state="running")

    def remove(self) -> None:
        """Remove it with what came."""
        self.connection.send("DELETE", f"/streams/{self.id}")

    def _change(self, **values: Any) -> RemoteStream:
        answer = self.connection.send("PATCH", f"/streams/{self.id}", json=values)
        return RemoteStream(self.connection, answer.json())


@dataclass(frozen=True)
class RemoteMonitor:
    """A detector on a stream of a server.

    Attributes
    ----------
    connection : Connection
    facts : dict
        As the server told it: name, stream, detector, judging, rules, state, points, told …
    """

    connection: Connection
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.facts["id"])

    def __repr__(self) -> str:
        return f"RemoteMonitor({self.facts['name']!r}, {self.facts['detector']}, {self.state})"

    @property
    def state(self) -> str:
        """Running, paused, failed or ended, as it was told last."""
        return str(self.facts["state"])

    def points(self, most: int = 1_000) -> pd.DataFrame:
        """Return the newest points as a table, in the order of time."""
        import pandas as pd

        rows = self.connection.get(
            f"/monitors/{self.id}/points", start=-most, limit=min(most, 2000)
        )
        lines = [
            {
                "number": one["number"], "time": one["time"], "entity": one["entity"],
                **one["values"], "score": one["score"], "p_value": one["p_value"],
                "severity": one["severity"], "anomalous": one["anomalous"],
            }
            for one in rows
        ]  # fmt: skip
        frame = pd.DataFrame(lines)
        if len(frame):
            frame["time"] = pd.to_datetime(frame["time"], utc=True)
        return frame

    def incidents(self, **asked: Any) -> list[RemoteIncident]:
        """Return its incidents, the one that changed last first."""
        found = self.connection.pages("/incidents", monitor=self.id, **asked)
        return [RemoteIncident(self.connection, one) for one in found]

    def refresh(self) -> RemoteMonitor:
        """Return it as it is now."""
        return RemoteMonitor(self.connection, self.connection.get(f"/monitors/{self.id}"))

    def change(self, **values: Any) -> RemoteMonitor:
        """Change name, judging, rules or routes; returns it as it is then."""
        answer = self.connection.send("PATCH", f"/monitors/{self.id}", json=values)
        return RemoteMonitor(self.connection, answer.json())

    def pause(self) -> RemoteMonitor:
        """Watch no more until it is resumed; returns it as it is then."""
        return self.change(state="paused")

    def resume(self) -> RemoteMonitor:
        """Go on where it was; returns it as it is then."""
        return self.change(state="running")

    def remove(self) -> None:
        """Remove it with its points; its incidents stay."""
        self.connection.send("DELETE", f"/monitors/{self.id}")


class LiveWords:
    """The words of :class:`workbench.client.remote.Workbench` about live data."""

    connection: Connection

    def add_stream(
        self,
        name: str,
        source: str = "push",
        *,
        time: str = "time",
        entity: str = "",
        key: str = "",
        features: Sequence[str] = (),
        lateness: float = 0.0,
        **settings: Any,
    ) -> RemoteStream:
        """Begin to take in live data.

        Parameters
        ----------
        name : str
        source : str
            "push", "mqtt", "kafka" …: ``GET /streams/sources`` lists them.
        time, entity, key : str
            Columns: when it happened, what it is about, and what tells records apart.
        features : sequence of str
            By default all numbers of the first records.
        lateness : float
            Seconds that a record may come after others that happened later.
        **settings
            Of the source; what is secret is never shown again.
        """
        shape = {
            "time": time, "entity": entity, "key": key, "features": list(features),
            "lateness": lateness,
        }  # fmt: skip
        words = {"name": name, "source": source, "settings": settings, "shape": shape}
        return RemoteStream(self.connection, self.connection.post("/streams", words))

    def streams(self) -> list[RemoteStream]:
        """Return the streams that one may see, the newest first."""
        return [RemoteStream(self.connection, one) for one in self.connection.pages("/streams")]

    def monitor(
        self,
        stream: RemoteStream | str,
        detector: str = "ewma",
        name: str = "",
        *,
        judging: Mapping[str, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        routes: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> RemoteMonitor:
        """Begin to watch a stream.

        Parameters
        ----------
        stream : RemoteStream or str
            Or its id.
        detector : str
            An online detector, or "model" with ``model=`` its id.
        name : str
        judging, routes : mapping
            From when on a record is anomalous, and whom it is told.
        rules : sequence of mappings
            What is told of.
        **params
            Of the detector.
        """
        words: dict[str, Any] = {
            "name": name or f"{detector} on {getattr(stream, 'facts', {}).get('name', 'a stream')}",
            "stream": stream if isinstance(stream, str) else stream.id,
            "detector": detector, "params": params, "judging": dict(judging or {}),
            "routes": dict(routes or {}),
        }  # fmt: skip
        if rules is not None:
            words["rules"] = [dict(rule) for rule in rules]
        return RemoteMonitor(self.connection, self.connection.post("/monitors", words))

    def monitors(self, **asked: Any) -> list[RemoteMonitor]:
        """Return the monitors that one may see, the newest first."""
        found = self.connection.pages("/monitors", **asked)
        return [RemoteMonitor(self.connection, one) for one in found]


def _lines(records: Any) -> bytes:
    """Return records as JSON lines."""
    if hasattr(records, "to_json"):
        told: str = records.to_json(orient="records", lines=True, date_format="iso")
        return told.encode("utf-8")
    return "".join(json.dumps(dict(one), default=str) + "\n" for one in records).encode("utf-8")
