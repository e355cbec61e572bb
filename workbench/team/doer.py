"""Who does something: the audit wants to know, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.core.audit import Event
from workbench.team.permissions import PERMISSIONS

__all__ = ["SYSTEM", "Doer"]


@dataclass(frozen=True)
class Doer:
    """Somebody with a request.

    Attributes
    ----------
    actor : str
        "user:ID", "token:ID", "system", or "anonymous".
    request, address : str
        Id of the request, and where it came from.
    user : str
        Id of the account that they act for, if any.
    holds : frozenset of str
        Permissions that they hold: more than these they neither give nor take
        (:mod:`workbench.team.reach`).
    """

    actor: str
    request: str = ""
    address: str = ""
    user: str = ""
    holds: frozenset[str] = frozenset()

    def trusted(self) -> Doer:
        """Return them where something else allows what is done: a link, say, or the settings."""
        return replace(self, holds=frozenset(PERMISSIONS))

    def did(
        self,
        action: str,
        object: str = "",  # noqa: A002
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> Event:
        """Return what they did, as the audit keeps it."""
        return Event(
            self.actor, action, object, before or {}, after or {}, self.request, self.address
        )


#: Whoever sits at the machine itself: the command line, and the house's own work.
SYSTEM = Doer("system").trusted()
