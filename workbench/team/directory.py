"""Who is there, page by page, and what somebody may do, told with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from workbench.core.account import User
from workbench.core.errors import NotFound, ParameterError
from workbench.store import accounts as store
from workbench.store.database import reading
from workbench.store.paging import Page, page_of, record
from workbench.team.access import identity_of

__all__ = ["Preview", "find_account", "list_people", "preview"]


@dataclass(frozen=True)
class Preview:
    """What somebody may do.

    Attributes
    ----------
    user : User
    permissions : frozenset of str
        By their role.
    groups : tuple of str
        Names.
    objects : tuple of dict
        ``object``, ``level``, and ``by``: whom it was opened to.
    """

    user: User
    permissions: frozenset[str]
    groups: tuple[str, ...]
    objects: tuple[dict[str, str], ...]


def list_people(
    *,
    search: str = "",
    role: str = "",
    active: bool | None = None,
    sort: str = "name",
    limit: int = 50,
    after: str = "",
) -> Page[User]:
    """Return a part of the accounts.

    Parameters
    ----------
    search : str
        Part of the name or of the address.
    role : str
    active : bool, optional
    sort : {"name", "created"}
        With "-" before it for descending.
    limit : int
    after : str
        From the page before.
    """
    table = store.USERS
    if sort.removeprefix("-") not in ("name", "created"):
        raise ParameterError(f"sort must be name or created, '-' before it; found {sort[:40]!r}.")
    where: list[ColumnElement[bool]] = []
    if search:
        folded = search.casefold()
        where.append(
            table.c.folded.contains(folded, autoescape=True)
            | table.c.email.icontains(search, autoescape=True)
        )
    if role:
        where.append(table.c.role == role)
    if active is not None:
        where.append(table.c.active == active)
    column = sort.replace("name", "folded")
    with reading() as connection:
        rows, more, total = page_of(connection, table, where, sort=column, limit=limit, after=after)
    return Page([record(User, row, "folded") for row in rows], more, total)


def find_account(user: str) -> User:
    """Return an account by id.

    Raises
    ------
    NotFound
        There is none.
    """
    with reading() as connection:
        found = store.find_user(connection, id=user)
    if found is None:
        raise NotFound(f"There is no account '{user[:40]}'.")
    return found


def preview(user: str) -> Preview:
    """Say what somebody may do, and through what."""
    with reading() as connection:
        found = store.find_user(connection, id=user)
        if found is None:
            raise NotFound(f"There is no account '{user[:40]}'.")
        who = identity_of(connection, found, "preview:")
        groups = {group.id: group.name for group in store.all_groups(connection)
                  if user in group.members}  # fmt: skip
        subjects = [f"user:{user}", *(f"group:{group}" for group in groups)]
        objects = tuple(
            {
                "object": grant.object,
                "level": grant.level,
                "by": f"group {groups[grant.subject.partition(':')[2]]}"
                if grant.subject.startswith("group:")
                else "themselves",
            }
            for grant in store.grants_to(connection, subjects)
        )
    return Preview(found, who.permissions, tuple(sorted(groups.values())), objects)
