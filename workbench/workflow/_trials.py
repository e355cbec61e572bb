"""One trial of a search: a detector with parameters, judged part by part, here or on a cluster."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import Cancelled, LimitExceeded, WorkbenchError
from workbench.core.progress import Progress
from workbench.core.trial import Trial
from workbench.workflow._judging import Judge
from workbench.workflow._runs import Budget

if TYPE_CHECKING:
    from workbench.workflow.dataset import Dataset

__all__ = ["try_elsewhere", "try_one"]


def try_one(
    data: Dataset,
    judge: Judge,
    seed: int,
    name: str,
    params: dict[str, Any],
    *,
    budget: Budget,
    progress: Progress,
    hopeless: Callable[[int, float], bool],
) -> Trial | None:
    """Return what a proposal is worth; None where time ran out under it.

    Parameters
    ----------
    hopeless : callable
        Told the number of a part and the mean so far; says whether to give up.
    """
    start = clock.perf_counter()
    parts: list[float] = []

    def done(state: Any, reason: str = "") -> Trial:
        value = float(np.mean(parts)) if parts and state != "failed" else None
        seconds = clock.perf_counter() - start
        return Trial(0, name, params, state, value, tuple(parts), seconds, reason)

    try:
        for number, part in enumerate(judge.parts):
            share = progress.part(number / len(judge.parts), (number + 1) / len(judge.parts))
            watching = budget.watch(share)
            budget.check()
            parts.append(part(partial(_scores, data, seed, name, params, progress=watching)))
            last = number == len(judge.parts) - 1
            if hopeless(number, float(np.mean(parts))) and not last:
                return done("pruned")
    except Cancelled:
        raise
    except LimitExceeded as error:
        # Of memory, or of our own time: only the latter ends the search.
        return None if _is_over(budget) else done("failed", str(error))
    except WorkbenchError as error:
        return done("failed", str(error))
    return done("done")


def try_elsewhere(
    given: tuple[Dataset, Judge, int], asked: tuple[str, dict[str, Any], float | None]
) -> Trial | None:
    """Return what a proposal is worth, on a worker that cannot ask the search whether to go on.

    Parameters
    ----------
    asked : tuple
        Detector, parameters, and the seconds that are left.
    """
    data, judge, seed = given
    name, params, left = asked
    return try_one(
        data, judge, seed, name, params,
        budget=Budget(left, "search"), progress=Progress(), hopeless=lambda number, mean: False,
    )  # fmt: skip


def _scores(
    data: Dataset,
    seed: int,
    name: str,
    params: dict[str, Any],
    learn: np.ndarray,
    *,
    progress: Progress,
) -> np.ndarray:
    """Return the scores of all rows by a detector that learned from some."""
    from workbench.workflow.detecting import choose
    from workbench.workflow.fitting import fit_model

    choice = choose(data, name, learn, dict(params), seed, None)
    _, rows = fit_model(data, choice.detector, dict(choice.params), learn, progress)
    return rows.scores


def _is_over(budget: Budget) -> bool:
    try:
        budget.check()
    except LimitExceeded:
        return True
    return False
