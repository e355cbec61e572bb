"""What can be allowed, and the roles of the house as bundles of it."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.account import Role
from workbench.core.errors import ParameterError, suggest

__all__ = ["PERMISSIONS", "ROLES", "check_permissions"]

#: Every permission with what it opens. A page or an operation names one of these.
PERMISSIONS = {
    "datasets:read": "see data that are one's own or granted",
    "datasets:write": "upload data, name sources, remove what is one's own",
    "detections:read": "see results, scores and explanations",
    "detections:run": "detect, compare, tune",
    "labels:write": "say what rows are, comment, assign",
    "models:read": "see models and score with them",
    "models:write": "save and archive models",
    "models:promote": "make a model the champion, and roll back",
    "models:import": "bring in models from outside",
    "reports:read": "read and download reports",
    "reports:run": "make and schedule reports of the house's templates",
    "notebooks:run": "run notebooks of one's own: the same as running any program here",
    "monitors:read": "see live monitors, alerts and incidents",
    "monitors:write": "start and stop monitors, change rules and channels",
    "incidents:write": "acknowledge, snooze, assign and resolve incidents",
    "users:read": "see who is there, for mentions and assignments",
    "users:write": "invite, change and disable accounts, roles, groups and grants",
    "audit:read": "read and verify the audit",
    "settings:write": "see and change settings of the server",
    "metrics:read": "read the server's own measurements",
    "objects:all": "reach everybody's objects, not only one's own and those granted",
}

_VIEWER = {
    "datasets:read", "detections:read", "models:read", "reports:read", "monitors:read",
    "users:read",
}  # fmt: skip
_ANALYST = _VIEWER | {
    "datasets:write", "detections:run", "labels:write", "models:write", "reports:run",
}  # fmt: skip
_OPERATOR = _ANALYST | {"models:promote", "monitors:write", "incidents:write"}

#: The roles of the house, the smallest first.
ROLES = {
    name: Role(name, frozenset(permissions), builtin=True)
    for name, permissions in (
        ("viewer", _VIEWER),
        ("analyst", _ANALYST),
        ("operator", _OPERATOR),
        ("admin", set(PERMISSIONS)),
    )
}


def check_permissions(names: Iterable[str]) -> frozenset[str]:
    """Return permissions as a set.

    Raises
    ------
    ParameterError
        One of them is none.

    Examples
    --------
    >>> sorted(check_permissions(["audit:read"]))
    ['audit:read']
    """
    given = frozenset(names)
    for name in sorted(given - set(PERMISSIONS)):
        raise ParameterError(f"There is no permission {name!r}.{suggest(name, PERMISSIONS)}")
    return given
