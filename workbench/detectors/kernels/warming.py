"""Compile all kernels once, so that nobody waits at their first detection."""

from __future__ import annotations

import time

import numpy as np

from workbench.core.progress import Progress

__all__ = ["COMPILED", "warm"]

#: Detectors that run on own kernels.
COMPILED = (
    "iforest", "extended_iforest", "hbos", "ecod", "copod", "loda", "inne", "knn", "lof", "pca",
    "mcd", "ewma", "half_space_trees", "online_loda", "robust_random_cut_forest", "spot",
)  # fmt: skip


def warm(progress: Progress | None = None) -> dict[str, float]:
    """Let each detector with kernels learn, score and explain a few rows; return its seconds.

    What is compiled goes into the user's cache folder (``NUMBA_CACHE_DIR`` if set), so a second
    call, also in another process, takes a fraction of the time.

    Parameters
    ----------
    progress : Progress, optional
        Told which detector is being compiled; may cancel between two.

    Returns
    -------
    dict of str to float
        Seconds by detector.

    Examples
    --------
    >>> seconds = warm()
    >>> sorted(seconds) == sorted(COMPILED)
    True
    """
    from workbench.detectors import DETECTORS

    told, taken = progress or Progress(), {}
    # More rows than the tails take for few, so that both their ways are compiled.
    rows = np.random.default_rng(0).normal(size=(2_048, 4))
    for number, name in enumerate(COMPILED):
        told.step(number / len(COMPILED), f"compiling {name}")
        start = time.perf_counter()
        detector = DETECTORS.get(name).create()
        detector.fit_score(rows)
        detector.fit(rows).decision_function(rows)
        detector.decision_function(rows[:5])
        detector.score_one(rows[0])
        detector.contributions(rows, [0, 1])
        taken[name] = time.perf_counter() - start
    return taken
