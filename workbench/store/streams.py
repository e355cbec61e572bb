"""Streams, and what came: parts of records in the order in which they arrived, each kept once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from workbench.core.stream import Stream
from workbench.store.database import TABLES
from workbench.store.paging import Page, page_of, record

__all__ = [
    "STREAMS",
    "STREAM_OURS",
    "STREAM_PARTS",
    "Arrived",
    "add_part",
    "add_stream",
    "change_stream",
    "drop_parts",
    "drop_stream",
    "find_stream",
    "parts_after",
    "sealed_of",
    "streams_page",
    "streams_running",
]

STREAMS = Table(
    "streams",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("owner", String(32), nullable=False, index=True),
    Column("source", String(80), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("secret", Text, nullable=False),  # encrypted; "" where there is none
    Column("shape", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("problem", Text, nullable=False),
    Column("position", JSON(none_as_null=True), nullable=True),
    Column("seq", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("latest", DateTime(timezone=True), nullable=True),
    Column("arrived", DateTime(timezone=True), nullable=True),
    Column("claim", String(32), nullable=False),
    Column("seen", DateTime(timezone=True), nullable=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("changed", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)
STREAM_PARTS = Table(
    "stream_parts",
    TABLES,
    Column("stream", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("arrived", DateTime(timezone=True), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),  # "records", or "quiet": nothing came for long
    Column("body", LargeBinary, nullable=False),
)
STREAM_OURS = ("secret", "claim", "seen")


@dataclass(frozen=True)
class Arrived:
    """A part of what came.

    Attributes
    ----------
    seq : int
    arrived : datetime.datetime
    count : int
    kind : str
        "records", or "quiet": a note that nothing came for long.
    body : bytes
    """

    seq: int
    arrived: datetime
    count: int
    kind: str
    body: bytes


def add_stream(connection: Connection, stream: Stream, secret: str = "") -> None:
    """Store a new stream."""
    connection.execute(insert(STREAMS).values(**vars(stream), secret=secret, claim="", seen=None))


def find_stream(connection: Connection, id: str) -> Stream | None:  # noqa: A002
    """Return a stream by id."""
    row = connection.execute(select(STREAMS).where(STREAMS.c.id == id)).first()
    return None if row is None else record(Stream, row, *STREAM_OURS)


def sealed_of(connection: Connection, id: str) -> str:  # noqa: A002
    """Return what is secret about a stream, as it is kept."""
    found = connection.execute(select(STREAMS.c.secret).where(STREAMS.c.id == id)).scalar()
    return found or ""


def streams_page(
    connection: Connection,
    where: list[Any],
    *,
    sort: str = "-created",
    limit: int = 50,
    after: str = "",
) -> Page[Stream]:
    """Return a part of the streams."""
    rows, more, total = page_of(connection, STREAMS, where, sort=sort, limit=limit, after=after)
    return Page([record(Stream, row, *STREAM_OURS) for row in rows], more, total)


def streams_running(connection: Connection) -> list[Stream]:
    """Return the streams that shall be read."""
    wanted = select(STREAMS).where(STREAMS.c.state == "running").order_by(STREAMS.c.id)
    return [record(Stream, row, *STREAM_OURS) for row in connection.execute(wanted)]


def change_stream(connection: Connection, id: str, /, **values: Any) -> bool:  # noqa: A002
    """Change columns of a stream; return whether there is one."""
    changed = connection.execute(update(STREAMS).where(STREAMS.c.id == id).values(**values))
    return bool(changed.rowcount)


def drop_stream(connection: Connection, id: str) -> bool:  # noqa: A002
    """Forget a stream and what came; return whether there was one."""
    connection.execute(delete(STREAM_PARTS).where(STREAM_PARTS.c.stream == id))
    return bool(connection.execute(delete(STREAMS).where(STREAMS.c.id == id)).rowcount)


def add_part(
    connection: Connection,
    stream: str,
    body: bytes,
    *,
    count: int,
    arrived: datetime,
    kind: str = "records",
    refused: int = 0,
    latest: datetime | None = None,
    position: dict[str, Any] | None = None,
    claim: str | None = None,
) -> int | None:
    """Keep a part, and where the source goes on, together; return its number.

    Parameters
    ----------
    connection : Connection
    stream : str
    body : bytes
    count, refused : int
        Records in it, and those that could not be used.
    arrived : datetime.datetime
    kind : str
    latest : datetime.datetime, optional
        When the newest record in it happened.
    position : dict, optional
        Where the source goes on; by default as before.
    claim : str, optional
        Nothing is kept, and None returned, where the stream is somebody else's by now.
    """
    table = STREAMS.c
    mine = [table.id == stream]
    if claim is not None:
        mine.append(table.claim == claim)
    values: dict[str, Any] = {
        "seq": table.seq + 1, "records": table.records + count,
        "refused": table.refused + refused,
    }  # fmt: skip
    if kind == "records" and count:
        values["arrived"] = arrived
    if position is not None:
        values["position"] = position
    if not connection.execute(update(STREAMS).where(*mine).values(**values)).rowcount:
        return None
    if latest is not None:
        newer = (table.latest.is_(None)) | (table.latest < latest)
        connection.execute(update(STREAMS).where(table.id == stream, newer).values(latest=latest))
    seq = int(connection.execute(select(table.seq).where(table.id == stream)).scalar_one())
    if count or kind != "records":
        connection.execute(
            insert(STREAM_PARTS).values(
                stream=stream, seq=seq, arrived=arrived, count=count, kind=kind, body=body
            )
        )
    return seq


def parts_after(
    connection: Connection, stream: str, seq: int, *, until: int | None = None, most: int = 200
) -> list[Arrived]:
    """Return the parts after one, in the order of arrival."""
    table = STREAM_PARTS.c
    where = [table.stream == stream, table.seq > seq]
    if until is not None:
        where.append(table.seq <= until)
    wanted = (
        select(table.seq, table.arrived, table.count, table.kind, table.body)
        .where(*where)
        .order_by(table.seq)
        .limit(most)
    )
    rows: Any = connection.execute(wanted)
    return [record(Arrived, row) for row in rows]


def drop_parts(connection: Connection, stream: str, until: int, before: datetime) -> int:
    """Forget parts up to one that arrived before a time; return how many."""
    table = STREAM_PARTS.c
    gone = (table.stream == stream, table.seq <= until, table.arrived < before)
    return int(connection.execute(delete(STREAM_PARTS).where(*gone)).rowcount)


def count_parts(connection: Connection, stream: str) -> int:
    """Return how many parts of a stream are kept."""
    wanted = select(func.count()).where(STREAM_PARTS.c.stream == stream)
    return int(connection.execute(wanted).scalar_one())
