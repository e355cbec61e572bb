"""Fires while no data come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from workbench.alerts.rules.base import MOST_SECONDS, Rule, bounded, cause_of
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number

__all__ = ["Missing"]


class Missing(Rule):
    """Tells when nothing has come for too long: a silent source looks like a healthy one.

    It fires by the clock (:meth:`tick`), again after each further ``seconds`` of silence with the
    same id, which is made of the time of the last record.

    Parameters
    ----------
    seconds : float
        Silence that is still normal, in the time of the clock.
    severity : float
        0-100.

    Examples
    --------
    >>> from datetime import UTC
    >>> last = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [one.text for one in Missing("m", seconds=60).tick(last + timedelta(minutes=5), last, last)]
    ['no data for 300 s, at most 60 s are normal']
    """

    kind = "missing"

    def __init__(
        self, monitor: str, called: str = "", *, seconds: float = 300.0, severity: float = 50.0
    ) -> None:
        super().__init__(monitor, called)
        self.seconds = bounded("seconds", seconds, 1.0, MOST_SECONDS)
        self.severity = bounded("severity", severity, 0.0, 100.0)
        self._told: tuple[str, float] = ("", 0.0)

    def step(self, points: Points) -> list[Firing]:
        """Return nothing: what comes is not missing."""
        return []

    def tick(
        self, now: datetime, latest_event: datetime | None, latest_arrival: datetime | None
    ) -> list[Firing]:
        """Return a firing where the silence is too long."""
        if latest_arrival is None or now - latest_arrival <= timedelta(seconds=self.seconds):
            return []
        silent = (now - latest_arrival).total_seconds()
        # What never spoke is known by the time that the monitor began.
        last = latest_event or latest_arrival
        id = self.firing_id(last.isoformat())  # noqa: A001
        if self._told[0] == id and silent - self._told[1] < self.seconds:
            return []
        self._told = (id, silent)
        return [
            Firing(
                id=id, monitor=self.monitor, rule=self.called, kind=self.kind,
                cause=cause_of(self.kind), start=min(last, now), end=now, severity=self.severity,
                text=f"no data for {number(silent)} s, at most {number(self.seconds)} s are normal",
            )
        ]  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return what was told last."""
        return {"told": list(self._told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        id, silent = state["told"]  # noqa: A001
        self._told = (str(id), float(silent))
