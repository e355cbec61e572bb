"""Data of a team: uploaded once, kept in versions that never change, opened by who may."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from workbench.core.errors import NotFound, ParameterError
from workbench.core.registry import DataVersion, KeptData
from workbench.core.settings import settings
from workbench.registry._access import check_name, check_note, known, new_id, pages, reference
from workbench.registry._claims import claimed
from workbench.registry._memory import Memory
from workbench.store import registry as store
from workbench.store.artifacts import artifact
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

if TYPE_CHECKING:
    from workbench.workflow.dataset import Dataset

__all__ = [
    "add_version",
    "change_data",
    "data_versions",
    "find_data",
    "find_data_version",
    "keep_data",
    "list_data",
    "open_data",
    "remove_data",
]

#: What ``wb.load`` may be told about kept data.
ROLES = ("time", "label", "entity", "features", "exclude", "kind", "sheet", "session", "window")
#: Those that say how the file is read, and not what its columns mean.
READING = ("kind", "sheet", "session", "window")
_opened = Memory(8)


def keep_data(
    who: Identity,
    name: str,
    digest: str,
    file: str,
    *,
    roles: Mapping[str, Any] | None = None,
    source: Mapping[str, Any] | None = None,
    note: str = "",
    by: Doer,
) -> tuple[KeptData, DataVersion]:
    """Keep a file as data under a name; it is read first, and refused where it cannot be.

    Parameters
    ----------
    who : Identity
    name : str
    digest : str
        Of the artifact that holds the file.
    file : str
        Its name: the ending says what it is.
    roles : mapping, optional
        As for ``wb.load``: time, label, entity, features, exclude, kind; sheet, session and window
        for the files that know them.
    source : mapping, optional
        Where it came from.
    note : str
    by : Doer

    Raises
    ------
    NotAllowed
        Their role does not keep data.
    DataError
        It cannot be read as what it claims to be, or nothing is in it.
    """
    with claimed(digest):
        allow(who, "datasets:write")
        now, plain = datetime.now(UTC), check_name(name)
        data = KeptData(new_id(), who.user.id, plain, check_note(note), now, 1)
        version = _version(who, data.id, 1, digest, file, roles or {}, source or {"kind": "upload"})
        with writing() as connection:
            store.add(connection, data, version)
            told = _told(data, version)
            append(connection, by.did("dataset.create", reference(data), after=told))
            artifact(digest)  # another process may have refused and removed the same content
    return data, version


def add_version(
    who: Identity,
    dataset: str,
    digest: str,
    file: str,
    *,
    roles: Mapping[str, Any] | None = None,
    source: Mapping[str, Any] | None = None,
    by: Doer,
) -> tuple[KeptData, DataVersion]:
    """Keep a newer state of data; without roles those of the version before hold."""
    with claimed(digest):
        return _add_version(who, dataset, digest, file, roles, source or {"kind": "upload"}, by)


def _add_version(
    who: Identity,
    dataset: str,
    digest: str,
    file: str,
    roles: Mapping[str, Any] | None,
    source: Mapping[str, Any],
    by: Doer,
) -> tuple[KeptData, DataVersion]:
    with reading() as connection:
        data = known(connection, who, KeptData, dataset, "datasets:write")
        before = store.find_version(connection, DataVersion, dataset, data.latest)
    given = before.roles if roles is None else roles
    version = _version(who, dataset, 1, digest, file, given, source)
    try:
        with writing() as connection:
            data = known(connection, who, KeptData, dataset, "datasets:write")
            data = replace(data, latest=data.latest + 1)
            version = replace(version, number=data.latest)
            store.add(connection, version)
            store.change(connection, KeptData, dataset, latest=data.latest)
            told = _told(data, version)
            append(connection, by.did("dataset.version", reference(data), after=told))
            artifact(digest)  # see keep_data
    except IntegrityError as error:
        raise ParameterError("Another version was added at the same time. Try again.") from error
    return data, version


def _version(
    who: Identity,
    dataset: str,
    number: int,
    digest: str,
    file: str,
    roles: Mapping[str, Any],
    source: Mapping[str, Any],
) -> DataVersion:
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise ParameterError(f"There is no role {unknown[0]!r}. Known: {', '.join(ROLES)}.")
    given = {name: value for name, value in roles.items() if value not in (None, "", [])}
    loaded = _load(digest, file, given)
    facts = {
        "rows": len(loaded),
        "columns": [str(column) for column in loaded.frame.columns],
        "bytes": artifact(digest).stat().st_size,
        "kind": loaded.kind,
        "features": list(loaded.features),
        "roles": {role: getattr(loaded, role) for role in ("time", "label", "entity")},
        "fingerprint": loaded.fingerprint,
        "notices": list(loaded.notices),
    }
    now = datetime.now(UTC)
    return DataVersion(dataset, number, digest, file, dict(source), given, facts, who.user.id, now)


def _load(digest: str, file: str, roles: Mapping[str, Any]) -> Dataset:
    key = (digest, file, repr(sorted(roles.items())))
    loaded: Dataset = _opened.get(key, lambda: _read(digest, file, roles))
    return loaded


def _read(digest: str, file: str, roles: Mapping[str, Any]) -> Dataset:
    """Read an artifact under the name that it came with: its ending says what it is."""
    from workbench.workflow.dataset import load

    kept = artifact(digest)
    folder = settings().home / "artifacts" / "reading" / secrets.token_hex(8)
    try:
        folder.mkdir(parents=True, mode=0o700)
        os.link(kept, folder / file)
    except OSError:  # the disk is full, or knows no links: reading goes on, from elsewhere
        shutil.rmtree(folder, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="workbench-reading-"))
        (folder / file).symlink_to(kept)
    try:
        return load(folder / file, **dict(roles))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(data: KeptData, version: DataVersion) -> dict[str, Any]:
    return {
        "name": data.name,
        "version": version.number,
        "file": version.file,
        "sha256": version.artifact,
        "rows": version.facts["rows"],
    }


def list_data(who: Identity, **asked: Any) -> Page[KeptData]:
    """Return a part of the data that somebody may see; see ``_access.pages`` for what to ask."""
    with reading() as connection:
        return pages(connection, who, KeptData, **asked)


def find_data(who: Identity, dataset: str) -> KeptData:
    """Return data by id; NotFound where there is none that they may see."""
    with reading() as connection:
        found: KeptData = known(connection, who, KeptData, dataset)
        return found


def data_versions(who: Identity, dataset: str) -> list[DataVersion]:
    """Return all versions, the newest first."""
    with reading() as connection:
        known(connection, who, KeptData, dataset)
        return store.versions_of(connection, DataVersion, dataset)


def find_data_version(who: Identity, dataset: str, number: int | None = None) -> DataVersion:
    """Return a version, by default the newest."""
    with reading() as connection:
        data = known(connection, who, KeptData, dataset)
        wanted = data.latest if number is None else number
        found: DataVersion | None = store.find_version(connection, DataVersion, dataset, wanted)
    if found is None:
        raise NotFound(f"'{data.name}' has no version {wanted}: it has 1 to {data.latest}.")
    return found


def open_data(
    who: Identity,
    dataset: str,
    number: int | None = None,
    *,
    roles: Mapping[str, Any] | None = None,
) -> Dataset:
    """Return kept data as ``wb.load`` gives them.

    Parameters
    ----------
    who : Identity
    dataset : str
    number : int, optional
        Of the version; the newest by default.
    roles : mapping, optional
        In place of those that were kept; how the file is read stays as it is.

    Raises
    ------
    NotFound
        There are none that they may see.
    """
    version = find_data_version(who, dataset, number)
    told = version.roles
    if roles:
        told = {name: value for name, value in told.items() if name in READING} | dict(roles)
    loaded = _load(version.artifact, version.file, told)
    with reading() as connection:
        data = known(connection, who, KeptData, dataset)
    return replace(loaded, name=data.name, kept=(dataset, version.number))


def change_data(
    who: Identity, dataset: str, *, name: str | None = None, note: str | None = None, by: Doer
) -> KeptData:
    """Give data another name or note."""
    with writing() as connection:
        data: KeptData = known(connection, who, KeptData, dataset, "datasets:write")
        new = replace(
            data,
            name=data.name if name is None else check_name(name),
            note=data.note if note is None else check_note(note),
        )
        store.change(connection, KeptData, dataset, name=new.name, note=new.note)
        before = {"name": data.name, "note": data.note}
        after = {"name": new.name, "note": new.note}
        append(connection, by.did("dataset.change", reference(data), before, after))
    return new


def remove_data(who: Identity, dataset: str, *, by: Doer) -> None:
    """Remove data with all versions; results that were made from them stay readable as numbers."""
    with writing() as connection:
        data = known(connection, who, KeptData, dataset, "datasets:write")
        store.drop(connection, KeptData, dataset)
        append(connection, by.did("dataset.remove", reference(data), {"name": data.name}))
