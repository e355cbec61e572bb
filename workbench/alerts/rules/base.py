"""The contract of a rule: scored points in, firings out, the same ones however often."""

from __future__ import annotations

import hashlib
import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import numpy as np

from workbench.core.errors import ParameterError, suggest
from workbench.core.firing import Firing, firing_id
from workbench.core.points import Points

__all__ = [
    "MOST_SECONDS",
    "Rule",
    "bounded",
    "cause_of",
    "make_rule",
    "moment",
    "parameters_of",
    "stamps",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Longest name of an entity that stands in a cause as it is.
MOST_CAUSE = 200
#: Longest name of a rule.
MOST_NAME = 120
#: Longest time that a rule counts with, in seconds: ten years.
MOST_SECONDS = 10 * 366 * 24 * 3600.0


class Rule(ABC):
    """Finds in scored points what is worth telling.

    A rule looks at each point once, in their order. What it says depends on the points alone: not
    on how they were cut into batches, nor on the clock, so that a monitor that was killed and
    reads some of them again finds firings with the same ids.

    Something that goes on is **one** firing: begun once, its id made of the number of its first
    point, and given again with the same id whenever it went on, with the ``end`` and the worst
    point known by then. Who takes firings updates what it knows under a known id, and neither
    counts nor tells it again (:func:`workbench.alerts.incidents.raise_firings`).

    Parameters
    ----------
    monitor : str
        Id of the monitor.
    called : str
        What the rule is called in that monitor; by default the name of its kind.
    """

    #: What its firings are about (:data:`workbench.core.firing.KINDS`).
    kind: ClassVar[str] = "anomaly"

    def __init__(self, monitor: str, called: str = "") -> None:
        if not isinstance(called, str) or len(called) > MOST_NAME or not called.isprintable():
            raise ParameterError(f"A rule is called by at most {MOST_NAME} printable characters.")
        self.monitor, self.called = monitor, called.strip() or self.name()

    @classmethod
    def name(cls) -> str:
        """Return the public name: the name of the file."""
        return cls.__module__.rpartition(".")[2]

    @abstractmethod
    def step(self, points: Points) -> list[Firing]:
        """Look at the next points; return firings that began or went on in them."""

    def tick(
        self, now: datetime, latest_event: datetime | None, latest_arrival: datetime | None
    ) -> list[Firing]:
        """Look at the clock while no points come; rules about silence fire here.

        Parameters
        ----------
        now : datetime.datetime
        latest_event : datetime.datetime or None
            Time of the last record, None where there never was one.
        latest_arrival : datetime.datetime or None
            When a record last came, or the monitor began.
        """
        return []

    def hold_against(self, sample: Mapping[str, np.ndarray]) -> None:  # noqa: B027 - most need none
        """Take rows that the model in use learned from; called before :meth:`restore`.

        Parameters
        ----------
        sample : mapping of str to numpy.ndarray of shape (n,)
            By feature; empty where the detector keeps none.
        """

    def state(self) -> dict[str, Any]:
        """Return what it must remember, as JSON can say it."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:  # noqa: B027 - rules without memory
        """Go on from what :meth:`state` returned."""

    def firing_id(self, *about: object) -> str:
        """Return the id of a firing of this rule."""
        return firing_id(self.monitor, self.called, *about)


def cause_of(kind: str, entity: str = "") -> str:
    """Return what firings belong together by: what they are about, and where.

    Examples
    --------
    >>> cause_of("anomaly", "pump-3"), cause_of("missing")
    ('anomaly:pump-3', 'missing')
    """
    if len(entity) > MOST_CAUSE:
        entity = hashlib.sha256(entity.encode("utf-8", "replace")).hexdigest()
    return f"{kind}:{entity}" if entity else kind


def make_rule(monitor: str, /, rule: str, called: str = "", **params: Any) -> Rule:
    """Return a rule by the name of its file.

    Raises
    ------
    UnknownName
        There is no such rule.
    ParameterError
        It has no such parameter, or the value cannot work.

    Examples
    --------
    >>> make_rule("m", "score", above=3.0).called
    'score'
    """
    from workbench.alerts.rules import RULES

    kind = RULES.get(rule)
    known = list(parameters_of(kind))
    for name in params:
        if name not in known:
            raise ParameterError(
                f"The rule '{rule}' has no parameter '{str(name)[:40]}'.{suggest(name, known)} "
                f"It has: {', '.join(known)}."
            )
    try:
        return kind(monitor, called, **params)
    except TypeError as error:
        raise ParameterError(f"The rule '{rule}' cannot be made so: {error}.") from error


def parameters_of(rule: type[Rule]) -> dict[str, Any]:
    """Return the parameters of a rule with their defaults; those without one are empty."""
    found: dict[str, Any] = {}
    for kind in rule.__mro__:
        if kind is Rule:
            break
        known = inspect.signature(kind).parameters.values() if "__init__" in vars(kind) else ()
        for one in known:
            if one.kind is inspect.Parameter.KEYWORD_ONLY:
                found.setdefault(one.name, one.default)
    return found


def bounded(name: str, value: Any, low: float, high: float = 1e300, *, whole: bool = False) -> Any:
    """Return a parameter that lies within bounds, which are allowed themselves.

    Raises
    ------
    ParameterError
        It does not, or it is no number.
    """
    good = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if good and low <= value <= high:  # which neither NaN nor infinities do
        return value if whole else float(value)
    to = f" to {high:g}" if high < 1e300 else " or more"
    raise ParameterError(
        f"{name} is {'a whole number of ' if whole else ''}{low:g}{to}, found {value!r}."
    )


def stamps(points: Points) -> np.ndarray:
    """Return the times of points as microseconds since 1970, which JSON can say."""
    return points.time.astype("datetime64[us]").astype(np.int64)


def moment(stamp: int) -> datetime:
    """Return the time that a number of microseconds since 1970 stands for."""
    return _EPOCH + timedelta(microseconds=int(stamp))
