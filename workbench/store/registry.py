"""Data, results, models and views that the server keeps: tables and rows, no rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    or_,
    select,
    update,
)

from workbench.core.registry import (
    DataVersion,
    KeptData,
    KeptDetection,
    KeptModel,
    KeptReport,
    ModelVersion,
    SavedView,
)
from workbench.core.stream import Monitor, Stream
from workbench.store.database import TABLES
from workbench.store.monitors import MONITOR_OURS, MONITORS
from workbench.store.paging import record
from workbench.store.streams import STREAM_OURS, STREAMS

__all__ = [
    "DATASETS",
    "DETECTIONS",
    "MODELS",
    "REPORTS",
    "VIEWS",
    "add",
    "change",
    "change_version",
    "drop",
    "find",
    "find_version",
    "read_as",
    "refers",
    "versions_of",
    "within",
]


def _owned(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(
        name,
        TABLES,
        Column("id", String(32), primary_key=True),
        Column("owner", String(32), nullable=False, index=True),
        Column("name", String(200), nullable=False),
        Column("created", DateTime(timezone=True), nullable=False, index=True),
        *columns,
    )


DATASETS = _owned(
    "datasets", Column("note", Text, nullable=False), Column("latest", Integer, nullable=False)
)
DATA_VERSIONS = Table(
    "data_versions",
    TABLES,
    Column("dataset", ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("artifact", String(64), nullable=False),
    Column("file", String(200), nullable=False),
    Column("source", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("author", String(32), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)
DETECTIONS = _owned(
    "detections",
    Column("dataset", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("detector", String(80), nullable=False),
    Column("model", String(64), nullable=False),
    Column("scores", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
    Column("facts", JSON, nullable=False),
    Index("detections_by_dataset", "dataset", "version"),
)
MODELS = _owned(
    "models",
    Column("note", Text, nullable=False),
    Column("latest", Integer, nullable=False),
    Column("deployed", Integer, nullable=True),
)
MODEL_VERSIONS = Table(
    "model_versions",
    TABLES,
    Column("model", ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("artifact", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
    Column("detection", String(32), nullable=False),
    Column("detector", String(80), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("author", String(32), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("promoted", DateTime(timezone=True), nullable=True),
)
VIEWS = _owned(
    "views", Column("page", String(40), nullable=False), Column("query", Text, nullable=False)
)
REPORTS = _owned(
    "reports",
    Column("subject", String(80), nullable=False),
    Column("template", String(80), nullable=False),
    Column("format", String(8), nullable=False),
    Column("artifact", String(64), nullable=False),
    Column("facts", JSON, nullable=False),
)

_KINDS: dict[type, Table] = {
    KeptData: DATASETS,
    DataVersion: DATA_VERSIONS,
    KeptDetection: DETECTIONS,
    KeptModel: MODELS,
    ModelVersion: MODEL_VERSIONS,
    SavedView: VIEWS,
    KeptReport: REPORTS,
    Stream: STREAMS,
    Monitor: MONITORS,
}
#: Columns that are ours: who works on it at the moment, and what is secret.
_OURS: dict[type, tuple[str, ...]] = {Stream: STREAM_OURS, Monitor: MONITOR_OURS}


def read_as(kind: type[Any], row: Any) -> Any:
    """Return a row as a record of a kind."""
    return record(kind, row, *_OURS.get(kind, ()))


def add(connection: Connection, *records: Any) -> None:
    """Store new records of any of the kinds here, in this order."""
    for one in records:
        connection.execute(insert(_KINDS[type(one)]).values(**vars(one)))


def find(connection: Connection, kind: type[Any], id: str) -> Any:  # noqa: A002
    """Return the record with an id, or None."""
    table = _KINDS[kind]
    row = connection.execute(select(table).where(table.c.id == id)).first()
    return None if row is None else read_as(kind, row)


def change(connection: Connection, kind: type[Any], id: str, **values: Any) -> None:  # noqa: A002
    """Change columns of a record."""
    table = _KINDS[kind]
    connection.execute(update(table).where(table.c.id == id).values(**values))


def drop(connection: Connection, kind: type[Any], id: str) -> None:  # noqa: A002
    """Remove a record with its versions; files stay, for others may share them."""
    table = _KINDS[kind]
    connection.execute(delete(table).where(table.c.id == id))


def refers(connection: Connection, artifact: str) -> bool:
    """Return whether anything refers to an artifact; from then on nobody else begins to.

    Parameters
    ----------
    connection : Connection
        From :func:`workbench.store.database.writing`.
    artifact : str
        Its SHA-256.
    """
    if connection.dialect.name == "postgresql":  # as whoever adds something does, for the audit
        connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")
    columns = (
        DATA_VERSIONS.c.artifact, DETECTIONS.c.model, DETECTIONS.c.scores,
        MODEL_VERSIONS.c.artifact, REPORTS.c.artifact,
    )  # fmt: skip
    wanted = [select(column).where(column == artifact).limit(1) for column in columns]
    return any(connection.execute(query).first() is not None for query in wanted)


def find_version(connection: Connection, kind: type[Any], of: str, number: int) -> Any:
    """Return a version of data or of a model, or None."""
    table = _KINDS[kind]
    whose = table.c.dataset if kind is DataVersion else table.c.model
    query = select(table).where(whose == of, table.c.number == number)
    row = connection.execute(query).first()
    return None if row is None else record(kind, row)


def versions_of(connection: Connection, kind: type[Any], of: str) -> list[Any]:
    """Return all versions of data or of a model, the newest first."""
    table = _KINDS[kind]
    whose = table.c.dataset if kind is DataVersion else table.c.model
    query = select(table).where(whose == of).order_by(table.c.number.desc())
    return [record(kind, row) for row in connection.execute(query)]


def change_version(connection: Connection, of: str, number: int, **values: Any) -> None:
    """Change columns of a model's version: its stage, its note."""
    table = MODEL_VERSIONS
    same = (table.c.model == of, table.c.number == number)
    connection.execute(update(table).where(*same).values(**values))


def within(
    table: Table, owner: str, objects: Iterable[str], column: str = "id"
) -> ColumnElement[bool]:
    """Return the condition that a row is somebody's own, or one of some objects."""
    return or_(table.c.owner == owner, table.c[column].in_(sorted(objects)))
