"""Answers that were given to requests with an idempotency key: who asks again gets the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from workbench.store.database import TABLES
from workbench.store.paging import record

__all__ = ["Answer", "begin", "find_answer", "finish", "forget", "sweep_answers"]

ANSWERS = Table(
    "answers",
    TABLES,
    Column("user", String(32), primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("status", Integer, nullable=True),
    Column("headers", JSON, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class Answer:
    """What a request got; ``status`` is None while it is still worked on."""

    user: str
    key: str
    digest: str
    status: int | None
    headers: dict[str, Any]
    body: str
    created: datetime


def find_answer(connection: Connection, user: str, key: str) -> Answer | None:
    """Return what is known of a key."""
    same = (ANSWERS.c.user == user, ANSWERS.c.key == key)
    row = connection.execute(select(ANSWERS).where(*same)).first()
    return None if row is None else record(Answer, row)


def begin(connection: Connection, user: str, key: str, digest: str, now: datetime) -> None:
    """Note that a request is being worked on; IntegrityError where another one is."""
    values = {"user": user, "key": key, "digest": digest, "headers": {}, "body": ""}
    connection.execute(insert(ANSWERS).values(status=None, created=now, **values))


def finish(
    connection: Connection, user: str, key: str, status: int, headers: dict[str, str], body: str
) -> None:
    """Keep the answer."""
    same = (ANSWERS.c.user == user, ANSWERS.c.key == key)
    values = {"status": status, "headers": headers, "body": body}
    connection.execute(update(ANSWERS).where(*same).values(**values))


def forget(connection: Connection, user: str, key: str) -> None:
    """Forget a key, so that the request can be made again."""
    connection.execute(delete(ANSWERS).where(ANSWERS.c.user == user, ANSWERS.c.key == key))


def sweep_answers(connection: Connection, before: datetime) -> None:
    """Forget what is older."""
    connection.execute(delete(ANSWERS).where(ANSWERS.c.created < before))
