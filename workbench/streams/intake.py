"""Keeps what comes: each part with the place to go on from, before anybody is told it is safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from workbench.core.errors import DataError, StoreError, WorkbenchError
from workbench.core.stream import Stream
from workbench.store.database import reading, writing
from workbench.store.streams import add_part, change_stream, find_stream
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.records import Canonical, Records, Refused, Shape, canonical, to_bytes

__all__ = ["Intake", "take_in"]

log = logging.getLogger("workbench.streams")
#: Seconds between two tries to reach a source, growing; and until it is said that something is
#: in the way.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


def take_in(
    stream: str,
    rows: Any,
    *,
    position: dict[str, Any] | None = None,
    claim: str | None = None,
) -> tuple[int, Refused] | None:
    """Keep records of a stream; return how many, and what could not be used.

    Parameters
    ----------
    stream : str
        Id.
    rows : iterable of mappings, pandas.DataFrame or pyarrow.Table
    position : dict, optional
        Where the source goes on.
    claim : str, optional
        None is returned, and nothing kept, where the stream is somebody else's by now.

    Raises
    ------
    DataError
        They have no column of times, or no numbers.
    StoreError
        They could not be kept: none of them was.
    """
    rows = rows if isinstance(rows, (pd.DataFrame, pa.Table)) else list(rows)
    with reading() as connection:
        found = find_stream(connection, stream)
    if found is None:
        return None
    shape = Shape(**found.shape)
    made = canonical(rows, shape)  # outside the turn of writers: it may take a while
    with writing() as connection:
        if made.shape != shape and not _first(connection, stream, made):
            made = _again(connection, stream, rows)
        return _keep(connection, stream, made, position, claim)


def _first(connection: Any, stream: str, made: Canonical) -> bool:
    """Fix the features of a stream by its first records; False where others were quicker."""
    found = find_stream(connection, stream)
    if found is None or found.shape.get("features"):
        return False
    change_stream(connection, stream, shape=asdict(made.shape))
    return True


def _again(connection: Any, stream: str, rows: Any) -> Canonical:
    found = find_stream(connection, stream)
    return canonical(rows, Shape(**found.shape)) if found else canonical([], Shape())


def _keep(
    connection: Any,
    stream: str,
    made: Canonical,
    position: dict[str, Any] | None,
    claim: str | None,
) -> tuple[int, Refused] | None:
    records = made.records
    latest = datetime.fromtimestamp(int(records.time.max()) / 1e6, UTC) if len(records) else None
    seq = add_part(
        connection, stream, to_bytes(records) if len(records) else b"", count=len(records),
        arrived=datetime.now(UTC), refused=made.refused.count, latest=latest, position=position,
        claim=claim,
    )  # fmt: skip
    return None if seq is None else (len(records), made.refused)


class Intake:
    """Reads a source for as long as it is asked to, and keeps what comes.

    Parameters
    ----------
    stream : Stream
    source : Source
    around : Surroundings
    claim : str
        With which the stream is ours.
    """

    def __init__(self, stream: Stream, source: Source, around: Surroundings, claim: str) -> None:
        self.stream, self._source, self._around, self._claim = stream, source, around, claim
        self._problem, self._pause = stream.problem, FIRST_PAUSE

    async def run(self) -> None:
        """Read until cancelled, or until the source has ended."""
        self._pause = FIRST_PAUSE
        while True:
            try:
                if await self._read():
                    await self._say(state="ended", problem="")
                return  # or somebody else's by now
            except (WorkbenchError, OSError) as error:
                told = str(error) if isinstance(error, WorkbenchError) else _outside(error)
            except Exception as error:
                log.exception("stream %s cannot be read", self.stream.id)
                told = f"The source does not work ({type(error).__name__}). The log has more."
            await self._say(problem=told)
            await asyncio.sleep(self._pause)
            self._pause = min(LONGEST_PAUSE, 2.0 * self._pause)

    async def _read(self) -> bool:
        """Read on from where it was left; return whether the source has ended."""
        position = await asyncio.to_thread(self._position)
        parts: Any = self._source.batches(position, self._around)
        async with aclosing(parts):
            async for batch in parts:
                problem = await asyncio.to_thread(self._take, batch)
                if problem is None:
                    return False
                if batch.kept is not None:
                    await batch.kept()
                self._pause = FIRST_PAUSE
                if problem != self._problem:
                    await self._say(problem=problem)
        return True

    def _position(self) -> dict[str, Any] | None:
        with reading() as connection:
            found = find_stream(connection, self.stream.id)
        return None if found is None else found.position

    def _take(self, batch: Batch) -> str | None:
        """Keep a part; return what is wrong with it, None where the stream is not ours any more."""
        problem = ""
        try:
            kept = take_in(self.stream.id, batch.rows, position=batch.position, claim=self._claim)
        except DataError as error:  # none of them can be used: go on after them, and say so
            with writing() as connection:
                made = Canonical(Records.none(0), Shape(), _all(batch.rows, str(error)))
                kept = _keep(connection, self.stream.id, made, batch.position, self._claim)
            problem = str(error)
        return None if kept is None else problem or kept[1].reason

    async def _say(self, **values: Any) -> None:
        self._problem = values["problem"] = values.get("problem", self._problem)[:500]
        try:
            await asyncio.to_thread(self._change, values)
        except StoreError:
            log.warning("stream %s: the database does not answer", self.stream.id)

    def _change(self, values: Mapping[str, Any]) -> None:
        with writing() as connection:
            change_stream(connection, self.stream.id, **values)


def _outside(error: OSError) -> str:
    return f"The other side does not answer ({type(error).__name__}): it is tried again."


def _all(rows: Any, reason: str) -> Refused:
    return Refused(len(rows) if hasattr(rows, "__len__") else 1, reason)
