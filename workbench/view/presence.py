"""Who looks at the same thing right now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Presence"]

#: Seconds without a sign after which somebody has gone.
GONE = 6.0


class Presence:
    """Remembers who gave a sign at which thing lately; for the pages of one process.

    Parameters
    ----------
    clock : callable
        Seconds that never go back.

    Examples
    --------
    >>> here = Presence()
    >>> here.sign("incident", "ana"), here.sign("incident", "ben")
    ([], ['ana'])
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, float]] = {}

    def sign(self, thing: str, who: str) -> list[str]:
        """Note that somebody is here, and return who else is, in the order of their names."""
        now = self._clock()
        with self._lock:
            here = self._seen.setdefault(thing, {})
            here[who] = now
            for other in [one for one, at in here.items() if now - at > GONE]:
                del here[other]
            if len(self._seen) > 1_000:
                self._seen = {
                    name: some for name, some in self._seen.items()
                    if max(some.values()) > now - GONE
                }  # fmt: skip
            return sorted(set(here) - {who})
