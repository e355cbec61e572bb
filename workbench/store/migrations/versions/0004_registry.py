"""Data, results, models and views of the server."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    _owned("datasets", _long("note"), _count("latest"))
    op.create_table(
        "data_versions", _text("dataset", 32), _count("number", False), _text("artifact", 64),
        _text("file", 200), _json("source"), _json("roles"), _json("facts"), _text("author", 32),
        _time("created"), sa.PrimaryKeyConstraint("dataset", "number", name="data_versions_key"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.id"], ondelete="CASCADE",
                                name="data_versions_dataset_of_datasets"),
    )  # fmt: skip
    _owned(
        "detections", _text("dataset", 32), _count("version"), _text("detector", 80),
        _text("model", 64), _text("scores", 64), _text("seal", 64), _json("facts"),
    )  # fmt: skip
    op.create_index("detections_by_dataset", "detections", ["dataset", "version"])
    _owned(
        "models", _long("note"), _count("latest"), sa.Column("deployed", sa.Integer, nullable=True)
    )
    op.create_table(
        "model_versions", _text("model", 32), _count("number", False), _text("artifact", 64),
        _text("seal", 64), _text("detection", 32), _text("detector", 80), _text("stage", 16),
        _json("facts"), _long("note"), _text("author", 32), _time("created"),
        sa.Column("promoted", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("model", "number", name="model_versions_key"),
        sa.ForeignKeyConstraint(["model"], ["models.id"], ondelete="CASCADE",
                                name="model_versions_model_of_models"),
    )  # fmt: skip
    _owned("views", _text("page", 40), _long("query"))
    _owned(
        "reports", _text("subject", 80), _text("template", 80), _text("format", 8),
        _text("artifact", 64), _json("facts"),
    )  # fmt: skip
    op.create_table(
        "answers", _text("user", 32), _text("key", 120), _text("digest", 64),
        sa.Column("status", sa.Integer, nullable=True), _json("headers"), _long("body"),
        _time("created"), sa.PrimaryKeyConstraint("user", "key", name="answers_key"),
    )  # fmt: skip


def _owned(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name, _text("id", 32), _text("owner", 32), _text("name", 200), _time("created"), *columns,
        sa.PrimaryKeyConstraint("id", name=f"{name}_key"),
    )  # fmt: skip
    for column in ("owner", "created"):
        op.create_index(f"{name}_by_{column}", name, [column])


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _long(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False)


def _count(name: str, itself: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement="auto" if itself else False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    """Forget what the server keeps."""
    for name in (
        "answers", "reports", "views", "model_versions", "models", "detections", "data_versions",
        "datasets",
    ):  # fmt: skip
        op.drop_table(name)
