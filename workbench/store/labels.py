"""Labels by data: the whole history is kept, the latest word on a row counts."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
)

from workbench.core.label import Label
from workbench.store.database import TABLES, is_there, reading, writing

__all__ = ["add_labels", "read_labels"]

LABELS = Table(
    "labels",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("data", String(128), nullable=False),
    Column("row", Integer, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("tag", String(200), nullable=False),
    Column("comment", Text, nullable=False),
    Column("author", String(200), nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Index("labels_by_data", "data", "row", "id"),
)


def add_labels(data: str, labels: Iterable[Label], *, connection: Connection | None = None) -> None:
    """Store labels of the data with a fingerprint: all of them, or none.

    Parameters
    ----------
    data : str
        ``Dataset.fingerprint``.
    labels : iterable of Label
    connection : Connection, optional
        Transaction that it shall be part of.
    """
    lines = [{"data": data, **vars(label)} for label in labels]
    if not lines:
        return
    with nullcontext(connection) if connection is not None else writing() as own:
        own.execute(insert(LABELS), lines)


def read_labels(data: str, *, history: bool = False) -> list[Label]:
    """Return the labels of the data with a fingerprint, in the order in which they were said.

    Parameters
    ----------
    data : str
        ``Dataset.fingerprint``.
    history : bool
        Whether words that were taken back by later ones are told as well.
    """
    if not is_there():
        return []
    wanted = select(LABELS).where(LABELS.c.data == data).order_by(LABELS.c.id)
    if not history:
        latest = select(func.max(LABELS.c.id)).where(LABELS.c.data == data).group_by(LABELS.c.row)
        wanted = wanted.where(LABELS.c.id.in_(latest), LABELS.c.verdict != "")
    with reading() as connection:
        lines = connection.execute(wanted).mappings().all()
    return [
        Label(
            **{name: line[name] for name in ("row", "verdict", "author", "comment", "tag")},
            time=line["time"].replace(tzinfo=UTC),  # SQLite keeps no zone; all times are UTC
        )
        for line in lines
    ]
