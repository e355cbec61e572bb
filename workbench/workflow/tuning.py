"""``wb.tune``: search for the detector and the parameters that do best on these data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.core.display import watched
from workbench.core.errors import DataError, ParameterError
from workbench.core.progress import Progress
from workbench.core.trial import Trial
from workbench.workflow._judging import Judge, judge_for
from workbench.workflow._runs import Budget, on_cluster
from workbench.workflow._trials import try_elsewhere, try_one

if TYPE_CHECKING:
    from workbench.scaling.cluster import Cluster
    from workbench.tuning.search import Search
    from workbench.workflow.dataset import Dataset
    from workbench.workflow.tuned import Tuning

__all__ = ["tune"]

#: Beyond this many rows detectors whose cost grows with the square of them wait to be asked.
MANY_ROWS = 5_000


@watched("Tuning")
def tune(
    data: Any,
    trials: int = 50,
    *,
    seconds: float | None = None,
    detectors: Sequence[str] | str | None = None,
    objective: str = "auto",
    random_state: int = 0,
    workers: int = 1,
    study: str | None = None,
    client: Any = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search for the detector and the parameters that do best, and fit the best one.

    With labels, each trial learns from a part of the rows and is judged on the others: three
    parts of a table, three stretches of time of a series. The label itself is never learned from.
    Without labels, a surrogate is all there is: whether two halves of the data teach the same
    ranking. The result says so.

    Each detector is tried at its defaults first, ``auto`` before all, so that what the search
    gained can be read from the table.

    Parameters
    ----------
    data : as for ``wb.detect``
    trials : int
        Most trials, those included that a resumed study has already.
    seconds : float, optional
        Time for the search; what is under way then is given up. One trial is always finished,
        and fitting the best one comes on top.
    detectors : sequence of str, optional
        Names to choose among, ``auto`` may be one; by default ``auto`` and all of the house's own
        that suit the data and need no extra.
    objective : {"auto", "average_precision", "vus_pr", "stability"}
    random_state : int
        The same seed, the same trials, as long as no time limit cuts them short.
    workers : int
        Trials at once.
    study : str, optional
        A name: finished trials are kept under it in the database of the data folder, and the same
        call goes on where it was stopped, even by ``kill -9``.
    client : distributed.Client, address or "local", optional
        Try on the workers of this cluster of Dask's, as many at once as it has threads. There no
        trial is given up halfway.
    progress : Progress, optional
        Told about trials; may cancel.

    Returns
    -------
    Tuning

    Raises
    ------
    ParameterError
        A value cannot work, or the study is about something else.
    DataError
        No detector can work on the data, or the objective needs labels.
    MissingExtra
        Optuna is not installed.

    Examples
    --------
    >>> import workbench as wb
    >>> tuned = wb.tune("sample:breast-cancer", trials=6, detectors=["ecod", "lof"])
    >>> tuned.measure, len(tuned.trials)
    ('average_precision', 6)
    """
    from workbench.tuning.search import Search
    from workbench.workflow.dataset import as_dataset

    _check(trials, study)
    progress = progress or Progress()
    progress.step(0.0, "preparing")
    dataset = as_dataset(data)
    budget = Budget(seconds, "search")
    names, notices = _candidates(dataset, detectors)
    judge = judge_for(dataset, objective, random_state)
    about = f"{dataset.fingerprint} {judge.measure} {random_state} {','.join(names)}"
    known = _known(study, about)
    work = _Work(dataset, judge, Search(names, known, random_state), random_state, study, about)
    with on_cluster(client, (dataset, judge, random_state)) as cluster:
        notices += work.run(trials, budget, workers, progress.part(0.0, 0.85), cluster)
    options = {"trials": trials, "detectors": detectors, "objective": objective}
    options |= {"random_state": random_state}
    result = _result(work, notices, options, progress.part(0.85, 1.0))
    progress.step(1.0, "done")
    return result


@dataclass
class _Work:
    """A search under way."""

    data: Dataset
    judge: Judge
    search: Search
    seed: int
    study: str | None
    about: str

    def run(
        self, most: int, budget: Budget, workers: int, progress: Progress, cluster: Cluster | None
    ) -> list[str]:
        """Try until there are enough; returns what to say of what was cut short."""
        from workbench.core.execution import threads

        pool = threads(workers) if cluster is None else cluster
        while (count := len(self.search.finished)) < most:
            progress.step(count / most, self._stage(count, most))
            asked = []
            for _ in range(min(pool.workers, most - count)):
                if (proposal := self.search.propose()) is not None:
                    asked.append(proposal)
            if not asked:
                return [f"After {count} trials there was nothing new left to try."]
            told = progress.part(count / most, (count + len(asked)) / most)
            if len(asked) > 1:
                told = _silent(told)
            limit = budget if self._any_done() else Budget(None)
            if cluster is not None:
                tried = self._there(cluster, asked, limit, told)
            else:
                tried = pool.map(partial(self._try, budget=limit, progress=told), asked)
            for (handle, _, _), trial in zip(asked, tried, strict=True):
                if trial is not None:
                    self._keep(handle, trial)
            if None in tried:
                count = len(self.search.finished)
                return [f"The {budget.seconds:g} s were used up after {count} of {most} trials."]
        return []

    def _any_done(self) -> bool:
        return any(trial.state == "done" for trial in self.search.finished)

    def _stage(self, count: int, most: int) -> str:
        values = [one.value or 0.0 for one in self.search.finished if one.state == "done"]
        best = f", best {max(values):.3f}" if values else ""
        return f"trial {count + 1} of {most}{best}"

    def _keep(self, handle: Any, trial: Trial) -> None:
        trial = replace(trial, number=len(self.search.finished))
        self.search.tell(handle, trial)
        if self.study is not None:
            from workbench.store.trials import add_trial

            add_trial(self.study, self.about, trial)

    def _try(
        self, asked: tuple[Any, str, dict[str, Any]], budget: Budget, progress: Progress
    ) -> Trial | None:
        """Return what a proposal is worth; None where time ran out under it."""
        handle, name, params = asked
        return try_one(
            self.data, self.judge, self.seed, name, params,
            budget=budget, progress=progress, hopeless=partial(self.search.hopeless, handle),
        )  # fmt: skip

    def _there(
        self, cluster: Cluster, asked: list[tuple[Any, str, dict[str, Any]]], budget: Budget,
        progress: Progress,
    ) -> list[Trial | None]:  # fmt: skip
        """Return what proposals are worth, tried on the workers of a cluster."""
        items = [(name, params, budget.left) for _, name, params in asked]
        return cluster.map(try_elsewhere, items, progress=progress, stage="trying")


def _silent(progress: Progress) -> Progress:
    """Return what hears of a cancel, and tells nothing: side by side, stages would mix."""
    view = Progress()
    view._cancelled = progress._cancelled
    return view


def _check(trials: Any, study: Any) -> None:
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise ParameterError(f"trials must be a whole number of at least 1, found {trials!r}.")
    if study is not None and (not isinstance(study, str) or not 0 < len(study) <= 200):
        raise ParameterError("study must be a name of 1 to 200 letters.")


def _known(study: str | None, about: str) -> list[Trial]:
    """Return the finished trials of a study."""
    if study is None:
        return []
    from workbench.store.trials import read_trials

    found = read_trials(study)
    if any(other != about for other, _ in found):
        raise ParameterError(
            f"The study '{study}' is about other data, detectors, another objective or another "
            "seed. Give this search a name of its own."
        )
    return [trial for _, trial in found]


def _candidates(data: Dataset, given: Sequence[str] | str | None) -> tuple[list[str], list[str]]:
    """Return the names to choose among, and what to say of those left out."""
    from workbench.detectors import DETECTORS

    if given is not None:
        asked = [given] if isinstance(given, str) else list(given)
        names = [name.strip() for item in asked for name in str(item).split(",")]
        names = [name if name == "auto" else DETECTORS.resolve(name) for name in names if name]
        if not names:
            raise ParameterError("Name at least one detector, or leave detectors out.")
        return list(dict.fromkeys(names)), []
    return _suitable(data, DETECTORS.names())


def _suitable(data: Dataset, names: Iterable[str]) -> tuple[list[str], list[str]]:
    from workbench.detectors import DETECTORS
    from workbench.tuning.auto import contenders
    from workbench.workflow.detecting import what_auto_asks

    wanted = {"series"} if data.kind == "series" else {"tabular"}
    if data.network is not None:
        wanted.add("graph")
    found: list[str] = []
    dear: list[str] = []
    for name in names:
        kind = DETECTORS.get(name)
        # Libraries' own versions double ours; ensembles search among their members themselves;
        # networks take the time of many others, and may not be installed.
        if ":" in name or "members" in kind.defaults() or kind.tags.extra:
            continue
        if not wanted & set(kind.tags.kinds):
            continue
        slow = "n²" in kind.tags.cost and len(data) > MANY_ROWS
        (dear if slow else found).append(name)
    first = [name for name in contenders(**what_auto_asks(data)) if name in found]
    if not found:
        raise DataError("No detector suits these data.")
    told = [
        f"{', '.join(dear)}: left out, for their cost grows with the square of {len(data):,} rows. "
        "Name them in detectors to try them."
    ]
    return list(dict.fromkeys(["auto", *first, *found])), told if dear else []


def _result(work: _Work, notices: list[str], options: dict[str, Any], progress: Progress) -> Tuning:
    from workbench.workflow.detecting import detect
    from workbench.workflow.tuned import Tuning

    trials, judge = tuple(work.search.finished), work.judge
    done = [one for one in trials if one.state == "done" and one.value is not None]
    if not done:
        reasons = "; ".join(dict.fromkeys(one.reason for one in trials if one.reason))
        raise DataError(f"None of {len(trials)} trials could work on these data. {reasons}")
    best = max(done, key=lambda one: (one.value or 0.0, -one.number))
    found = detect(
        work.data, best.detector, random_state=work.seed, progress=progress, **best.params
    )
    found.provenance["reason"] = (
        f"the best of {len(done)} finished trials by {judge.measure} ({best.value:.3f})"
        + (", a surrogate: no labels were used" if judge.surrogate else " on held-out rows")
    )
    found.provenance["tuning"] = {
        "measure": judge.measure, "surrogate": judge.surrogate, "value": best.value,
        "trials": len(trials),
    }  # fmt: skip
    return Tuning(
        trials, best, found, judge.measure, judge.surrogate, judge.words, tuple(notices), options
    )
