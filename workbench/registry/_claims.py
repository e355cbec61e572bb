"""Files that were kept for something that then failed: they go again, unless others need them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from workbench.core.errors import StoreError
from workbench.store.artifacts import artifact
from workbench.store.database import writing
from workbench.store.registry import refers

__all__ = ["claimed", "remove_unused"]

_lock = threading.Lock()
#: How many are at work on an artifact in this process: the last one tidies up.
_claims: Counter[str] = Counter()


@contextmanager
def claimed(digest: str) -> Iterator[None]:
    """Work on an artifact; where that fails, it is removed if nothing refers to it.

    Parameters
    ----------
    digest : str
        Its SHA-256.
    """
    with _lock:
        _claims[digest] += 1
    failed = True
    try:
        yield
        failed = False
    finally:
        with _lock:
            _claims[digest] -= 1
            if not _claims[digest]:
                del _claims[digest]
                if failed:
                    _remove(digest)


def remove_unused(digest: str) -> bool:
    """Remove an artifact that nothing refers to any more; return whether it was.

    What somebody works on at the moment is left alone, and so is all where the database is away.
    """
    with _lock:
        return False if _claims[digest] else _remove(digest)


def _remove(digest: str) -> bool:
    # Within a transaction, so that nobody begins to refer to it at the same moment. Where the
    # database or the folder is away the file stays: it does no harm.
    with suppress(StoreError, OSError), writing() as connection:
        if not refers(connection, digest):
            artifact(digest).unlink()
            return True
    return False
