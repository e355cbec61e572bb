"""Keys of web push, the browsers of people, and their quiet hours."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"


def _text(name: str, length: int | None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"{table}_key")


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user"], ["users.id"], ondelete="CASCADE", name=f"{table}_user_of_users"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "push_keys", _text("id", 32), _text("public", 100), _text("secret", None),
        _time("created"), _key("push_keys", "id"),
    )  # fmt: skip
    op.create_table(
        "push_devices", _text("id", 32), _text("digest", 64), _text("user", 32),
        _text("session", 32), _text("name", 120), _text("service", 260), _text("key", 32),
        _text("secret", None), _time("created"), _time("reached", null=True),
        _text("error", None), sa.Column("took", sa.JSON(), nullable=False),
        _key("push_devices", "id"),
        sa.UniqueConstraint("digest", name="push_devices_unique_digest"), _owner("push_devices"),
    )  # fmt: skip
    for name in ("user", "session"):
        op.create_index(f"push_devices_by_{name}", "push_devices", [name])
    op.create_table(
        "quiet_hours", _text("user", 32), _text("zone", 64), _text("start", 5), _text("until", 5),
        _text("breaks", 16), _key("quiet_hours", "user"), _owner("quiet_hours"),
    )  # fmt: skip


def downgrade() -> None:
    """Forget all of it."""
    for name in ("quiet_hours", "push_devices", "push_keys"):
        op.drop_table(name)
