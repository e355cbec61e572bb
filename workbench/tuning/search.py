"""Searching detectors and their parameters, by Optuna: which to try next, and what mattered."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.extras import require
from workbench.core.trial import Trial
from workbench.detectors import DETECTORS
from workbench.detectors._space import Range, space_of

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import Trial as Asked

__all__ = ["Search", "importance"]

#: Trials by chance before the search leans on what it saw, as Optuna has it.
BY_CHANCE = 10
#: Proposals in a row that were tried before, until nothing new is expected.
PATIENCE = 200
#: Trials of one detector that tell something about its parameters.
ENOUGH = 8


class Search:
    """Proposes what to try next, and learns from what came of it.

    The first proposals are each detector at its defaults, in the order given; the next are
    Optuna's (TPE). A parameter is searched only under its own detector.

    Parameters
    ----------
    detectors : sequence of str
        Names of the catalog; others ("auto") have no parameters.
    finished : iterable of Trial
        What is known already.
    random_state : int

    Raises
    ------
    MissingExtra
        Optuna is not installed.

    Examples
    --------
    >>> search = Search(["lof", "ecod"])
    >>> search.propose()[1:]
    ('lof', {})
    """

    def __init__(
        self, detectors: Iterable[str], finished: Iterable[Trial] = (), random_state: int = 0
    ) -> None:
        optuna: Any = require("optuna", extra="tune", why="to search for a detector")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.detectors = tuple(detectors)
        self.finished = list(finished)
        self._places = {name: _distributions(name) for name in self.detectors}
        #: Those with something to search; the others are tried once.
        self._wide = tuple(name for name in self.detectors if self._places[name])
        #: Combinations that were proposed, here or before.
        self._known = {self._key(trial.detector, trial.params) for trial in self.finished}
        # Another seed for each beginning: who goes on must not draw the same lots again.
        seed = (random_state + 7919 * len(self.finished)) % 2**31
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=BY_CHANCE)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=BY_CHANCE)
        self._study: Study = optuna.create_study(
            direction="maximize", sampler=sampler, pruner=pruner
        )
        self._defaults = [name for name in self.detectors if self._key(name) not in self._known]
        for trial in self.finished:
            self._remember(trial)

    def propose(self) -> tuple[Asked, str, dict[str, Any]] | None:
        """Return a handle, a detector and its parameters; None where nothing new is left."""
        if self._defaults:
            name = self._defaults.pop(0)
            self._known.add(self._key(name))
            if name not in self._wide:
                return self._study.ask(), name, {}
            self._study.enqueue_trial({"detector": name, **self._named(name, self._filled(name))})
            return self._asked()[0], name, {}
        return self._something_new() if self._wide else None

    def _something_new(self) -> tuple[Asked, str, dict[str, Any]] | None:
        # Repetitions stay open meanwhile: what is open counts as bad, and drives Optuna away.
        again: list[Asked] = []
        found = None
        while found is None and len(again) < PATIENCE:
            handle, name, params = self._asked()
            if (key := self._key(name, params)) in self._known:
                again.append(handle)
            else:
                self._known.add(key)
                found = handle, name, params
        for handle in again:
            self._study.tell(handle, state=_state("failed"))
        return found

    def hopeless(self, handle: Asked, part: int, mean: float) -> bool:
        """Return whether what was seen after some parts is worse than most at that point."""
        handle.report(mean, part)
        return bool(handle.should_prune())

    def tell(self, handle: Asked, trial: Trial) -> None:
        """Learn from a finished trial."""
        self.finished.append(trial)
        value = trial.value if trial.state == "done" else None
        self._study.tell(handle, value, state=_state(trial.state))

    def _asked(self) -> tuple[Asked, str, dict[str, Any]]:
        handle = self._study.ask()
        name = str(handle.suggest_categorical("detector", self._wide))
        prefix = f"{name}."
        params = {
            place: _suggested(handle, prefix + place, where)
            for place, where in self._places[name].items()
        }
        return handle, name, params

    def _filled(self, name: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the parameters that are searched, those not given at their defaults."""
        if name not in self._wide:
            return {}
        defaults = DETECTORS.get(name).defaults()
        return {place: (params or {}).get(place, defaults[place]) for place in self._places[name]}

    def _key(self, name: str, params: Mapping[str, Any] | None = None) -> str:
        """Return what tells combinations apart; a default that is spelled out is the default."""
        return f"{name} {sorted(self._filled(name, params).items())!r}"

    def _named(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters as the study calls them, without those that it cannot hold."""
        places = self._places[name]
        return {
            f"{name}.{place}": value
            for place, value in params.items()
            if _holds(places[place], value)
        }

    def _remember(self, trial: Trial) -> None:
        """Tell the study what was found before this process began."""
        from optuna.distributions import CategoricalDistribution
        from optuna.trial import create_trial

        if trial.detector not in self._places:
            return
        params = self._named(trial.detector, self._filled(trial.detector, trial.params))
        places: dict[str, BaseDistribution] = {}
        if trial.detector in self._wide:
            params["detector"] = trial.detector
            places["detector"] = CategoricalDistribution(self._wide)
        for name in params.keys() - {"detector"}:
            places[name] = self._places[trial.detector][name.partition(".")[2]]
        steps = {part: float(np.mean(trial.parts[: part + 1])) for part in range(len(trial.parts))}
        self._study.add_trial(
            create_trial(
                state=_state(trial.state),
                value=trial.value if trial.state == "done" else None,
                params=params,
                distributions=places,
                intermediate_values=steps,
            )
        )


def importance(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Return what the values of trials hung on: the choice of the detector, and its parameters.

    The first line is the share of the variance between detectors, adjusted for how many there are
    (ε²); it is missing where each was tried once. Parameters are weighed
    within each detector that was tried often enough, by Optuna's fANOVA: their shares are of the
    variance within that detector, and add up to 1 there.

    Returns
    -------
    list of dict
        ``detector`` ("" for the choice itself), ``parameter``, ``share`` in [0, 1], ``trials``.
    """
    done = [trial for trial in trials if trial.state == "done" and trial.value is not None]
    by_name: dict[str, list[Trial]] = {}
    for trial in done:
        by_name.setdefault(trial.detector, []).append(trial)
    lines = []
    values = np.array([trial.value for trial in done], dtype=float)
    if 1 < len(by_name) < len(done) and np.ptp(values) > 0.0:
        lines.append(_line("", "detector", _between(list(by_name.values()), values), len(done)))
    for name, some in by_name.items():
        lines += _within(name, some)
    return lines


def _between(groups: list[list[Trial]], values: np.ndarray) -> float:
    """Return the share of the variance between groups, less what as many groups give by chance."""
    within = sum(float(np.var([one.value or 0.0 for one in some])) * len(some) for some in groups)
    left = within / (len(values) - len(groups))
    return float(np.clip(1.0 - left / np.var(values, ddof=1), 0.0, 1.0))


def _within(name: str, trials: list[Trial]) -> list[dict[str, Any]]:
    search = None
    values = [trial.value for trial in trials]
    if len(trials) >= ENOUGH and len(set(values)) > 1 and name != "auto":
        search = Search([name], trials)
    if search is None or not search._places[name]:
        return []
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shares = get_param_importances(search._study, evaluator=FanovaImportanceEvaluator(seed=0))
    return [
        _line(name, place.partition(".")[2], float(share), len(trials))
        for place, share in shares.items()
        if place != "detector"
    ]


def _line(detector: str, parameter: str, share: float, trials: int) -> dict[str, Any]:
    return {"detector": detector, "parameter": parameter, "share": share, "trials": trials}


def _distributions(name: str) -> dict[str, BaseDistribution]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if name == "auto":
        return {}
    made: dict[str, BaseDistribution] = {}
    for place, where in space_of(DETECTORS.get(name)).items():
        if not isinstance(where, Range):
            made[place] = CategoricalDistribution(where)
        elif where.whole:
            made[place] = IntDistribution(int(where.low), int(where.high), log=where.log)
        else:
            made[place] = FloatDistribution(where.low, where.high, log=where.log)
    return made


def _holds(where: BaseDistribution, value: Any) -> bool:
    from optuna.distributions import CategoricalDistribution

    if isinstance(where, CategoricalDistribution):
        return value in where.choices
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and where._contains(where.to_internal_repr(value))


def _suggested(handle: Asked, name: str, where: BaseDistribution) -> Any:
    return handle._suggest(name, where)


def _state(state: str) -> Any:
    from optuna.trial import TrialState

    return {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED}.get(state, TrialState.FAIL)
