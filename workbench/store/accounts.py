"""Accounts: users, groups, roles of one's own, and what was granted to whom."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from workbench.core.account import Grant, Group, Role, User
from workbench.store.database import TABLES

__all__ = [
    "add_grant",
    "add_group",
    "add_role",
    "add_user",
    "all_grants",
    "all_groups",
    "all_roles",
    "all_users",
    "change_user",
    "find_user",
    "grants_to",
    "groups_of",
    "join_group",
    "leave_group",
    "remove_grant",
    "remove_group",
    "remove_role",
]

USERS = Table(
    "users",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("folded", String(240), nullable=False, unique=True),
    Column("role", String(40), nullable=False),
    Column("email", String(254), nullable=False),
    Column("active", Boolean(create_constraint=False), nullable=False),
    Column("password", String(200), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)
GROUPS = Table(
    "groups",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
)
MEMBERS = Table(
    "members",
    TABLES,
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
)
ROLES = Table(
    "roles",
    TABLES,
    Column("name", String(40), primary_key=True),
    Column("permissions", JSON, nullable=False),
)
GRANTS = Table(
    "grants",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("subject", String(80), nullable=False),
    Column("object", String(200), nullable=False, index=True),
    Column("level", String(8), nullable=False),
    UniqueConstraint("subject", "object"),
)


def add_user(connection: Connection, user: User) -> None:
    """Store a new account; IntegrityError where the name is taken."""
    connection.execute(insert(USERS).values(folded=user.name.casefold(), **vars(user)))


def change_user(connection: Connection, user: str, **values: Any) -> None:
    """Change columns of an account."""
    if "name" in values:
        values["folded"] = values["name"].casefold()
    connection.execute(update(USERS).where(USERS.c.id == user).values(**values))


def find_user(connection: Connection, *, id: str = "", name: str = "") -> User | None:  # noqa: A002
    """Return an account by id or by name, without regard to case."""
    same = USERS.c.id == id if id else USERS.c.folded == name.casefold()
    row = connection.execute(select(USERS).where(same)).first()
    return None if row is None else _user(row)


def all_users(connection: Connection) -> list[User]:
    """Return all accounts by name."""
    return [_user(row) for row in connection.execute(select(USERS).order_by(USERS.c.folded))]


def _user(row: Row[Any]) -> User:
    values = {name: value for name, value in row._mapping.items() if name != "folded"}
    created = row.created if row.created.tzinfo else row.created.replace(tzinfo=UTC)
    return User(**values | {"created": created})


def add_group(connection: Connection, group: Group) -> None:
    """Store a new group with its members; IntegrityError where the name is taken."""
    connection.execute(insert(GROUPS).values(id=group.id, name=group.name))
    for user in sorted(group.members):
        join_group(connection, group.id, user)


def remove_group(connection: Connection, group: str) -> None:
    """Remove a group with its members and what was opened to it."""
    connection.execute(delete(GRANTS).where(GRANTS.c.subject == f"group:{group}"))
    connection.execute(delete(GROUPS).where(GROUPS.c.id == group))


def join_group(connection: Connection, group: str, user: str) -> None:
    """Make a user a member; nothing happens where they are."""
    if group not in groups_of(connection, user):
        connection.execute(insert(MEMBERS).values(group_id=group, user_id=user))


def leave_group(connection: Connection, group: str, user: str) -> None:
    """Make a user no member any more."""
    same = (MEMBERS.c.group_id == group) & (MEMBERS.c.user_id == user)
    connection.execute(delete(MEMBERS).where(same))


def groups_of(connection: Connection, user: str) -> frozenset[str]:
    """Return the ids of a user's groups."""
    wanted = select(MEMBERS.c.group_id).where(MEMBERS.c.user_id == user)
    return frozenset(connection.execute(wanted).scalars())


def all_groups(connection: Connection) -> list[Group]:
    """Return all groups by name, with the ids of their members."""
    members: dict[str, set[str]] = {}
    for row in connection.execute(select(MEMBERS)):
        members.setdefault(row.group_id, set()).add(row.user_id)
    return [
        Group(row.id, row.name, frozenset(members.get(row.id, ())))
        for row in connection.execute(select(GROUPS).order_by(GROUPS.c.name))
    ]


def add_role(connection: Connection, role: Role) -> None:
    """Store a role of one's own, or what it may do from now on."""
    remove_role(connection, role.name)
    connection.execute(insert(ROLES).values(name=role.name, permissions=sorted(role.permissions)))


def remove_role(connection: Connection, name: str) -> None:
    """Forget a role of one's own."""
    connection.execute(delete(ROLES).where(ROLES.c.name == name))


def all_roles(connection: Connection) -> list[Role]:
    """Return the roles that were added to those of the house."""
    return [
        Role(row.name, frozenset(row.permissions))
        for row in connection.execute(select(ROLES).order_by(ROLES.c.name))
    ]


def add_grant(connection: Connection, grant: Grant) -> None:
    """Open an object to a user or group; a second grant takes the place of the first."""
    remove_grant(connection, grant.subject, grant.object)
    connection.execute(insert(GRANTS).values(**vars(grant)))


def remove_grant(connection: Connection, subject: str, object: str) -> None:  # noqa: A002
    """Take back what was granted."""
    same = (GRANTS.c.subject == subject) & (GRANTS.c.object == object)
    connection.execute(delete(GRANTS).where(same))


def grants_to(connection: Connection, subjects: list[str]) -> list[Grant]:
    """Return what was granted to any of these users and groups."""
    wanted = select(GRANTS).where(GRANTS.c.subject.in_(subjects)).order_by(GRANTS.c.id)
    return [Grant(row.subject, row.object, row.level) for row in connection.execute(wanted)]


def all_grants(connection: Connection, object: str = "") -> list[Grant]:  # noqa: A002
    """Return all grants, or those on one object."""
    wanted = select(GRANTS).order_by(GRANTS.c.id)
    if object:
        wanted = wanted.where(GRANTS.c.object == object)
    return [Grant(row.subject, row.object, row.level) for row in connection.execute(wanted)]
