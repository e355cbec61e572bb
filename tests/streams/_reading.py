"""Reads a live source for as long as a test needs it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from workbench.streams.base import Batch, Source, Surroundings

from ._loop import in_a_thread

__all__ = ["HERE", "read", "resumes", "when"]

#: Seconds until something that a test waits for must have come.
SOON = 60.0


def _data(name: str) -> Any:
    from workbench.workflow.loading import load

    return load(name).frame


#: A process of one's own: nothing is refused.
HERE = Surroundings(_data)


def read(
    source: Source,
    rows: int,
    position: dict[str, Any] | None = None,
    *,
    around: Surroundings = HERE,
    keep: bool = True,
    began: Callable[[], object] | None = None,
) -> tuple[list[dict[str, Any]], list[tuple[int, dict[str, Any] | None]]]:
    """Return records of a source, and after how many of them it was at which position.

    Parameters
    ----------
    source : Source
    rows : int
        After so many it is left; it may end before.
    position : dict, optional
    around : Surroundings
    keep : bool
        Whether the source is told that its parts were kept.
    began : callable, optional
        Called once it listens, or after a moment.
    """

    async def work() -> Any:
        found: list[dict[str, Any]] = []
        places: list[tuple[int, dict[str, Any] | None]] = []
        parts: Any = source.batches(position, around)
        told = asyncio.create_task(_after(began)) if began else None
        async with asyncio.timeout(SOON), aclosing(parts):
            async for batch in parts:
                found += _rows(batch)
                places.append((len(found), json.loads(json.dumps(batch.position))))
                if keep and batch.kept is not None:
                    await batch.kept()
                if len(found) >= rows:
                    break
        if told is not None:
            await told
        return found, places

    return in_a_thread(work())  # type: ignore[no-any-return]


async def _after(began: Callable[[], object]) -> None:
    await asyncio.sleep(0.5)
    await asyncio.to_thread(began)


def _rows(batch: Batch) -> list[dict[str, Any]]:
    rows = batch.rows
    return list(rows if isinstance(rows, list) else rows.to_dict("records"))


async def when(parts: AsyncIterator[Batch], what: Callable[[Batch], bool]) -> Batch:
    """Return the first part of which something is true."""
    async with asyncio.timeout(SOON):
        async for batch in parts:
            if what(batch):
                return batch
    raise AssertionError("it never came")


def resumes(
    make: Callable[[], Source], rows: int, around: Surroundings = HERE
) -> list[dict[str, Any]]:
    """See that a source goes on from each of its positions with exactly the rest; return all."""
    whole, places = read(make(), rows, around=around)
    assert len(whole) == rows
    assert places
    step = max(1, len(places) // 5)
    for known, position in [one for one in places if one[0] < rows][::step]:
        assert position is not None
        rest, _ = read(make(), rows - known, position, around=around)
        assert rest == whole[known:]
    return whole
