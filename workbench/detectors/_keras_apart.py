"""Keras trains here where it can, else in a process of its own: its backend is one a process.

Keras takes its backend when it is imported, for all that the process does with it afterwards. So
PyTorch trains here unless the process has Keras with another backend already, and JAX and
TensorFlow train in a fresh process (``python -m workbench.detectors._keras_apart``), which also
keeps their threads, their precision and their memory out of this one.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.core import errors
from workbench.core.errors import DataError, ParameterError, WorkbenchError
from workbench.core.extras import demand
from workbench.core.pipe import receive, send
from workbench.core.progress import Progress
from workbench.core.worker import worker_environment
from workbench.detectors._keras_training import Plan, train
from workbench.detectors._torch import borrowed
from workbench.detectors._weights import Weights

__all__ = ["BACKENDS", "chosen_backend", "trained"]

#: What Keras can calculate with, and the extra of ours that brings it.
BACKENDS = {"torch": "deep", "jax": "jax", "tensorflow": "tensorflow"}
#: Names the backend to Keras.
VARIABLE = "KERAS_BACKEND"
POLL_SECONDS = 0.1
#: One thread each, and no chatter; JAX rounds to float32 unless it is told.
QUIET = {
    "JAX_ENABLE_X64": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def chosen_backend(asked: str | None, why: str) -> str:
    """Return the backend to train with; None takes what the process has, else what is installed.

    Raises
    ------
    ParameterError
        Keras has no such backend.
    MissingExtra
        Keras or the backend is not installed.
    """
    demand("keras", extra="deep", why=why)
    if asked is None:
        known = [_of_this_process(), *(one for one in BACKENDS if importlib.util.find_spec(one))]
        asked = next((one for one in known if one in BACKENDS), "torch")
    if asked not in BACKENDS:
        raise ParameterError(f"backend must be one of {', '.join(BACKENDS)}, found {asked!r}.")
    demand(asked, extra=BACKENDS[asked], why=why)
    return asked


def trained(
    backend: str,
    plan: Plan,
    start: Weights,
    learn: np.ndarray,
    check: np.ndarray,
    progress: Progress,
) -> Weights:
    """Return what :func:`~workbench.detectors._keras_training.train` learns with a backend.

    Raises
    ------
    Cancelled
        The progress was cancelled; a process that was begun is ended.
    DataError
        That process died.
    """
    if backend != "torch" or _of_this_process() not in (None, "torch"):
        return _train_apart(backend, plan, start, learn, check, progress)
    with borrowed(plan.seed, progress, "to train a network"), _keras_on("torch"):
        return train(plan, start, learn, check, progress)


def _of_this_process() -> str | None:
    """Return the backend that Keras has in this process, or would take; None if nobody said."""
    keras: Any = sys.modules.get("keras")
    return os.environ.get(VARIABLE) if keras is None else str(keras.backend.backend())


@contextmanager
def _keras_on(backend: str) -> Iterator[None]:
    """Let Keras take a backend if it is imported meanwhile, and what begins later choose anew."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = backend
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)


def _train_apart(
    backend: str,
    plan: Plan,
    start: Weights,
    learn: np.ndarray,
    check: np.ndarray,
    progress: Progress,
) -> Weights:
    progress.step(0.0, f"starting {backend}")
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "workbench.detectors._keras_apart"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=worker_environment() | QUIET | {VARIABLE: backend}, close_fds=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    done = threading.Event()
    threading.Thread(target=_end_if_cancelled, args=(child, progress, done), daemon=True).start()
    most = 2**20 + 8 * sum(array.size for array in start.values())
    try:
        send(
            child.stdin, {"plan": asdict(plan), "names": list(start)}, learn, check, *start.values()
        )
        while True:
            told, arrays = receive(child.stdout, most)
            if "error" in told:
                raise _rebuilt(told)
            if arrays:
                return dict(zip(start, (array.copy() for array in arrays), strict=True))
            progress.step(told["done"], told["stage"])
    except (EOFError, OSError, ValueError) as error:
        if isinstance(error, WorkbenchError):
            raise
        progress.step(0.0, "training")  # where a cancel ended it, this says so
        raise DataError(
            f"the process that trained with {backend} ended before it was done"
        ) from error
    finally:
        done.set()
        child.kill()
        child.wait()
        with suppress(OSError):  # what was not sent yet
            child.stdin.close()
        child.stdout.close()


def _end_if_cancelled(
    child: subprocess.Popen[bytes], progress: Progress, done: threading.Event
) -> None:
    while not done.wait(POLL_SECONDS):
        if progress.cancelled:
            child.kill()
            return


def _rebuilt(told: dict[str, Any]) -> WorkbenchError:
    kind = getattr(errors, str(told["error"]), DataError)
    known = isinstance(kind, type) and issubclass(kind, WorkbenchError)
    return (kind if known else DataError)(str(told["message"]))


# What follows runs in the process of its own.


def _main() -> None:
    # Whatever a library prints must not come between the messages.
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        told, (learn, check, *arrays) = receive(inward, sys.maxsize)
        start = dict(zip(told["names"], arrays, strict=True))
        progress = Progress(lambda done, stage: send(outward, {"done": done, "stage": stage}))
        weights = train(Plan(**told["plan"]), start, learn, check, progress)
        send(outward, {}, *(weights[name] for name in start))
    except Exception as error:
        send(outward, {"error": type(error).__name__, "message": str(error)[:1000]})


if __name__ == "__main__":
    _main()
