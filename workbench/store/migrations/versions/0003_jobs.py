"""The queue of long work, and what comes again and again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _time(name: str, *, null: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "jobs", _text("id", 32), _text("kind", 40), _text("owner", 32),
        sa.Column("params", sa.JSON, nullable=False), _text("state", 16),
        sa.Column("fraction", sa.Float, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("result", sa.JSON, nullable=True), sa.Column("error", sa.JSON, nullable=True),
        _time("created", null=False), _time("started"), _time("finished"),
        sa.Column("attempts", sa.Integer, nullable=False), _text("claim", 32), _text("worker", 120),
        _time("heartbeat"), sa.Column("cancel_asked", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="jobs_key"),
    )  # fmt: skip
    op.create_index("jobs_by_state", "jobs", ["state", "created"])
    op.create_index("jobs_by_owner", "jobs", ["owner", "created"])
    op.create_index("jobs_by_turn", "jobs", ["state", "owner", "created"])
    op.create_index("jobs_by_start", "jobs", ["owner", "started"])
    op.create_index("jobs_by_time", "jobs", ["created", "id"])
    op.create_table(
        "schedules", _text("id", 32), _text("kind", 40), _text("owner", 32),
        sa.Column("params", sa.JSON, nullable=False), _text("cron", 200),
        sa.Column("every", sa.Integer, nullable=True), _text("zone", 64),
        sa.Column("enabled", sa.Boolean, nullable=False), _time("next"), _time("latest"),
        sa.Column("job", sa.String(32), nullable=True), _time("created", null=False),
        sa.PrimaryKeyConstraint("id", name="schedules_key"),
    )  # fmt: skip
    op.create_index("schedules_by_owner", "schedules", ["owner", "created"])
    op.create_index("schedules_by_next", "schedules", ["next"])


def downgrade() -> None:
    """Forget the queue and what comes again."""
    op.drop_table("schedules")
    op.drop_table("jobs")
