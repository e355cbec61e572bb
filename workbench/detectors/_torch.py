"""PyTorch, borrowed for one training: one thread, a seed, and all put back at the end."""

from __future__ import annotations

import importlib
import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from workbench.core.extras import require
from workbench.core.progress import Progress

__all__ = ["borrowed", "told_steps"]

#: How long a cancelled wait may go unnoticed, in seconds.
POLL_SECONDS = 0.1
#: What PyOD's base class of networks writes into the environment.
HASH_SEED = "PYTHONHASHSEED"

_turn = threading.Lock()


@contextmanager
def borrowed(seed: int, progress: Progress, why: str, extra: str = "deep") -> Iterator[Any]:
    """Yield PyTorch with one thread and seeded generators; afterwards all is as it was.

    Its threads and generators, and NumPy's old generator that PyOD draws from, belong to the whole
    process: trainings take turns. One thread, for the order in which threads add up would show in
    the scores, and networks for tables are too small to gain from more: beside other work on two
    cores, two threads took 20 times as long for a graph of 200 nodes.

    Parameters
    ----------
    seed : int
    progress : Progress
        Told while another training has its turn; may cancel.
    why : str
        What PyTorch is needed for, as in "to train 'vae'".
    extra : str
        The extra that brings it.

    Raises
    ------
    MissingExtra
        PyTorch is not installed.
    """
    torch: Any = require("torch", extra=extra, why=why)
    while not _turn.acquire(timeout=POLL_SECONDS):
        progress.step(0.0, "waiting for another training")
    threads, hash_seed = torch.get_num_threads(), os.environ.get(HASH_SEED)
    drawn, drawn_by_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - PyOD's
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.set_num_threads(1)
            torch.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - PyOD draws from it
            yield torch
    finally:
        torch.set_num_threads(threads)
        random.setstate(drawn)
        np.random.set_state(drawn_by_numpy)  # noqa: NPY002
        if hash_seed is None:
            os.environ.pop(HASH_SEED, None)
        else:
            os.environ[HASH_SEED] = hash_seed
        _turn.release()


@contextmanager
def told_steps(progress: Progress, epochs: int, steps: int) -> Iterator[None]:
    """Tell of each epoch of a training loop that is not ours; a cancel ends it at its next step.

    Parameters
    ----------
    progress : Progress
    epochs : int
        Epochs that there will be.
    steps : int
        Steps of optimisers in each.
    """
    own, done = threading.get_ident(), 0

    def after(*_: Any) -> None:
        nonlocal done
        if threading.get_ident() != own:  # the hook hears of every optimiser in the process
            return
        done += 1
        if progress.cancelled or done % steps == 0:
            progress.step(done / (epochs * steps), f"epoch {done // steps} of {epochs}")

    optimizers: Any = importlib.import_module("torch.optim.optimizer")
    hook = optimizers.register_optimizer_step_post_hook(after)
    try:
        yield
    finally:
        hook.remove()
