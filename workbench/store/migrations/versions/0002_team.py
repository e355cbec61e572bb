"""Accounts, what they sign in with, and the audit chain."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _owner(table: str) -> list[sa.Column[Any] | sa.ForeignKeyConstraint]:
    return [
        sa.Column("user", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], ondelete="CASCADE", name=f"{table}_user_of_users"
        ),
    ]


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"{table}_key")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"{table}_unique_{'_'.join(columns)}")


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _credentials()
    big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "audit", sa.Column("number", big, nullable=False, autoincrement=False), _time("time"),
        _text("actor", 80), _text("action", 80), _text("object", 200),
        sa.Column("before", sa.JSON, nullable=False), sa.Column("after", sa.JSON, nullable=False),
        _text("request", 64), _text("address", 64), _text("previous", 64), _text("hash", 64),
        _key("audit", "number"),
    )  # fmt: skip
    for name in ("actor", "action", "object"):
        op.create_index(f"audit_by_{name}", "audit", [name])


def _accounts() -> None:
    op.create_table(
        "users", _text("id", 32), _text("name", 80), _text("folded", 240), _text("role", 40),
        _text("email", 254), sa.Column("active", sa.Boolean, nullable=False),
        _text("password", 200), sa.Column("epoch", sa.Integer, nullable=False), _time("created"),
        _key("users", "id"), _unique("users", "folded"),
    )  # fmt: skip
    op.create_table(
        "groups", _text("id", 32), _text("name", 80), _key("groups", "id"),
        _unique("groups", "name"),
    )  # fmt: skip
    op.create_table(
        "members", _text("group_id", 32), _text("user_id", 32),
        _key("members", "group_id", "user_id"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], ondelete="CASCADE",
                                name="members_group_id_of_groups"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE",
                                name="members_user_id_of_users"),
    )  # fmt: skip
    op.create_table(
        "roles", _text("name", 40), sa.Column("permissions", sa.JSON, nullable=False),
        _key("roles", "name"),
    )  # fmt: skip
    op.create_table(
        "grants", sa.Column("id", sa.Integer, nullable=False), _text("subject", 80),
        _text("object", 200), _text("level", 8), _key("grants", "id"),
        _unique("grants", "subject", "object"),
    )  # fmt: skip
    op.create_index("grants_by_object", "grants", ["object"])


def _credentials() -> None:
    op.create_table(
        "sessions", _text("id", 32), _text("digest", 64), *_owner("sessions"), _time("created"),
        _time("seen"), _time("expires"), _text("address", 64), _text("agent", 200),
        _key("sessions", "id"), _unique("sessions", "digest"),
    )  # fmt: skip
    op.create_table(
        "api_tokens", _text("id", 32), _text("digest", 64), *_owner("api_tokens"),
        _text("name", 80), _text("start", 12), sa.Column("scopes", sa.JSON, nullable=False),
        _time("created"), _time("expires"), _time("used", null=True),
        _key("api_tokens", "id"), _unique("api_tokens", "digest"),
    )  # fmt: skip
    op.create_table(
        "refresh_tokens", _text("digest", 64), *_owner("refresh_tokens"), _text("family", 32),
        _time("expires"), _time("spent", null=True), _key("refresh_tokens", "digest"),
    )  # fmt: skip
    op.create_index("refresh_tokens_by_family", "refresh_tokens", ["family"])
    op.create_table(
        "links", _text("id", 32), _text("digest", 64), *_owner("links"), _text("kind", 8),
        _time("expires"), _time("used", null=True), _key("links", "id"), _unique("links", "digest"),
    )  # fmt: skip
    for table in ("sessions", "api_tokens", "refresh_tokens", "links"):
        op.create_index(f"{table}_by_user", table, ["user"])
    op.create_table(
        "failures", sa.Column("id", sa.Integer, nullable=False), _text("what", 300),
        _time("time"), _key("failures", "id"),
    )  # fmt: skip
    op.create_index("failures_by_what", "failures", ["what"])


def downgrade() -> None:
    """Forget accounts and audit."""
    for name in ("audit", "failures", "links", "refresh_tokens", "api_tokens", "sessions",
                 "grants", "roles", "members", "groups", "users"):  # fmt: skip
        op.drop_table(name)
