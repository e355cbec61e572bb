"""Fires while the data differ from what a model learned from, or from what they were at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.alerts.rules.base import Rule, bounded, cause_of, moment, stamps
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number
from workbench.metrics.drift import (
    largest_gap,
    maximum_mean_discrepancy,
    population_stability,
    wasserstein_distance,
)

__all__ = ["Drift"]

#: Rows that reference and window need before anything is told.
FEWEST = 50
MOST_FEATURES = 10


class Drift(Rule):
    """Tells when the newest records are distributed unlike those of the reference.

    Each feature is held against the reference by the population stability index and by the gap of
    the empirical distributions (Kolmogorov-Smirnov); both must say so, at two looks in a row. All
    features together are looked at by the maximum mean discrepancy, which sees them move against
    each other. Neighbouring records of a stream are alike, so that no p-value is given.

    The reference are rows that the model learned from, where the monitor scores with a model that
    keeps some: another champion brings its own. Otherwise they are the first records that the
    monitor scored; changing the monitor's rules begins anew. What is told says which.

    Parameters
    ----------
    reference, window : int
        First records that are the reference where no model brings one, and newest ones that are
        held against it.
    every : int
        Records between two looks.
    stability : float
        Index from which on a feature has moved.
    gap : float
        Gap of the distributions from which on it has, in (0, 1).
    discrepancy : float
        Of all features together, in (0, 1).

    Notes
    -----
    The newest records should cover what usually comes again: where values follow the hour of the
    day, a window of minutes is unlike any sample of whole days.

    Examples
    --------
    >>> Drift("m").stability
    0.25
    """

    kind = "drift"

    def __init__(
        self,
        monitor: str,
        called: str = "",
        *,
        reference: int = 1000,
        window: int = 500,
        every: int = 250,
        stability: float = 0.25,
        gap: float = 0.25,
        discrepancy: float = 0.3,
    ) -> None:
        super().__init__(monitor, called)
        self.reference = bounded("reference", reference, FEWEST, 20_000, whole=True)
        self.window = bounded("window", window, FEWEST, 20_000, whole=True)
        self.every = bounded("every", every, 1, 100_000, whole=True)
        self.stability = bounded("stability", stability, 0.0)
        self.gap = bounded("gap", gap, 0.0, 1.0)
        self.discrepancy = bounded("discrepancy", discrepancy, 0.0, 1.0)
        self._sample: dict[str, np.ndarray] = {}
        self._known: np.ndarray | None = None
        self._newest: np.ndarray | None = None
        self._seen = 0
        self._twice = False
        self._run: dict[str, Any] | None = None

    def hold_against(self, sample: Mapping[str, np.ndarray]) -> None:
        """Take rows that the model learned from as the reference; see :meth:`Rule.hold_against`."""
        columns = {name: np.asarray(column, dtype=float) for name, column in sample.items()}
        self._sample = {
            name: column for name, column in columns.items() if np.isfinite(column).sum() >= FEWEST
        }

    def step(self, points: Points) -> list[Firing]:
        """Return one firing for each stretch in which the data differ from the reference."""
        times, told, at = stamps(points), dict[str, Firing](), 0
        while at < len(points):
            # From look to look, wherever batches end.
            end = min(len(points), at + self.every - self._seen % self.every)
            self._take(points.features, points.values[at:end])
            self._seen += end - at
            if self._seen % self.every == 0:
                last = end - 1
                firing = self._look(points.features, points.start + last, int(times[last]))
                if firing is not None:
                    told[firing.id] = firing
            at = end
        return list(told.values())

    def _learned(self, features: tuple[str, ...]) -> list[int]:
        """Return the places of the features that the model learned from."""
        return [place for place, name in enumerate(features) if name in self._sample]

    def _take(self, features: tuple[str, ...], values: np.ndarray) -> None:
        width = values.shape[1]
        if self._known is None or self._known.shape[1] != width:
            self._known, self._newest = np.empty((0, width)), np.empty((0, width))
        assert self._newest is not None
        room = self.reference - len(self._known)
        if room > 0 and not self._learned(features):
            self._known = np.vstack([self._known, values[:room]])
            values = values[room:]
        self._newest = np.vstack([self._newest, values])[-self.window :]

    def _look(self, features: tuple[str, ...], point: int, time: int) -> Firing | None:
        known, newest = self._known, self._newest
        assert known is not None
        assert newest is not None
        learned = self._learned(features)
        if learned:
            features = tuple(features[place] for place in learned)
            known = np.column_stack([self._sample[name] for name in features])
            newest = newest[:, learned]
        elif len(known) < self.reference:
            return None
        if len(newest) < self.window:
            return None
        moved = self._moved(features, known, newest)
        if not moved:
            self._twice, self._run = False, None
            return None
        if not self._twice:  # once may be chance
            self._twice = True
            return None
        if self._run is None:
            self._run = {"point": point, "start": time, "worst": 0.0, "told": {}}
        worst = max(moved.values(), key=lambda one: one["index"])
        if worst["index"] >= self._run["worst"]:
            self._run |= {"worst": worst["index"], "told": moved}
            self._run |= {"rows": len(known), "learned": bool(learned)}
        self._run["end"] = time
        return self._firing(self._run)

    def _moved(
        self, features: tuple[str, ...], known: np.ndarray, newest: np.ndarray
    ) -> dict[str, dict[str, float]]:
        """Return what has moved, with how far; empty where nothing has."""
        found = {}
        for place, name in enumerate(features):
            before, now = (side[:, place] for side in (known, newest))
            before, now = before[np.isfinite(before)], now[np.isfinite(now)]
            if min(len(before), len(now)) < FEWEST:
                continue
            index = population_stability(before, now)
            gap = largest_gap(before, now)
            if index >= self.stability and gap >= self.gap:
                found[name] = {
                    "index": index, "gap": gap, "far": min(wasserstein_distance(before, now), 1e6),
                    "before": float(np.median(before)), "now": float(np.median(now)),
                }  # fmt: skip
        whole = [side[np.isfinite(side).all(axis=1)] for side in (known, newest)]
        if not found and known.shape[1] > 1 and min(map(len, whole)) >= FEWEST:
            together = maximum_mean_discrepancy(*whole)
            if together >= self.discrepancy:
                found[""] = {"index": together, "gap": together, "far": 0.0, "before": 0.0,
                             "now": 0.0}  # fmt: skip
        return found

    def _firing(self, run: Mapping[str, Any]) -> Firing:
        moved: Mapping[str, Mapping[str, float]] = run["told"]
        ranked = sorted(moved, key=lambda name: -moved[name]["index"])
        lead = ranked[0]
        if lead:
            one = moved[lead]
            text = (
                f"{lead} has moved from {number(one['before'])} to {number(one['now'])} (medians; "
                f"stability index {number(one['index'])}, {number(one['far'])} standard "
                f"deviations); {len(ranked)} of the features moved"
            )
        else:
            text = (
                "the features have moved against each other (maximum mean discrepancy "
                f"{number(moved[lead]['index'])})"
            )
        against = (
            "rows that the model learned from"
            if run["learned"]
            else ("first records of the monitor")
        )
        text += f", held against {run['rows']:,} {against}: retraining is proposed"
        limit = self.stability if lead else self.discrepancy
        severity = 25.0 + 75.0 * (1.0 - 1.0 / (1.0 + max(0.0, run["worst"] / limit - 1.0)))
        named = [name for name in ranked[:MOST_FEATURES] if name]
        return Firing(
            id=self.firing_id(run["point"]), monitor=self.monitor, rule=self.called,
            kind=self.kind, cause=cause_of("drift"), start=moment(run["start"]),
            end=moment(run["end"]), severity=min(severity, 100.0), text=text,
            score=float(run["worst"]), threshold=limit,
            actual={name: moved[name]["now"] for name in named},
            expected={name: (moved[name]["before"], moved[name]["before"]) for name in named},
            parts={name: moved[name]["index"] for name in named},
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return the reference where it was not brought, the newest records, what goes on."""

        def plain(rows: np.ndarray | None) -> Any:
            if rows is None:
                return None
            return [[None if value != value else value for value in row] for row in rows.tolist()]

        width = 0 if self._known is None else self._known.shape[1]
        return {
            "known": plain(self._known), "newest": plain(self._newest), "width": width,
            "seen": self._seen, "twice": self._twice, "run": self._run,
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""

        def array(told: Any) -> np.ndarray | None:
            if told is None:
                return None
            return np.array(told, dtype=float).reshape(len(told), state["width"])

        self._known, self._newest = array(state["known"]), array(state["newest"])
        self._seen, self._twice = int(state["seen"]), bool(state["twice"])
        self._run = None
        if state["run"] is not None:  # those that began before there were samples say less
            self._run = dict(state["run"])
            self._run.setdefault("rows", 0 if self._known is None else len(self._known))
            self._run.setdefault("learned", False)
