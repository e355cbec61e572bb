"""Who is told of a monitor's incidents, by which channel, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from workbench.core.errors import ParameterError

__all__ = ["Route", "Routes"]

#: Ways of one monitor, and the longest time that any of them waits, in seconds: a year.
MOST, MOST_SECONDS = 50, 366 * 24 * 3600.0


def _check(name: str, value: Any, low: float, high: float) -> None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        raise ParameterError(f"{name} is {low:g} to {high:g}, found {str(value)[:40]!r}.")


@dataclass(frozen=True)
class Route:
    """One way on which incidents are told.

    Attributes
    ----------
    channel : str
        Id of the channel.
    least : float
        Severity (0-100) below which nothing goes this way.
    after : float
        Seconds that an incident must be open and not acknowledged: 0 tells at once, more is a step
        of escalation.
    """

    channel: str
    least: float = 0.0
    after: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.channel, str) or not 1 <= len(self.channel) <= 64:
            raise ParameterError("A route names the id of its channel.")
        _check("least", self.least, 0.0, 100.0)
        _check("after", self.after, 0.0, MOST_SECONDS)


@dataclass(frozen=True)
class Routes:
    """What becomes of a monitor's firings.

    Attributes
    ----------
    routes : tuple of Route
        ParameterError where one, or anything of this, is out of bounds.
    owner : str
        Id of the user whose monitor it is.
    name : str
        Of the monitor, for messages.
    regroup : float
        Seconds after an incident was resolved in which a new firing of its cause reopens it; later
        ones open another.
    resolve_after : float or None
        Seconds without any firing after which an incident is resolved by itself; None leaves that
        to people.
    tell_resolved : bool
        Whether who was told of an incident also hears that it is resolved.
    """

    routes: tuple[Route, ...] = ()
    owner: str = ""
    name: str = ""
    regroup: float = 3600.0
    resolve_after: float | None = None
    tell_resolved: bool = True

    def __post_init__(self) -> None:
        if len(self.routes) > MOST:
            raise ParameterError(f"A monitor has at most {MOST} routes, found {len(self.routes)}.")
        _check("regroup", self.regroup, 0.0, MOST_SECONDS)
        if self.resolve_after is not None:
            _check("resolve_after", self.resolve_after, 1.0, MOST_SECONDS)
        if not isinstance(self.tell_resolved, bool):
            raise ParameterError(f"tell_resolved is true or false, found {self.tell_resolved!r}.")

    def document(self) -> dict[str, Any]:
        """Return it as JSON can say it."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Routes:
        """Return what a document says.

        Examples
        --------
        >>> once = Routes((Route("c", after=600.0),), name="pumps")
        >>> Routes.of(once.document()) == once
        True
        """
        routes = tuple(Route(**one) for one in document.get("routes", ()))
        return cls(**{**document, "routes": routes})
