"""How kernels are compiled: without the interpreter's lock, once, kept in the user's cache.

Kernels never start threads of their own (numba's portable thread layer aborts when two callers
come at once, and our server has threads): Python threads from :mod:`workbench.core.execution`
run them on blocks, and the cut into blocks does not depend on how many threads there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

__all__ = ["cache_folder", "kernel", "kernel_with_fused_sums"]

Loop = Callable[..., Any]

_lock = threading.Lock()


def cache_folder() -> Path:
    """Return where compiled kernels are kept: ``NUMBA_CACHE_DIR``, else the user's cache folder."""
    own = Path(platformdirs.user_cache_dir("anomaly-workbench")) / "kernels"
    return Path(os.environ.get("NUMBA_CACHE_DIR") or own)


def kernel(loop: Loop) -> Loop:
    """Compile a loop over arrays at its first call, and keep the machine code for next time.

    Sums keep their order, NaN and infinity their meaning.
    """
    return _compiled(loop)


def kernel_with_fused_sums(loop: Loop) -> Loop:
    """Compile like :func:`kernel`, and let a product and a sum become one operation.

    For rough figures that are computed again exactly: not every processor can do it.
    """
    return _compiled(loop, fastmath={"contract"})


def _compiled(loop: Loop, **options: Any) -> Loop:
    import numba

    with _lock:
        # The folder is read when a function is decorated. It is put back, because other
        # libraries in this process have caches of their own.
        config: Any = numba.config
        before = config.CACHE_DIR
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            config.CACHE_DIR = str(folder)
            return numba.njit(nogil=True, cache=True, error_model="numpy", **options)(loop)
        except (OSError, RuntimeError):  # nowhere to write: compile afresh in each process
            return numba.njit(nogil=True, error_model="numpy", **options)(loop)
        finally:
            config.CACHE_DIR = before
