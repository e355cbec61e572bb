"""Streams, what came through them, and what monitors made of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def _text(name: str, length: int | None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _number(name: str, *, big: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger() if big else sa.Integer(), nullable=False)


def _json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=null)


def _time(name: str, *, null: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _body() -> sa.Column[Any]:
    return sa.Column("body", sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "streams", _text("id", 32), _text("name", 120), _text("owner", 32), _text("source", 80),
        _json("settings"), _text("secret", None), _json("shape"), _text("state", 16),
        _text("problem", None), _json("position", null=True), _number("seq"), _number("records"),
        _number("refused"), _time("latest"), _time("arrived"), _text("claim", 32), _time("seen"),
        _time("created", null=False), _time("changed", null=False), _number("version", big=False),
        sa.PrimaryKeyConstraint("id", name="streams_key"),
    )  # fmt: skip
    op.create_index("streams_by_owner", "streams", ["owner"])
    op.create_table(
        "stream_parts", _text("stream", 32), _number("seq"), _time("arrived", null=False),
        _number("count"), _text("kind", 8), _body(),
        sa.PrimaryKeyConstraint("stream", "seq", name="stream_parts_key"),
    )  # fmt: skip
    op.create_table(
        "monitors", _text("id", 32), _text("name", 120), _text("owner", 32), _text("stream", 32),
        _text("detector", 80), _json("params"), _json("judging"), _json("rules"), _json("routes"),
        _text("state", 16), _text("problem", None), _number("done"), _number("points"),
        _number("anomalies"), _time("latest"), _json("told"), _text("claim", 32), _time("seen"),
        _time("created", null=False), _time("changed", null=False), _number("version", big=False),
        sa.PrimaryKeyConstraint("id", name="monitors_key"),
    )  # fmt: skip
    op.create_index("monitors_by_owner", "monitors", ["owner"])
    op.create_index("monitors_by_stream", "monitors", ["stream"])
    op.create_table(
        "monitor_states",
        _text("monitor", 32),
        _number("seq"),
        _body(),
        sa.PrimaryKeyConstraint("monitor", "seq", name="monitor_states_key"),
    )
    op.create_table(
        "monitor_points", _text("monitor", 32), _number("start"), _number("count"),
        _time("first", null=False), _time("last", null=False), _number("anomalies"), _body(),
        sa.PrimaryKeyConstraint("monitor", "start", name="monitor_points_key"),
    )  # fmt: skip
    op.create_index("monitor_points_by_time", "monitor_points", ["monitor", "last"])


def downgrade() -> None:
    """Forget all live data; incidents stay."""
    for name in ("monitor_points", "monitor_states", "monitors", "stream_parts", "streams"):
        op.drop_table(name)
