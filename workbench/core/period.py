"""What a monitor found in a while: what a report that comes every day or week is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from workbench.core.incident import Incident
from workbench.core.points import Points
from workbench.core.stream import Monitor

__all__ = ["Period"]


@dataclass(frozen=True)
class Period:
    """What a monitor found in a while.

    Attributes
    ----------
    monitor : Monitor
    start, end : datetime.datetime
        Of the while.
    records, anomalies : int
        Scored in it, and anomalous among them, to the nearest part that was kept.
    incidents : tuple of Incident
        Opened or changed in it, the worst first.
    names : dict of str to str
        People by their id.
    stream : str
        Name of the stream, and the kind of its source.
    links : dict of str to str
        Addresses of pages by "monitor" and by the id of an incident; empty where the server does
        not know its own.
    points : Points or None
        The newest points of it.
    """

    monitor: Monitor
    start: datetime
    end: datetime
    records: int = 0
    anomalies: int = 0
    incidents: tuple[Incident, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    stream: str = ""
    links: dict[str, str] = field(default_factory=dict)
    points: Points | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.monitor.name
