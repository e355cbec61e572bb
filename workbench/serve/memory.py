"""Memory of a server that runs for weeks: few places to take it from, and given back."""

from __future__ import annotations

import asyncio
import ctypes
from contextlib import suppress

from anyio import to_thread

__all__ = ["give_back", "keep_giving_back", "share_places"]

#: Of malloc.h: how many places there are to take memory from; and how many are enough, for Python
#: lets one thread work at a time.
M_ARENA_MAX, PLACES = -8, 2
#: Seconds between two times that free memory goes back to the system.
EVERY = 60.0


def share_places() -> None:
    """Let threads take memory from few places: glibc gives each its own, and keeps them all.

    Twenty live pages grew by nine megabytes a minute without end, of which nothing was held.
    """
    with suppress(OSError, AttributeError):  # other systems have neither this library nor the need
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, PLACES)


def give_back() -> None:
    """Give free memory back to the system: glibc keeps holes between what is in use for itself.

    Each peak left some behind, four megabytes in ten minutes of twenty live pages.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


async def keep_giving_back() -> None:
    """Give back once a minute, until it is cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        await to_thread.run_sync(give_back)
