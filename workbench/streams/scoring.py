"""Scores records as they come: the detector's word, and what it means among the newest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from workbench.core.points import Points
from workbench.core.severity import SeverityScale
from workbench.streams.judging import Judging
from workbench.streams.kernels import against_newest, follow_level
from workbench.streams.records import Records

__all__ = ["Scorer", "Streaming"]

#: Half the width of the expected range, in standard deviations.
WIDE = 4.0
#: Entities that get a detector of their own; beyond, the one longest silent is forgotten.
MOST_LANES = 2_000


class Streaming(Protocol):
    """What scores records in the order in which they come: an online detector, or a model."""

    @property
    def warm_up(self) -> int:
        """Records until scores mean something."""

    def score_learn(self, X: Any, *, time: Any = None) -> np.ndarray:
        """Return scores (n,); each record is scored before it is learned."""

    def state(self) -> dict[str, Any]:
        """Return everything that was learned."""

    def restore(self, state: Any) -> Any:
        """Return one that goes on from a state."""


class _Lane:
    """What is known of one entity."""

    def __init__(self, detector: Streaming, judging: Judging, features: int) -> None:
        self.detector, self.judging = detector, judging
        self.ring, self.ranked = (np.zeros(judging.newest) for _ in range(2))
        self.place = np.zeros(2, np.int64)
        self.level, self.count = np.zeros((3, features)), np.zeros(features)
        self.learned, self.latest = 0, 0

    def step(self, time: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        judging = self.judging
        low, high, filled = follow_level(values, self.level, self.count, judging.half_life, WIDE)
        at = time / (judging.step * 1e6) if judging.step else None
        scores = np.array(self.detector.score_learn(filled, time=at), dtype=float)
        warm = min(len(scores), max(0, self.detector.warm_up - self.learned))
        rate = judging.rate if judging.rule == "tail" else 1e-4
        told = against_newest(
            scores[warm:], self.ring, self.ranked, self.place, rate, judging.least
        )
        scores[:warm] = np.nan
        chance, cut, centre = (np.concatenate([np.full(warm, np.nan), one]) for one in told)
        self.learned += len(scores)
        self.latest = int(time[-1])
        return {"score": scores, "chance": chance, "cut": cut, "centre": centre, "low": low,
                "high": high}  # fmt: skip

    def newest(self) -> np.ndarray:
        """Return the newest scores, in the order in which they came."""
        at, known = self.place
        return self.ring[:known] if known < len(self.ring) else np.roll(self.ring, -at)

    def state(self) -> dict[str, Any]:
        return {
            "detector": self.detector.state() if self.learned else None,
            "ring": self.ring, "ranked": self.ranked,
            "place": self.place, "level": self.level, "count": self.count,
            "learned": self.learned, "latest": self.latest,
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        if state["detector"] is not None:
            self.detector = self.detector.restore(state["detector"])
        for name in ("ring", "ranked", "place", "level", "count"):
            setattr(self, name, np.array(state[name]))
        self.learned, self.latest = int(state["learned"]), int(state["latest"])


class Scorer:
    """Turns records in the order of time into scored points.

    What it says of a record depends on the records until then alone, and not on how they are cut
    into batches: what was stored can be found again by scoring again.

    Parameters
    ----------
    features : sequence of str
    make : callable
        Returns a new detector; called for each entity where each has its own.
    judging : Judging
    """

    def __init__(
        self, features: Sequence[str], make: Callable[[], Streaming], judging: Judging | None = None
    ) -> None:
        self.features, self._make = tuple(features), make
        self.judging = judging or Judging()
        self.scored = self.flagged = 0
        self._lanes: dict[str, _Lane] = {}
        self._control = _control(self.judging)
        self._held: list[dict[str, np.ndarray]] = []

    def step(self, records: Records) -> Points:
        """Score records, and return the points that are decided.

        Parameters
        ----------
        records : Records
            In the order of time.
        """
        if len(records):
            self._held.append(self._scored(records))
        return self._decided()

    def newest(self) -> dict[str, np.ndarray]:
        """Return for each entity the newest scores, in the order in which they came."""
        return {name: lane.newest() for name, lane in self._lanes.items()}

    # ---- scores -------------------------------------------------------------------------------

    def _scored(self, records: Records) -> dict[str, np.ndarray]:
        rows, width = records.values.shape
        told: dict[str, np.ndarray] = {
            name: np.full(rows, np.nan) for name in ("score", "chance", "cut", "centre")
        }
        told |= {name: np.full((rows, width), np.nan) for name in ("low", "high")}
        for entity, which in _groups(records.entity, self.judging.per_entity):
            lane = self._lane(entity, width)
            for name, values in lane.step(records.time[which], records.values[which]).items():
                told[name][which] = values
        return {"time": records.time, "entity": records.entity, "values": records.values, **told}

    def _lane(self, entity: str, width: int) -> _Lane:
        lane = self._lanes.get(entity)
        if lane is None:
            if len(self._lanes) >= MOST_LANES:
                del self._lanes[min(self._lanes, key=lambda name: self._lanes[name].latest)]
            lane = self._lanes[entity] = _Lane(self._make(), self.judging, width)
        return lane

    # ---- decisions ----------------------------------------------------------------------------

    def _decided(self) -> Points:
        held = self._held
        rows = sum(len(one["time"]) for one in held)
        batch = self.judging.batch if self._in_batches else 1
        ready = rows - rows % batch
        if not held or not ready:
            return self._points(_empty(len(self.features)), np.zeros(0, dtype=bool))
        whole = {name: np.concatenate([one[name] for one in held]) for name in held[0]}
        now = {name: column[:ready] for name, column in whole.items()}
        self._held = (
            [{name: column[ready:] for name, column in whole.items()}] if ready < rows else []
        )
        return self._points(now, self._flags(now))

    @property
    def _in_batches(self) -> bool:
        return self.judging.rule == "fdr" and self.judging.control == "bh"

    def _flags(self, now: Mapping[str, np.ndarray]) -> np.ndarray:
        rule, chance = self.judging.rule, now["chance"]
        if rule == "score":
            flags = now["score"] >= self.judging.score
        elif rule == "tail":
            flags = now["score"] > now["cut"]
        elif rule == "p_value":
            flags = chance <= self.judging.rate
        elif self._in_batches:
            flags = np.zeros(len(chance), dtype=bool)
            size = self.judging.batch
            for start in range(0, len(chance), size):
                flags[start : start + size] = _benjamini_hochberg(
                    chance[start : start + size], self.judging.rate
                )
        else:
            flags = np.zeros(len(chance), dtype=bool)
            known = np.isfinite(chance)
            flags[known] = self._control.step(chance[known])
        return np.asarray(flags)

    def _points(self, now: Mapping[str, np.ndarray], flags: np.ndarray) -> Points:
        start, self.scored = self.scored, self.scored + len(flags)
        self.flagged += int(flags.sum())
        severity = _severities(now, flags)
        parts = np.full(now["values"].shape, np.nan)
        if flags.any():
            parts[flags] = _parts({name: column[flags] for name, column in now.items()})
        cut = now["cut"][-1] if len(flags) else np.nan
        return Points(
            start, now["time"].astype("datetime64[us]"), now["entity"], self.features,
            now["values"], now["score"], now["chance"], severity, flags, now["low"], now["high"],
            parts, float(self.judging.score if self.judging.rule == "score" else cut),
        )  # fmt: skip

    # ---- kept ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return everything that it knows, as plain values and arrays."""
        held = [{**one, "entity": one["entity"].tolist()} for one in self._held]
        return {
            "scored": self.scored, "flagged": self.flagged, "held": held,
            "control": self._control.state() if self._control is not None else None,
            "names": list(self._lanes), "lanes": [lane.state() for lane in self._lanes.values()],
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.scored, self.flagged = int(state["scored"]), int(state["flagged"])
        self._held = [
            {**one, "entity": np.array([*one["entity"], ""], dtype=object)[:-1]}
            for one in state["held"]
        ]
        if self._control is not None:
            self._control = self._control.restore(state["control"])
        self._lanes = {}
        for name, told in zip(state["names"], state["lanes"], strict=True):
            self._lane(name, len(self.features)).restore(told)


def _groups(entity: np.ndarray, apart: bool) -> list[tuple[str, Any]]:
    """Return for each entity which records are about it, in the order in which they come first."""
    first = entity[0]
    if not apart or (entity == first).all():
        return [(str(first) if apart else "", slice(None))]
    import pandas as pd

    codes, names = pd.factorize(entity)
    return [(str(name), np.flatnonzero(codes == code)) for code, name in enumerate(names)]


def _control(judging: Judging) -> Any:
    if judging.rule != "fdr" or judging.control == "bh":
        return None
    from workbench.thresholds._online_fdr import LordPlusPlus, Saffron

    return (LordPlusPlus if judging.control == "lord" else Saffron)(judging.rate)


def _benjamini_hochberg(chance: np.ndarray, rate: float) -> np.ndarray:
    from workbench.thresholds._conformal import benjamini_hochberg

    known = np.isfinite(chance)
    if not known.any():
        return np.zeros(len(chance), dtype=bool)
    return known & (chance <= benjamini_hochberg(chance[known], rate))


def _severities(now: Mapping[str, np.ndarray], flags: np.ndarray) -> np.ndarray:
    """Return severities: beyond the threshold at least 25, below it less."""
    severity = np.full(len(flags), np.nan)
    known = np.isfinite(now["cut"]) & np.isfinite(now["score"])
    if known.any():
        scale = SeverityScale(0.0)
        # Each record has a threshold of its own: all are moved to 1, and their centre to 0.
        reach = np.maximum(now["cut"][known] - now["centre"][known], 1e-12)
        severity[known] = scale.severities(
            (now["score"][known] - now["centre"][known]) / reach, 1.0
        )
    severity[flags] = np.fmax(severity[flags], 25.0)
    calm = ~flags & known
    severity[calm] = np.minimum(severity[calm], 24.9)
    return severity


def _parts(now: Mapping[str, np.ndarray]) -> np.ndarray:
    """Share scores out by how far each value lies from what was expected.

    A value at the edge of its range counts 1; shares go by the squares, so that one value far
    outside is named before ten at the edge.
    """
    middle, half = (now["high"] + now["low"]) / 2.0, (now["high"] - now["low"]) / 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(half > 0.0, (now["values"] - middle) / half, 0.0) ** 2
        level = (half <= 0.0) & (now["values"] != middle)  # it never moved before
    away = np.where(level, 100.0, np.nan_to_num(away, nan=0.0, posinf=100.0))
    whole = away.sum(axis=1, keepdims=True)
    shares = np.divide(away, whole, out=np.zeros_like(away), where=whole > 0.0)
    return np.asarray(shares * np.nan_to_num(now["score"])[:, None])


def _empty(width: int) -> dict[str, np.ndarray]:
    lines = {name: np.empty(0) for name in ("score", "chance", "cut", "centre")}
    fields = {name: np.empty((0, width)) for name in ("low", "high", "values")}
    return {
        "time": np.empty(0, np.int64), "entity": np.empty(0, dtype=object), **lines, **fields,
    }  # fmt: skip
