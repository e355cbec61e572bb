"""``wb.compare``: several detectors on the same data, or on several datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.core.display import watched
from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.workflow._runs import (
    Budget,
    Run,
    Way,
    brought_home,
    on_cluster,
    parse_ways,
    run_elsewhere,
    run_way,
)
from workbench.workflow._several import datasets_by_name
from workbench.workflow.comparison import Comparison

if TYPE_CHECKING:
    from workbench.workflow.contest import Contest
    from workbench.workflow.dataset import Dataset

__all__ = ["compare"]

#: Share of the rows whose order is compared when nobody says how many (at least 5 rows).
TOP_SHARE = 0.01


@watched("Comparing")
def compare(
    data: Any,
    detectors: Any = None,
    *,
    seconds: float | None = None,
    k: int | None = None,
    workers: int = 1,
    client: Any = None,
    progress: Progress | None = None,
    **options: Any,
) -> Comparison | Contest:
    """Run several detectors on the same data, or on several datasets.

    Parameters
    ----------
    data : as for ``wb.detect``, or a list (or a dict by name) of such
        A list holds datasets, data frames, paths or samples; with several, each needs labels.
    detectors : sequence of str or (str, dict)
        Names of ``wb.catalog()`` or "auto"; a pair brings parameters: ``("knn",
        {"n_neighbors": 5})``. As text: ``"ecod, knn(n_neighbors=5)"``. By default a few that look
        at the data in different ways: those that "auto" would combine, and more of their kind.
    seconds : float, optional
        Time for all of it. What has not begun by then is listed under ``failures``, and what is
        running stops at its next step.
    k : int, optional
        How many of the highest scores to compare; by default 1 % of the rows, at least 5.
    workers : int
        How many detectors run at once. With more than one, seconds tell less about each, and
        memory cannot be told apart.
    client : distributed.Client, address or "local", optional
        Run on the workers of this cluster of Dask's, one detector a thread; for one dataset.
    progress : Progress, optional
        Told about stages; may cancel.
    **options
        As for ``wb.detect``: contamination, threshold, reference, random_state.

    Returns
    -------
    Comparison, or Contest for several datasets
        A detector that cannot work on the data is listed under ``failures``.

    Raises
    ------
    ParameterError
        No detector was named, or one twice. WorkbenchError when none of them can work.

    Examples
    --------
    >>> import workbench as wb
    >>> list(wb.compare("sample:breast-cancer", ["ecod", "pca"]).table.index)
    ['ecod', 'pca']
    """
    from workbench.workflow.dataset import as_dataset

    progress = progress or Progress()
    budget = Budget(seconds)
    several = datasets_by_name(data)
    if detectors is None:
        data = data if several is not None else as_dataset(data)
        detectors = _contenders(list(several.values()) if several is not None else [data])
    ways = parse_ways(detectors)
    if several is not None:
        from workbench.workflow.contest import hold_contest

        if client is not None:
            raise ParameterError("A cluster compares detectors on one dataset at a time.")
        return hold_contest(several, ways, budget=budget, progress=progress, **options)
    dataset = as_dataset(data)
    if client is None:
        runs = _run_all(dataset, ways, budget, workers, progress, options)
    else:
        runs = _run_there(dataset, ways, budget, client, progress, options)
    found = {run.way.shown: run.found for run in runs if run.found is not None}
    failures = {run.way.shown: run.failure for run in runs if run.found is None}
    if not found:
        raise ParameterError(f"No detector can work on these data. {'; '.join(failures.values())}")
    memory = {run.way.shown: run.memory_mib for run in runs if run.found is not None}
    return Comparison(found, failures, memory, _top(k, len(dataset)), dict(options))


def _contenders(several: list[Any]) -> list[str]:
    """Return the names that suit all of these data, in the order of the first."""
    from workbench.tuning.auto import contenders
    from workbench.workflow.dataset import as_dataset
    from workbench.workflow.detecting import what_auto_asks

    names: dict[str, None] = {}
    for item in several:
        names |= dict.fromkeys(contenders(**what_auto_asks(as_dataset(item))))
    return list(names)


def _run_all(
    data: Dataset,
    ways: list[Way],
    budget: Budget,
    workers: int,
    progress: Progress,
    options: dict[str, Any],
) -> list[Run]:
    from workbench.core.execution import threads

    alone = min(workers, len(ways)) == 1

    def run(place: int) -> Run:
        low, high = place / len(ways), (place + 1) / len(ways)
        # Side by side, only the count of finished ones tells how far the work has come.
        part = progress.part(low, high) if alone else _Silent(progress)
        shown = ways[place].shown
        part.step(0.0, shown)
        told = _Named(part, shown)
        return run_way(data, ways[place], progress=told, budget=budget, watched=alone, **options)

    # One after the other, the steps of each detector tell more than a count of finished ones.
    counted = None if alone else progress
    return threads(workers).map(run, range(len(ways)), progress=counted, stage="comparing")


def _run_there(
    data: Dataset,
    ways: list[Way],
    budget: Budget,
    client: Any,
    progress: Progress,
    options: dict[str, Any],
) -> list[Run]:
    """Run on the workers of a cluster; the data travel to each of them once."""
    items = [(way, budget.left) for way in ways]
    with on_cluster(client, (data, options)) as cluster:
        assert cluster is not None
        runs = cluster.map(run_elsewhere, items, progress=progress, stage="comparing")
    return [brought_home(run, data) for run in runs]


class _Silent(Progress):
    """Listens to the cancel button of another progress, and tells it nothing."""

    def __init__(self, other: Progress) -> None:
        super().__init__()
        self._cancelled = other._cancelled


class _Named(Progress):
    """Tells another progress whose stage it is: "knn: fitting"."""

    def __init__(self, other: Progress, name: str) -> None:
        super().__init__(lambda done, stage: other.step(done, f"{name}: {stage}"))
        self._cancelled = other._cancelled


def _top(k: int | None, rows: int) -> int:
    if k is None:
        return min(rows, max(5, round(TOP_SHARE * rows)))
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ParameterError(f"k must be a whole number of at least 1, found {k!r}.")
    return min(k, rows)
