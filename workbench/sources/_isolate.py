"""The one place that decides how a foreign file is parsed: in a capped process, or here."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import LimitExceeded, UnreadableFile, WorkbenchError
from workbench.core.settings import settings
from workbench.core.worker import run_in_worker
from workbench.sources._files import shown

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["limits_for", "parse", "parse_database"]

MIB = 1024 * 1024
#: Up to this size a file gets the plain limits.
PLAIN_SIZE = 100 * MIB


def limits_for(size: int) -> tuple[int, float]:
    """Return the bytes and seconds that reading a file of ``size`` bytes may take.

    A file of up to 100 MiB gets ``parse_memory`` and ``parse_seconds``; both grow in
    proportion beyond that. A small file never gets more, whatever it unpacks to.
    """
    scale = max(1.0, size / PLAIN_SIZE)
    known = settings()
    return int(known.parse_memory * scale), known.parse_seconds * scale


def parse(function: str, path: Path, **options: Any) -> tuple[pa.Table, dict[str, Any]]:
    """Parse the file at ``path`` with the dotted ``function``; return its table and notes.

    The function is called with ``path``, ``name``, ``limit`` (bytes that unpacking may yield)
    and the options. It runs in a worker unless ``WORKBENCH_ISOLATE`` is off; then it runs here.

    Raises
    ------
    WorkbenchError
        Whatever is wrong, named in one clear message.
    """
    try:
        size = path.stat().st_size
    except OSError:
        raise UnreadableFile(f"File '{shown(path.name)}' has gone since it was found.") from None
    memory, seconds = limits_for(size)
    options |= {"path": str(path), "name": shown(path.name), "limit": memory // 2}
    return _call(function, memory, seconds, options)


def parse_database(
    function: str, path: Path | None, name: str, **options: Any
) -> tuple[pa.Table, dict[str, Any]]:
    """Query a database with the dotted ``function``, as :func:`parse` does for files.

    The function is called with ``patience`` (seconds) too, so that it can end itself when it
    runs here. A query gets the plain limits, however large the database is.
    """
    memory, seconds = limits_for(0)
    place = None if path is None else str(path)
    options |= {"path": place, "name": shown(name), "limit": memory // 2, "patience": seconds}
    return _call(function, memory, seconds, options)


def _call(
    function: str, memory: int, seconds: float, options: dict[str, Any]
) -> tuple[pa.Table, dict[str, Any]]:
    if not settings().isolate:
        return _call_here(function, options)
    subject = f"'{options['name']}'"
    result = run_in_worker(function, memory=memory, seconds=seconds, subject=subject, **options)
    if result.table is None:
        raise UnreadableFile(f"{subject} holds no table.")
    return result.table, result.notes


def _call_here(function: str, options: dict[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    module, _, attribute = function.partition(":")
    call = getattr(importlib.import_module(module), attribute)
    try:
        table, notes = call(**options)
    except (WorkbenchError, KeyboardInterrupt, SystemExit):
        raise
    except MemoryError:
        raise LimitExceeded(f"'{options['name']}' does not fit into memory.") from None
    except BaseException as error:  # a panic of Polars is no Exception
        words = (str(error).strip().splitlines() or ["no details"])[0][:300]
        raise UnreadableFile(
            f"'{options['name']}' cannot be read ({type(error).__name__}: {words})."
        ) from None
    if hasattr(table, "write_ipc"):
        import polars as pl

        table = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table, notes
