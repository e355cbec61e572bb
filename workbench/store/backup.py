"""Everything that the server keeps in one file, made while it runs, and brought back from it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from workbench.core.errors import StorageFull, StoreError
from workbench.core.settings import settings
from workbench.store._dumps import check_empty, dump, load
from workbench.store.artifacts import PLACES
from workbench.store.database import database, is_there

__all__ = ["Backup", "back_up", "restore"]

FORMAT = "workbench.backup/1"
#: What a file of a backup may be called.
_DATABASES = ("database.sqlite", "database.dump")
KEY = "secret.key"


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    Attributes
    ----------
    path : pathlib.Path
    files : int
        Artifacts: data, models, reports.
    size : int
        Bytes of the backup.
    """

    path: Path
    files: int
    size: int


def back_up(path: str | Path) -> Backup:
    """Write database, artifacts and the server's own key to a file; the server may go on.

    The database is taken as it is at one moment, the artifacts after it: whatever the database
    refers to is there. Who has the file has all secrets of the server.

    Parameters
    ----------
    path : path
        Ends with ``.tar``; a file that is there is replaced once the new one is whole.

    Raises
    ------
    StoreError
        Nothing was kept yet, the database cannot be read, or the file not be written.
    """
    path = Path(path)
    if path.suffix != ".tar":
        raise StoreError(f"A backup ends with .tar, found '{path.name}'.")
    if not is_there():
        raise StoreError("There is nothing to back up: no database in the data folder.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
            draft = Path(folder) / "backup.tar"
            count = _packed(draft, _dumped(Path(folder)))
            draft.chmod(0o600)
            draft.replace(path)
    except (OSError, sqlite3.Error) as error:
        if StorageFull.of(error):
            raise StorageFull(
                f"There is no room left for '{path.name}': nothing of it was kept. Make room "
                "there, or name another disk."
            ) from error
        if isinstance(error, StoreError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"'{path.name}' cannot be written: {reason}.") from error
    return Backup(path, count, path.stat().st_size)


def _dumped(folder: Path) -> Path:
    """Write the database as it is at one moment to a file."""
    engine = database()
    if engine.dialect.name == "sqlite":
        path = folder / _DATABASES[0]
        with (
            closing(sqlite3.connect(str(engine.url.database))) as here,
            closing(sqlite3.connect(path)) as there,
        ):
            here.backup(there)
        return path
    path = folder / _DATABASES[1]
    dump(path)
    return path


def _packed(draft: Path, database: Path) -> int:
    home, count = settings().home, 0
    with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as file:
        about = {
            "format": FORMAT, "created": datetime.now(UTC).isoformat(), "database": database.name,
            "workbench": metadata.version("anomaly-workbench"),
        }  # fmt: skip
        _add(file, "manifest.json", json.dumps(about).encode())
        file.add(database, database.name, filter=_plain)
        if (home / KEY).is_file():
            file.add(home / KEY, KEY, filter=_plain)
        for place in sorted((home / "artifacts").glob(PLACES)):
            file.add(place, f"artifacts/{place.name}", filter=_plain)
            count += 1
    return count


def _add(file: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    file.addfile(member, io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def restore(path: str | Path) -> Backup:
    """Bring everything back into a data folder (and a database) that holds nothing yet.

    Parameters
    ----------
    path : path
        From :func:`back_up`.

    Raises
    ------
    StoreError
        The file is no backup or is damaged, or something is kept here already: nothing is changed.
    """
    path, home = Path(path), settings().home
    if settings().database is not None:
        check_empty()
    elif is_there():
        raise StoreError(
            "The data folder holds a database already. Name an empty one with WORKBENCH_HOME."
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as folder:
            about = _unpacked(path, Path(folder))
            count = _moved(Path(folder), about)
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        if isinstance(error, StoreError):
            raise
        if full := StorageFull.of(error):
            raise full from error
        raise StoreError(f"'{path.name}' is no backup that can be read: {error}.") from error
    return Backup(path, count, path.stat().st_size)


def _unpacked(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup into a folder: only files that it may hold, each as it was."""
    about: dict[str, Any] = {}
    with tarfile.open(path) as file:
        for member in file:
            kind, _, digest = member.name.rpartition("/")
            content = file.extractfile(member)
            if content is None or kind not in ("", "artifacts"):
                raise StoreError(f"'{path.name}' holds something that no backup holds.")
            if not kind and member.name not in ("manifest.json", KEY, *_DATABASES):
                raise StoreError(f"'{path.name}' holds something that no backup holds.")
            target = folder / (digest if kind else member.name)
            with target.open("xb") as out:
                shutil.copyfileobj(content, out)
                out.flush()
                os.fsync(out.fileno())
            if kind and _digest(target) != digest:
                raise StoreError(f"'{path.name}' is damaged: a file in it is not as it was.")
            if member.name == "manifest.json":
                about = json.loads(target.read_text(encoding="utf-8"))
    if about.get("format") != FORMAT or not (folder / str(about.get("database"))).is_file():
        raise StoreError(f"'{path.name}' is no backup of this version.")
    return about


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _moved(folder: Path, about: dict[str, Any]) -> int:
    """Put everything in its place; the database comes last, for it makes the rest count."""
    home, count = settings().home, 0
    into_postgres = settings().database is not None
    if into_postgres != (about["database"] == _DATABASES[1]):
        raise StoreError(
            "The backup is of another kind of database: set WORKBENCH_DATABASE for one of "
            "PostgreSQL, and leave it unset for one of a file."
        )
    key = folder / KEY
    if key.is_file() and (home / KEY).is_file() and key.read_bytes() != (home / KEY).read_bytes():
        raise StoreError(
            "The data folder holds the key of another server. Name an empty one with "
            "WORKBENCH_HOME."
        )
    for item in sorted(folder.iterdir()):
        if item.name in ("manifest.json", KEY, *_DATABASES):
            continue
        place = home / "artifacts" / item.name[:2] / item.name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        item.replace(place)
        count += 1
    if key.is_file():
        key.replace(home / KEY)
    kept = folder / about["database"]
    if into_postgres:
        load(kept)
    else:
        kept.replace(home / "workbench.db")
    return count
