"""Work on a server that comes again and again, by Python's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.core.progress import Progress

if TYPE_CHECKING:
    from workbench.client.remote import Workbench

__all__ = ["RemoteSchedule"]


@dataclass(frozen=True)
class RemoteSchedule:
    """Work that comes again and again.

    Attributes
    ----------
    team : Workbench
    facts : dict
        As the server told it: kind, params, cron, every, zone, enabled, next, latest, job.
    """

    team: Workbench
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.facts["id"])

    @property
    def kind(self) -> str:
        """What is done: "detection", "comparison", "tuning", "scoring" or "report"."""
        return str(self.facts["kind"])

    @property
    def next(self) -> datetime | None:
        """When it comes next; None while it is paused."""
        told = self.facts["next"]
        return None if told is None else datetime.fromisoformat(told)

    def __repr__(self) -> str:
        when = self.facts["cron"] or f"every {self.facts['every']} s"
        return f"RemoteSchedule({self.kind!r}, {when!r}, next={self.facts['next']})"

    def coming(self, count: int = 5) -> list[datetime]:
        """Return the next times in UTC."""
        told = self.team.connection.get(f"/schedules/{self.id}/coming", count=count)
        return [datetime.fromisoformat(one) for one in told["times"]]

    def change(self, **values: Any) -> RemoteSchedule:
        """Change params, cron, every or zone; returns it as it is then."""
        answer = self.team.connection.send("PATCH", f"/schedules/{self.id}", json=values)
        return RemoteSchedule(self.team, answer.json())

    def pause(self) -> RemoteSchedule:
        """Let nothing come until it is resumed."""
        return RemoteSchedule(self.team, self.team.connection.post(f"/schedules/{self.id}/pause"))

    def resume(self) -> RemoteSchedule:
        """Let it come again."""
        return RemoteSchedule(self.team, self.team.connection.post(f"/schedules/{self.id}/resume"))

    def run(self, *, progress: Progress | None = None) -> dict[str, Any]:
        """Do its work now, and return the job's result once it is there."""
        job = self.team.connection.post(f"/schedules/{self.id}/run")
        return self.team.wait(job, progress)

    def remove(self) -> None:
        """Remove it; jobs that it gave stay."""
        self.team.connection.send("DELETE", f"/schedules/{self.id}")
