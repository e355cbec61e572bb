"""Fires while too large a share of the points of some time is anomalous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.alerts.rules.base import MOST_SECONDS, Rule, bounded, cause_of, moment, stamps
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number

__all__ = ["Rate"]

#: Parts that the window is counted in: it moves on by one of these.
SLOTS = 60


class Rate(Rule):
    """Tells when anomalous points come thick, though each alone is worth no message.

    The window is counted in sixtieths, so that its memory does not grow with the stream; it holds
    at least 59 and at most 60 of them.

    Parameters
    ----------
    seconds : float
        Length of the window, in the time of the records.
    share : float
        Fires above this share of anomalous points, in (0, 1).
    least : int
        Points that the window must hold.
    per_entity : bool
        Whether each entity is counted by itself.

    Examples
    --------
    >>> Rate("m", seconds=600, share=0.2).least
    20
    """

    def __init__(
        self,
        monitor: str,
        called: str = "",
        *,
        seconds: float = 3600.0,
        share: float = 0.2,
        least: int = 20,
        per_entity: bool = False,
    ) -> None:
        super().__init__(monitor, called)
        self.seconds = bounded("seconds", seconds, 1.0, MOST_SECONDS)
        self.share = bounded("share", share, 0.0, 1.0)
        self.least = bounded("least", least, 1, 10**9, whole=True)
        self.per_entity = bool(per_entity)
        self._entities: dict[str, dict[str, Any]] = {}

    def step(self, points: Points) -> list[Firing]:
        """Return one firing for each stretch in which the share is too large."""
        times, told = stamps(points), dict[str, Firing]()
        anomalous = np.asarray(points.anomalous, dtype=bool)
        for at in range(len(points)):
            entity = str(points.entity[at]) if self.per_entity else ""
            run = self._look(entity, points.start + at, int(times[at]), bool(anomalous[at]))
            if run is not None:
                firing = self._firing(entity, run)
                told[firing.id] = firing
        return list(told.values())

    def _look(self, entity: str, point: int, time: int, flagged: bool) -> dict[str, Any] | None:
        one = self._entities.setdefault(
            entity, {"slots": [], "points": 0, "anomalous": 0, "run": None}
        )
        slot, slots = int(time // (self.seconds * 1e6 / SLOTS)), one["slots"]
        if not slots or slots[-1][0] != slot:
            slots.append([slot, 0, 0])
        for place, more in ((1, 1), (2, int(flagged))):
            slots[-1][place] += more
        one["points"] += 1
        one["anomalous"] += int(flagged)
        while slots[0][0] <= slot - SLOTS:
            _, points, anomalous = slots.pop(0)
            one["points"] -= points
            one["anomalous"] -= anomalous
        share = one["anomalous"] / one["points"]
        if one["points"] < self.least or share <= self.share:
            one["run"] = None
            return None
        if one["run"] is None:
            one["run"] = {"point": point, "start": time, "share": 0.0}
        run: dict[str, Any] = one["run"]
        run["end"], run["share"] = time, max(share, run["share"])
        return run

    def _firing(self, entity: str, run: Mapping[str, Any]) -> Firing:
        share = run["share"]
        text = (
            f"{share:.0%} of the points of {number(self.seconds)} s are anomalous, "
            f"at most {self.share:.0%} are expected"
        )
        # The limit stands at 25, where a severity begins to matter, and all of them at 100.
        severity = 25.0 + 75.0 * (share - self.share) / max(1.0 - self.share, 1e-9)
        return Firing(
            id=self.firing_id(entity, run["point"]), monitor=self.monitor, rule=self.called,
            kind=self.kind, cause=cause_of("rate", entity), start=moment(run["start"]),
            end=moment(run["end"]), severity=min(severity, 100.0), entity=entity,
            text=f"{entity}: {text}" if entity else text, score=share, threshold=self.share,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return the counts of the window."""
        return {"entities": self._entities}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._entities = {
            entity: {**one, "slots": [list(slot) for slot in one["slots"]]}
            for entity, one in state["entities"].items()
        }
