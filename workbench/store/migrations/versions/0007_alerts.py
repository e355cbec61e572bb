"""Incidents with firings, timeline and watchers; channels, the outbox and silences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _text(name: str, length: int | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _of_incident(table: str) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return _text("incident", 32), sa.ForeignKeyConstraint(
        ["incident"], ["incidents.id"], f"{table}_incident_of_incidents", ondelete="CASCADE"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "incidents", _text("id", 32), _text("monitor", 64), _text("cause", 300), _text("kind", 20),
        _text("title"), _text("state", 16), sa.Column("severity", sa.Float(), nullable=False),
        _number("firings"), _time("started"), _time("latest"), _time("opened"), _time("changed"),
        _time("resolved", null=True), _time("snoozed_until", null=True), _text("outcome", 20),
        sa.Column("assignee", sa.String(32), nullable=True), _json("detail"), _text("owner", 32),
        _text("entity"), _number("version"), _json("told"), _json("routes"),
        _time("due", null=True), sa.PrimaryKeyConstraint("id", name="incidents_key"),
    )  # fmt: skip
    for name in ("opened", "changed", "due"):
        op.create_index(f"incidents_by_{name}", "incidents", [name])
    op.create_index("incidents_by_cause", "incidents", ["monitor", "cause", "opened"])
    op.create_index("incidents_by_state", "incidents", ["state", "severity"])
    op.create_table(
        "firings", _text("id", 32), *_of_incident("firings"), _text("rule", 120), _text("kind", 20),
        _text("entity"), _time("start"), _time("end"),
        sa.Column("severity", sa.Float(), nullable=False), _json("detail"),
        sa.Column("suppressed", sa.Boolean(), nullable=False), _time("at"),
        sa.PrimaryKeyConstraint("id", name="firings_key"),
    )  # fmt: skip
    op.create_index("firings_by_incident", "firings", ["incident", "start"])
    big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "incident_events", sa.Column("number", big, nullable=False),
        *_of_incident("incident_events"), _text("kind", 20), _text("actor", 80), _time("at"),
        _json("body"), sa.PrimaryKeyConstraint("number", name="incident_events_key"),
    )  # fmt: skip
    op.create_index("incident_events_by_incident", "incident_events", ["incident", "number"])
    op.create_table(
        "incident_watchers", *_of_incident("incident_watchers"), _text("user", 32),
        sa.PrimaryKeyConstraint("incident", "user", name="incident_watchers_key"),
    )  # fmt: skip
    _channels()


def _channels() -> None:
    op.create_table(
        "channels", _text("id", 32), _text("name", 200), _text("kind", 80), _json("settings"),
        _text("secret"), sa.Column("enabled", sa.Boolean(), nullable=False), _text("author", 32),
        _time("created"), _time("changed"), _time("latest", null=True), _text("error"),
        sa.PrimaryKeyConstraint("id", name="channels_key"),
        sa.UniqueConstraint("name", name="channels_unique_name"),
    )  # fmt: skip
    op.create_index("channels_by_created", "channels", ["created"])
    op.create_table(
        "outbox", _text("id", 32), _text("incident", 32), _text("channel", 32), _json("payload"),
        _text("state", 16), _number("attempts"), _time("next"), _text("error"), _time("created"),
        _number("place"), _time("sent", null=True), _text("claim", 32),
        _time("held_until", null=True),
        sa.PrimaryKeyConstraint("id", name="outbox_key"),
    )  # fmt: skip
    op.create_index("outbox_by_created", "outbox", ["created"])
    op.create_index("outbox_by_turn", "outbox", ["channel", "state", "created", "place"])
    op.create_index("outbox_by_incident", "outbox", ["incident", "channel", "state", "place"])
    op.create_index("outbox_by_state", "outbox", ["state", "next"])
    op.create_table(
        "silences", _text("id", 32), _json("match"), _text("effect", 16), _text("reason"),
        _time("start", null=True), _time("until", null=True), _text("cron", 200),
        _number("seconds"), _json("dates"), _text("country", 20), _text("zone", 64),
        _text("author", 32), _time("created"), sa.PrimaryKeyConstraint("id", name="silences_key"),
    )  # fmt: skip
    op.create_index("silences_by_until", "silences", ["until"])
    op.create_index("silences_by_created", "silences", ["created"])


def downgrade() -> None:
    """Forget incidents, channels, what waits and what is silenced."""
    for name in ("silences", "outbox", "channels", "incident_watchers", "incident_events",
                 "firings", "incidents"):  # fmt: skip
        op.drop_table(name)
