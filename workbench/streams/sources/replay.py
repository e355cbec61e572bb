"""Data that are there already, as if they came now: at a chosen speed, from where it was left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench.core.errors import DataError, ParameterError
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.columns import times_in

__all__ = ["Replay"]

#: Seconds between two parts: pages are told twice a second.
PACE = 0.25


class Replay(Source):
    """Plays kept data back.

    Parameters
    ----------
    data : str
        "sample:pump", or the id of kept data.
    time : str
        Column of times; empty where records shall come evenly, each with the time at which it
        comes as ``time``.
    speed : float
        How much faster than it happened; 0 for as fast as can be. Without times: records a second.
    rows : int
        Records of one part at most.
    history : int
        Records at the beginning that come at once, so that a detector knows what is usual.
    again : bool
        Whether to begin anew at the end, with times that go on.
    """

    about: ClassVar[str] = "data that are there already, as if they came now"

    def __init__(
        self,
        data: str,
        time: str = "",
        speed: float = 60.0,
        rows: int = 5_000,
        history: int = 0,
        again: bool = False,
    ) -> None:
        if not speed >= 0.0:
            raise ParameterError(f"speed must not be negative, found {speed}.")
        if not 1 <= rows <= 100_000:
            raise ParameterError(f"rows must lie between 1 and 100,000, found {rows}.")
        self.data, self.time, self.speed = data, time, float(speed)
        self.rows, self.history, self.again = int(rows), max(0, int(history)), bool(again)

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give parts at the pace at which they happened."""
        frame = await asyncio.to_thread(around.open_data, self.data)
        if self.time and self.time not in frame.columns:
            raise DataError(f"'{self.data[:80]}' has no column '{self.time[:80]}' of times.")
        if self.time:
            micro, there = times_in(frame[self.time])
            times = pd.Series(pd.to_datetime(micro, unit="us", utc=True), frame.index).where(there)
            frame = frame.assign(**{self.time: times})
            frame = frame.sort_values(self.time, kind="stable", ignore_index=True)
        at = int((position or {}).get("row", 0))
        turn = int((position or {}).get("turn", 0))
        seconds = self._seconds(frame)
        length = self._length(frame)
        pace = self.speed or 1e6
        begin = pd.Timestamp.now("UTC") - pd.Timedelta(at / pace, "s")
        if not at and not turn and self.history > 0:
            at = min(self.history, len(frame))
            begin -= pd.Timedelta(at / pace, "s")
            yield Batch(self._part(frame, 0, at, begin), {"row": at, "turn": 0})
        while True:
            loop = asyncio.get_running_loop()
            start, first = loop.time(), at
            while at < len(frame):
                end = min(at + self.rows, len(frame))
                if self.speed:
                    passed = (loop.time() - start) * self.speed
                    due = seconds.searchsorted(seconds[first] + passed, side="right")
                    end = min(end, int(due))
                if end > at:
                    part = self._part(frame, at, end, begin)
                    if turn and self.time:
                        part = part.assign(**{self.time: part[self.time] + turn * length})
                    yield Batch(part, {"row": end, "turn": turn})
                    at = end
                await asyncio.sleep(PACE if self.speed else 0.0)
            if not self.again or frame.empty:
                return
            at, turn = 0, turn + 1
            begin = pd.Timestamp.now("UTC")

    def _part(self, frame: pd.DataFrame, at: int, end: int, begin: pd.Timestamp) -> pd.DataFrame:
        """Return some rows; where they have no time, that at which each comes, as ``time``."""
        part = frame.iloc[at:end]
        if self.time or "time" in frame.columns:
            return part
        late = pd.to_timedelta(np.arange(at, end) / (self.speed or 1e6), unit="s")
        return part.assign(time=(begin + late).as_unit("us"))

    def _seconds(self, frame: pd.DataFrame) -> Any:
        """Return when each record comes, in seconds from the first."""
        if not self.time:
            return pd.Series(range(len(frame)), dtype=float).to_numpy()
        since = (frame[self.time] - frame[self.time].min()).dt.total_seconds()
        return since.ffill().to_numpy(dtype=float)

    def _length(self, frame: pd.DataFrame) -> Any:
        if not self.time or len(frame) < 2:
            return pd.Timedelta(0)
        times = frame[self.time]
        steps = times.diff()
        steps = steps[steps > pd.Timedelta(0)]
        one = pd.Timedelta(1, "s") if steps.empty else steps.median()
        return times.max() - times.min() + one
