"""Time done right: records in the order in which they happened, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.streams.records import Records

__all__ = ["Counts", "EventTime"]

SECOND = 1_000_000
#: Keys that are remembered to tell duplicates, at most; and for how long beyond the lateness.
MOST_KEYS, LEAST_MEMORY = 1_000_000, 60 * SECOND
#: How far the clock of who sends may be ahead of ours before its records wait.
SKEW = 60 * SECOND
_NEVER = np.iinfo(np.int64).min // 2


@dataclass
class Counts:
    """What became of the records, from the beginning on.

    Attributes
    ----------
    taken : int
        Passed on, or waiting for their turn.
    duplicates : int
        Came before, by their key.
    late : int
        Came later than was declared: their turn is over.
    ahead : int
        Stamped later than now: they wait until then.
    """

    taken: int = 0
    duplicates: int = 0
    late: int = 0
    ahead: int = 0


class EventTime:
    """Gives records back in the order of their time, each key once.

    A record waits until no record that belongs before it can come any more: until one has come
    that happened ``lateness`` later. What comes after its turn is counted and left out. What is
    given back depends on the records and on the order of arrival alone, never on a clock of ours
    or on how arrivals are cut into batches: a monitor that was killed comes to the same by reading
    again. Among records of one time the order is that of entity and key.

    Parameters
    ----------
    lateness : float
        Seconds.
    features : int
    """

    def __init__(self, lateness: float, features: int) -> None:
        self.lateness = round(lateness * SECOND)
        self.counts = Counts()
        self._high = self._arrived = _NEVER
        self._waiting = Records.none(features)
        self._seen: dict[Any, int] = {}

    @property
    def watermark(self) -> int | None:
        """Microseconds before which nothing more is taken; None at the beginning."""
        return None if self._high == _NEVER else self._high - self.lateness

    @property
    def waiting(self) -> int | None:
        """Time to :meth:`advance` to so that all that waits has its turn; None: nothing does."""
        if not len(self._waiting):
            return None
        believed = self._waiting.time[self._waiting.time <= self._arrived + SKEW]
        return int(believed.max()) + self.lateness + 1 if len(believed) else None

    def __len__(self) -> int:
        return len(self._waiting)

    def step(self, records: Records, arrived: int) -> Records:
        """Take records, in the order of arrival, and return those whose turn has come.

        Parameters
        ----------
        records : Records
        arrived : int
            When they came, in microseconds. A clock that is set back is not followed.
        """
        self._arrived = max(self._arrived, arrived)
        if len(records):
            # A record that claims to be from the future moves nothing: else all that comes after
            # it, at the right time, would be late.
            believed = np.where(records.time <= self._arrived + SKEW, records.time, _NEVER)
            self.counts.ahead += int((believed == _NEVER).sum())
            highest = np.maximum.accumulate(np.concatenate([[self._high], believed]))
            taken = self._new(records, highest[:-1])
            self._high = int(highest[-1])
            self._waiting = Records.join([self._waiting, records.take(taken)])
        return self._turn()

    def advance(self, to: int) -> Records:
        """Take notice that nothing has come for long, and return what waited until then."""
        self._high, self._arrived = max(self._high, to), max(self._arrived, to)
        return self._turn()

    def _new(self, records: Records, before: np.ndarray) -> np.ndarray:
        """Return which records are new and in time; ``before``: the highest time until each."""
        late = (records.time < before - self.lateness) & (before != _NEVER)
        taken = np.zeros(len(records), dtype=bool)
        seen, counts = self._seen, self.counts
        named = zip(
            records.time.tolist(), records.entity.tolist(), records.key.tolist(), late.tolist(),
            strict=True,
        )  # fmt: skip
        for number, (time, entity, key, too_late) in enumerate(named):
            known = (entity, key) if key else (entity, time)
            if known in seen:
                counts.duplicates += 1
            elif too_late:
                counts.late += 1
            else:
                seen[known] = time
                taken[number] = True
        counts.taken += int(taken.sum())
        return taken

    def _turn(self) -> Records:
        watermark = self.watermark
        waiting = self._waiting
        if watermark is None or not len(waiting):
            return Records.none(waiting.values.shape[1])
        # Others of the very same time may still come, unless lateness is none.
        come = waiting.time < watermark if self.lateness else waiting.time <= watermark
        self._waiting = waiting.take(~come)
        given = waiting.take(come)
        self._forget(watermark)
        if len(given) < 2:
            return given
        if not self.lateness:
            order = np.argsort(given.time, kind="stable")
        else:
            order = np.lexsort((given.key.astype(str), given.entity.astype(str), given.time))
        return given.take(order)

    def _forget(self, watermark: int) -> None:
        if len(self._seen) < 10_000:
            return
        oldest = watermark - max(self.lateness, LEAST_MEMORY)
        some = next(iter(self._seen.values()))
        if some < oldest - LEAST_MEMORY or len(self._seen) > MOST_KEYS:
            kept = {key: time for key, time in self._seen.items() if time >= oldest}
            if len(kept) > MOST_KEYS:
                kept = dict(sorted(kept.items(), key=lambda one: one[1])[-MOST_KEYS // 2 :])
            self._seen = kept

    # ---- kept ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return everything that it knows, as plain values."""
        waiting, seen = self._waiting, list(self._seen.items())
        return {
            "high": self._high, "arrived": self._arrived, "counts": vars(self.counts).copy(),
            "time": waiting.time, "entity": waiting.entity.tolist(), "key": waiting.key.tolist(),
            "values": waiting.values, "seen": [[*key, time] for key, time in seen],
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._high, self._arrived = int(state["high"]), int(state["arrived"])
        self.counts = Counts(**state["counts"])
        entity, key = (
            np.array([*state[name], ""], dtype=object)[:-1] for name in ("entity", "key")
        )
        self._waiting = Records(
            np.asarray(state["time"], dtype=np.int64), entity, key, np.asarray(state["values"])
        )
        self._seen = {(entity, key): time for entity, key, time in state["seen"]}
