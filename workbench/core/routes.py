"""Who is told of a monitor's incidents, by which channel, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Route", "Routes"]


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


@dataclass(frozen=True)
class Routes:
    """What becomes of a monitor's firings.

    Attributes
    ----------
    routes : tuple of Route
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
