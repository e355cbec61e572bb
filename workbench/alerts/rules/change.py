"""Fires at the moment where the level of the score, or of a feature, changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.alerts.rules.base import Rule, bounded, cause_of, moment, stamps
from workbench.core.errors import ParameterError, suggest
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number
from workbench.metrics.change import Adwin, PageHinkley

__all__ = ["Change"]

#: Tests by name, with what people call them.
TESTS = {"page_hinkley": "Page-Hinkley", "adwin": "ADWIN"}
#: Series (an entity's feature, or its score) that are followed; of more, those of the entity that
#: is silent for longest are forgotten first.
MOST_SERIES = 2_000
#: How far from its centre a value counts, in spreads: one wild value is no change.
FAR = 8.0
#: Values that say where a level is now.
RECENT = 9
SCORE = "score"


class Change(Rule):
    """Tells when the level of the score or of a feature changes, a few records after it does.

    Each series, of each entity, is scaled by the centre and the spread of its first values and
    followed by an online test: Page-Hinkley adds up deviations from the mean, ADWIN compares all
    older parts of a window with the rest. After a change a series begins anew with its new level.

    ``drift`` compares whole distributions of many records and asks for a lasting difference from
    what was learned; this rule says when. It opens an incident of its own kind, which proposes
    nothing; with ``retraining`` it is one of drift, which proposes to retrain.

    Both tests take values for independent: where they follow the hour of the day, take a season
    out first, or follow the score alone (``features=[]``).

    Parameters
    ----------
    test : {"page_hinkley", "adwin"}
        Page-Hinkley finds sudden changes soonest, and is the cheaper one; ADWIN needs no idea of
        how large a change is, takes longer, and is not misled by a few values in a row.
    features : sequence of str, optional
        Which to follow; by default all.
    score : bool
        Whether the score is followed.
    learn : int
        First values of a series that its centre and spread are taken from.
    slack, threshold : float
        Of Page-Hinkley, in spreads: see :class:`workbench.metrics.change.PageHinkley`.
    delta : float
        Of ADWIN: see :class:`workbench.metrics.change.Adwin`.
    severity : float
        0-100.
    retraining : bool
        Whether a change is drift, for which retraining is proposed.

    Examples
    --------
    >>> Change("m", test="adwin", features=["flow"]).features
    ('flow',)
    """

    kind = "change"

    def __init__(
        self,
        monitor: str,
        called: str = "",
        *,
        test: str = "page_hinkley",
        features: Sequence[str] | None = None,
        score: bool = True,
        learn: int = 200,
        slack: float = 0.5,
        threshold: float = 50.0,
        delta: float = 0.002,
        severity: float = 40.0,
        retraining: bool = False,
    ) -> None:
        super().__init__(monitor, called)
        if not isinstance(test, str) or test not in TESTS:
            raise ParameterError(
                f"test is {' or '.join(TESTS)}, found {str(test)[:40]!r}."
                f"{suggest(str(test)[:40], TESTS)}"
            )
        if features is not None and not isinstance(features, (list, tuple)):
            raise ParameterError(f"features are names in a list: [{features!r}].")
        self.test = test
        self.features = None if features is None else tuple(str(one) for one in features)
        self.score, self.retraining = bool(score), bool(retraining)
        self.learn = bounded("learn", learn, 20, 10_000, whole=True)
        self.slack = bounded("slack", slack, 0.0, 2.0 * FAR)
        self.threshold = bounded("threshold", threshold, 1.0)
        self.delta = bounded("delta", delta, 1e-12, 0.5)
        self.severity = bounded("severity", severity, 0.0, 100.0)
        #: Those who spoke last stand last.
        self._entities: dict[str, dict[str, _Series]] = {}
        self._series = 0

    def step(self, points: Points) -> list[Firing]:
        """Return a firing for each series whose level changed."""
        followed = [
            (name, points.values[:, place])
            for place, name in enumerate(points.features)
            if self.features is None or name in self.features
        ]
        if self.score:
            followed.append(("", points.score))
        rows = np.column_stack([column for _, column in followed]) if followed else None
        if rows is None:
            return []
        names, times, found = [name for name, _ in followed], stamps(points), list[Firing]()
        for at, (entity, values) in enumerate(zip(points.entity, rows.tolist(), strict=True)):
            known = self._of(str(entity), names)
            for name, value in zip(names, values, strict=True):
                if math.isfinite(value):
                    told = known[name].take(value)
                    if told is not None:
                        where = points.start + at, int(times[at])
                        found.append(self._firing(str(entity), name, told, *where))
        return found

    def _of(self, entity: str, names: Sequence[str]) -> dict[str, _Series]:
        """Return the series of an entity, and forget others where there are too many."""
        known = self._entities.pop(entity, None)
        if known is None:
            known = {name: self._new() for name in names}
            self._series += len(known)
        self._entities[entity] = known
        while self._series > MOST_SERIES and len(self._entities) > 1:
            self._series -= len(self._entities.pop(next(iter(self._entities))))
        return known

    def _new(self) -> _Series:
        if self.test == "adwin":
            return _Series(self.learn, lambda: Adwin(self.delta), within=True)
        return _Series(self.learn, lambda: PageHinkley(self.slack, self.threshold), within=False)

    def _firing(
        self, entity: str, name: str, told: tuple[float, float], point: int, time: int
    ) -> Firing:
        before, now = told
        kind = "drift" if self.retraining else self.kind
        shown = name or "the score"
        text = f"{shown} has changed from {number(before)} to {number(now)} ({TESTS[self.test]})"
        if self.retraining:
            text += ": retraining is proposed"
        return Firing(
            id=self.firing_id(entity, name, point), monitor=self.monitor, rule=self.called,
            kind=kind, cause=cause_of("change", f"{entity}/{name or SCORE}"), start=moment(time),
            end=moment(time), severity=self.severity, entity=entity,
            text=f"{entity}: {text}" if entity else text,
            actual={name: now} if name else {}, expected={name: (before, before)} if name else {},
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return each series that is followed."""
        return {
            "entities": [
                [entity, [[name, one.state()] for name, one in known.items()]]
                for entity, known in self._entities.items()
            ]
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._entities, self._series = {}, 0
        for entity, known in state["entities"]:
            self._entities[entity] = {name: self._new().restored(told) for name, told in known}
            self._series += len(known)


class _Series:
    """One row of values: learned from at first, then tested.

    Parameters
    ----------
    learn : int
    make : callable
        Returns a new test.
    within : bool
        Whether the test wants values in [0, 1].
    """

    def __init__(self, learn: int, make: Any, *, within: bool) -> None:
        self._learn, self._make, self._within = learn, make, within
        self._test = make()
        self._first: list[float] = []
        self._centre = self._spread = 0.0
        self._recent: list[float] = []

    def take(self, value: float) -> tuple[float, float] | None:
        """Take the next value; return the level before and now where it changed."""
        if self._spread <= 0.0:
            self._first.append(value)
            if len(self._first) >= self._learn:
                self._centre, self._spread = _level(self._first)
                self._first = []
            return None
        self._recent.append(value)
        del self._recent[:-RECENT]
        away = min(FAR, max(-FAR, (value - self._centre) / self._spread))
        if not self._test.update((away + FAR) / (2.0 * FAR) if self._within else away):
            return None
        told = self._centre, float(np.median(self._recent))
        self._test, self._spread, self._recent = self._make(), 0.0, []
        return told

    def state(self) -> list[Any]:
        return [self._first, self._centre, self._spread, self._recent, self._test.state()]

    def restored(self, state: Sequence[Any]) -> _Series:
        first, self._centre, self._spread, recent, test = state
        self._first, self._recent = list(first), list(recent)
        self._test.restore(test)
        return self


def _level(values: Sequence[float]) -> tuple[float, float]:
    """Return centre and spread; of what never moved, a hundredth of its size."""
    centre = float(np.median(values))
    away = np.abs(np.asarray(values) - centre)
    spread = 1.4826 * float(np.median(away)) or 1.2533 * float(away.mean())
    return centre, spread if spread > 0.0 else 0.01 * abs(centre) or 1.0
