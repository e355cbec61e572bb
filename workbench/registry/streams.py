"""Live data of a team: where they come from, what their columns mean, and what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from workbench.alerts.sealing import open_secrets, seal_secrets
from workbench.core.errors import NotAllowed, NotFound, ParameterError
from workbench.core.settings import settings
from workbench.core.stream import Stream
from workbench.core.web import allowed_addresses, guarded_client
from workbench.registry._access import check_name, known, new_id, pages, reference
from workbench.registry.datasets import open_data
from workbench.store import registry as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.monitors import monitors_of
from workbench.store.paging import Page
from workbench.store.streams import STREAMS, add_stream, drop_stream, parts_after
from workbench.store.streams import change_stream as keep_change
from workbench.streams.base import Source, Surroundings
from workbench.streams.intake import take_in
from workbench.streams.records import Shape, from_bytes
from workbench.streams.sources import SOURCES
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = [
    "Sent",
    "change_stream",
    "create_stream",
    "find_stream",
    "list_streams",
    "newest_records",
    "remove_stream",
    "send_records",
    "source_of",
    "surroundings",
]

#: Streams that one person may have.
MOST = 200


@dataclass(frozen=True)
class Sent:
    """What became of records that were sent.

    Attributes
    ----------
    kept, refused : int
    reason : str
        Why the first one could not be used.
    """

    kept: int
    refused: int
    reason: str


def create_stream(
    who: Identity,
    name: str,
    source: str,
    settings: Mapping[str, Any] | None = None,
    shape: Mapping[str, Any] | None = None,
    *,
    by: Doer,
) -> Stream:
    """Begin to take in live data.

    Parameters
    ----------
    who : Identity
    name : str
    source : str
        Of the catalog: "push", "mqtt", "tail" …
    settings : mapping
        Of the source; what is secret is kept encrypted and never shown.
    shape : mapping
        What the columns mean: ``time``, ``entity``, ``key``, ``features``, ``lateness``.
    by : Doer

    Raises
    ------
    NotAllowed
        They may not, or the source may not go there.
    UnknownName, ParameterError
        There is no such source, or a setting cannot work.
    """
    allow(who, "monitors:write")
    title = check_name(name)
    kind = SOURCES.get(source)
    plain, secret = _parted(kind, dict(settings or {}))
    _check(who, kind, {**plain, **secret})
    now = datetime.now(UTC)
    stream = Stream(
        new_id(), title, who.user.id, kind.name(), plain, asdict(_shape(shape or {})), "running",
        "", None, 0, 0, 0, None, None, now, now,
    )  # fmt: skip
    with writing() as connection:
        page = pages(connection, who, Stream, where=[store.within(STREAMS, who.user.id, ())])
        if page.total >= MOST:
            raise ParameterError(f"{MOST} streams are the most for one person: remove one first.")
        add_stream(connection, stream, seal_secrets(secret, stream.id))
        append(connection, by.did("stream.create", reference(stream), after=_told(stream)))
    return stream


def list_streams(who: Identity, **asked: Any) -> Page[Stream]:
    """Return a part of the streams that somebody may see."""
    with reading() as connection:
        return pages(connection, who, Stream, **asked)


def find_stream(who: Identity, stream: str) -> Stream:
    """Return a stream by id.

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    with reading() as connection:
        found: Stream = known(connection, who, Stream, stream)
        return found


def change_stream(
    who: Identity,
    stream: str,
    *,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    state: str | None = None,
    by: Doer,
) -> Stream:
    """Change how a stream is called, where it comes from, or whether it is read.

    Parameters
    ----------
    who : Identity
    stream : str
    name : str, optional
    settings : mapping, optional
        All of them; a secret that is left out stays.
    state : {"running", "paused"}, optional
    by : Doer
    """
    with writing() as connection:
        one: Stream = known(connection, who, Stream, stream, "monitors:write")
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = check_name(name)
        if settings is not None:
            kind = SOURCES.get(one.source)
            plain, secret = _parted(kind, dict(settings))
            kept = {**open_secrets(_sealed(connection, one.id), one.id), **secret}
            _check(who, kind, {**plain, **kept})
            values |= {"settings": plain, "secret": seal_secrets(kept, one.id), "position": None}
            if plain == one.settings and not secret:
                values.pop("position")
        if state is not None:
            if state not in ("running", "paused"):
                raise ParameterError(f"state must be running or paused, found {state[:40]!r}.")
            values |= {"state": state, "problem": ""}
        if not values:
            return one
        values |= {"changed": datetime.now(UTC), "version": one.version + 1}
        keep_change(connection, one.id, **values)
        told = {name: value for name, value in values.items() if name not in ("secret", "position")}
        new = replace(one, **told)
        append(connection, by.did("stream.change", reference(one), _told(one), _told(new)))
    return new


def remove_stream(who: Identity, stream: str, *, by: Doer) -> None:
    """Forget a stream and what came.

    Raises
    ------
    ParameterError
        Monitors watch it: they are removed first.
    """
    with writing() as connection:
        one: Stream = known(connection, who, Stream, stream, "monitors:write")
        watched = monitors_of(connection, one.id)
        if watched:
            raise ParameterError(
                f"{len(watched)} monitors watch this stream. Remove them first: "
                f"{', '.join(monitor.name for monitor in watched[:5])}."
            )
        drop_stream(connection, one.id)
        append(connection, by.did("stream.remove", reference(one), _told(one)))


def send_records(who: Identity, stream: str, rows: Any) -> Sent:
    """Keep records that somebody sends; when this returns they are safe.

    Parameters
    ----------
    who : Identity
    stream : str
        One with the source "push".
    rows : sequence of mappings, pandas.DataFrame or pyarrow.Table

    Raises
    ------
    DataError
        None of them can be used; none was kept.
    """
    with reading() as connection:
        one: Stream = known(connection, who, Stream, stream, "monitors:write")
    if not SOURCES.get(one.source).is_told:
        raise ParameterError(
            f"The stream '{one.name}' reads from '{one.source}'; records are sent to streams of "
            "the source 'push'."
        )
    if one.state != "running":
        raise ParameterError(f"The stream '{one.name}' is {one.state}: resume it first.")
    kept = take_in(one.id, rows)
    if kept is None:
        raise NotFound(f"There is no stream '{stream[:40]}' that you may see.")
    return Sent(kept[0], kept[1].count, kept[1].reason)


def newest_records(who: Identity, stream: str, most: int = 20) -> list[dict[str, Any]]:
    """Return the records that came last, the newest first."""
    one = find_stream(who, stream)
    rows: list[dict[str, Any]] = []
    before = one.seq
    while before > 0 and len(rows) < most:
        with reading() as connection:
            parts = parts_after(connection, one.id, max(0, before - 20), until=before)
        for part in reversed(parts):
            if part.kind == "records":
                rows += _rows(from_bytes(part.body), one.shape["features"])
        if before > 20 and not parts:
            break
        before -= 20
    return rows[:most]


def _rows(records: Any, features: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "time": datetime.fromtimestamp(records.time[row] / 1e6, UTC),
            "entity": records.entity[row],
            "values": {
                name: None if value != value else float(value)
                for name, value in zip(features, records.values[row], strict=True)
            },
        }
        for row in range(len(records) - 1, -1, -1)
    ]


# ---- what a source may ----------------------------------------------------------------------


def source_of(stream: Stream) -> Source:
    """Return the source of a stream, with its secrets."""
    with reading() as connection:
        secret = open_secrets(_sealed(connection, stream.id), stream.id)
    return SOURCES.get(stream.source).create(**stream.settings, **secret)


def surroundings(who: Identity) -> Surroundings:
    """Return what a source may ask for that works in somebody's name on a server."""

    def data(name: str) -> Any:
        from workbench.workflow.loading import load

        if name.startswith("sample:"):
            return load(name).frame
        id_, _, number = name.partition("/")
        return open_data(who, id_, int(number) if number.isdecimal() else None).frame

    return Surroundings(data, allowed_addresses, _inside, lambda: guarded_client(most=2**26))


def _inside(path: str) -> Path:
    """Return a path that lies in the folder for live files.

    Raises
    ------
    NotAllowed
        There is no such folder, or the path leads out of it.
    """
    root = settings().live_folder
    if root is None:
        raise NotAllowed(
            "Files on the server are closed to streams. An administrator can open a folder with "
            "WORKBENCH_LIVE_FOLDER."
        )
    place = (root / path).resolve()
    if not place.is_relative_to(root.resolve()):
        raise NotAllowed(f"'{path[:80]}' lies outside the folder for live files.")
    return place


def _check(who: Identity, kind: type[Source], words: Mapping[str, Any]) -> None:
    made = kind.create(**words)
    around = surroundings(who)
    host, port = getattr(made, "host", None), getattr(made, "port", None)
    if isinstance(host, str) and isinstance(port, int):
        around.check_host(host, port)
    if kind.name() == "tail":
        around.check_path(str(words["path"]))
    if kind.name() == "replay":
        around.open_data(str(words["data"]))


def _parted(kind: type[Source], words: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    secret = {name: words.pop(name) for name in kind.secrets if words.get(name)}
    for name in kind.secrets:
        words.pop(name, None)
    return words, secret


def _sealed(connection: Connection, stream: str) -> str:
    from workbench.store.streams import sealed_of

    return sealed_of(connection, stream)


def _shape(words: Mapping[str, Any]) -> Shape:
    try:
        return Shape(**words)
    except TypeError as error:
        raise ParameterError(f"The shape of a stream cannot be understood: {error}.") from error


def _told(stream: Stream) -> dict[str, Any]:
    names = ("name", "source", "settings", "shape", "state")
    return {name: getattr(stream, name) for name in names}
