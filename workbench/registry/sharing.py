"""Objects opened to others by whom they belong to."""

from __future__ import annotations

from typing import Literal

from workbench.core.account import Grant
from workbench.core.errors import NotAllowed, NotFound
from workbench.core.registry import KeptData, KeptModel, KeptReport, SavedView
from workbench.registry._access import known
from workbench.store.database import reading
from workbench.team import sharing
from workbench.team.access import Identity, may
from workbench.team.doer import Doer

__all__ = ["share", "unshare"]

_KINDS = {"dataset": KeptData, "model": KeptModel, "report": KeptReport, "dashboard": SavedView}


def share(
    who: Identity,
    subject: str,
    object: str,  # noqa: A002
    level: Literal["read", "write"] = "read",
    *,
    by: Doer,
) -> Grant:
    """Open an object to a user or a group.

    Raises
    ------
    NotFound
        There is no such object that one may see.
    NotAllowed
        It belongs to somebody else.
    """
    _check(who, object)
    return sharing.give(subject, object, level, by=by)


def unshare(who: Identity, subject: str, object: str, *, by: Doer) -> None:  # noqa: A002
    """Close an object to a user or a group again."""
    _check(who, object)
    sharing.take_back(subject, object, by=by)


def _check(who: Identity, object: str) -> None:  # noqa: A002
    kind, _, id_ = object.partition(":")
    if kind not in _KINDS:
        if may(who, "users:write"):
            return
        raise NotFound(f"There is no object '{object[:60]}' that you may see.")
    with reading() as connection:
        one = known(connection, who, _KINDS[kind], id_)
    if one.owner != who.user.id and not may(who, "users:write"):
        raise NotAllowed("Only whom it belongs to, or who manages users, opens it to others.")
