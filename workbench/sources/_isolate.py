"""The one place that decides how a foreign file is parsed: in a capped process, or here."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import LimitExceeded, UnreadableFile, WorkbenchError
from workbench.core.settings import settings
from workbench.core.worker import run_in_worker

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["limits_for", "parse"]

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


def parse(
    function: str, path: Path, *, seconds: float | None = None, **options: Any
) -> tuple[pa.Table, dict[str, Any]]:
    """Parse ``path`` with the dotted ``function`` and return its table and notes.

    The function is called with ``path``, ``name``, ``limit`` (bytes that unpacking may yield)
    and the options. It runs in a worker unless ``WORKBENCH_ISOLATE`` is off; then it runs here.

    Raises
    ------
    WorkbenchError
        Whatever is wrong, named in one clear message.
    """
    memory, allowed = limits_for(path.stat().st_size)
    options |= {"path": str(path), "name": path.name, "limit": memory // 2}
    if settings().isolate:
        result = run_in_worker(
            function,
            memory=memory,
            seconds=min(allowed, seconds or allowed),
            subject=f"'{path.name}'",
            **options,
        )
        if result.table is None:
            raise UnreadableFile(f"'{path.name}' holds no table.")
        return result.table, result.notes
    return _parse_here(function, path.name, options)


def _parse_here(function: str, name: str, options: dict[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    module, _, attribute = function.partition(":")
    call = getattr(importlib.import_module(module), attribute)
    try:
        table, notes = call(**options)
    except (WorkbenchError, KeyboardInterrupt, SystemExit):
        raise
    except MemoryError:
        raise LimitExceeded(f"'{name}' does not fit into memory.") from None
    except BaseException as error:  # Polars panics are no Exception
        words = (str(error).strip().splitlines() or ["no details"])[0][:300]
        raise UnreadableFile(
            f"'{name}' cannot be read ({type(error).__name__}: {words})."
        ) from None
    if hasattr(table, "write_ipc"):
        import polars as pl

        table = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table, notes
