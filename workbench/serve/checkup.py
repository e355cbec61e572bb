"""What ``workbench doctor`` looks at where a team's server is, or is to be: nothing is changed."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from workbench.core.errors import WorkbenchError
from workbench.core.settings import settings
from workbench.store.database import as_it_is, clock, is_there, reading
from workbench.store.migrations import standing

__all__ = ["Check", "server_checks"]

#: What was looked at, whether it is fine, and what was found.
Check = tuple[str, bool, str]
#: Seconds that clocks may differ, that a job may wait, and after which a runner is taken for dead.
MOST_SKEW, MOST_WAIT, SILENT = 5.0, 900.0, 60.0
#: Bytes that must be free: an upload, and what is made of it.
LEAST_FREE = 1024**3
LATEST_AUDIT = 1000


def server_checks() -> list[Check]:
    """Return what was found, check by check; empty where there is no server's database."""
    if not is_there():
        return []
    checks = [_room(), *_key(), *_provider(), *_collector()]
    try:
        with as_it_is() as connection:
            usable = list(_database(connection))
    except WorkbenchError as error:
        return [("server: database", False, str(error)), *checks]
    checks = [*usable, *checks]
    if all(ok for name, ok, _ in usable if name in ("server: database", "server: migrations")):
        checks += [_tried(name, look) for name, look in _WITHIN.items()]
    return checks


def _tried(name: str, look: Callable[[], tuple[bool, str]]) -> Check:
    try:
        return (f"server: {name}", *look())
    except WorkbenchError as error:
        return f"server: {name}", False, str(error)


# ---- the database -------------------------------------------------------------------------------


def _database(connection: Connection) -> Iterator[Check]:
    dialect = connection.dialect
    version = ".".join(str(part) for part in (dialect.server_version_info or ()))
    yield "server: database", True, f"{dialect.name} {version} answers"
    here, latest, known = standing(connection)
    if not known:
        told = f"step {here} is of a later version of the workbench: install that one"
    elif here != latest:
        told = (
            f"at step {here or 'none'} of {latest}: the server brings it up when it starts. Make a "
            "backup first"
        )
    else:
        told = f"at step {here}, the latest"
    yield "server: migrations", here == latest, told
    yield _clocks(connection)
    if dialect.name == "postgresql":
        yield _dumper(int((dialect.server_version_info or (0,))[0]))


def _clocks(connection: Connection) -> Check:
    before = datetime.now(UTC)
    there = clock(connection)
    after = datetime.now(UTC)
    # Whatever lies between asking and hearing may be the way there.
    skew = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    told = f"differs by {skew:,.1f} s from this machine's" if skew > 1 else "as this machine's"
    if skew > MOST_SKEW:
        told += ": set one of them right (NTP), or sessions end too early and jobs look dead"
    return "server: clock of the database", skew <= MOST_SKEW, told


def _dumper(server: int) -> Check:
    name, found = "server: pg_dump", shutil.which("pg_dump")
    if found is None:
        return name, False, "not found: install PostgreSQL's client, 'workbench backup' needs it"
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    told = done.stdout.strip()
    major = next((part for part in told.split() if part[:1].isdigit()), "0").partition(".")[0]
    if int("".join(sign for sign in major if sign.isdigit()) or 0) < server:
        return name, False, f"{told} is older than the server ({server}), and refuses to work"
    return name, True, told


# ---- the machine --------------------------------------------------------------------------------


def _room() -> Check:
    free, least = _free(), max(LEAST_FREE, settings().upload_limit)
    told = f"{free / 1e9:,.1f} GB free"
    if free < least:
        told += f", less than {least / 1e9:,.1f} GB: make room, or uploads and jobs fail"
    return "server: room in the data folder", free >= least, told


def _free() -> int:
    home = settings().home
    place = next(one for one in (home, *home.parents) if one.exists())
    return shutil.disk_usage(place).free


def _key() -> list[Check]:
    from workbench.team.secret import FILE, signing_key

    path = settings().home / FILE
    if settings().secret is None and not path.exists():
        return [("server: secret", True, "none yet: the server makes one when it starts")]
    name, ok, told = _tried("secret", lambda: (bool(signing_key()), ""))
    where = "set by WORKBENCH_SECRET" if settings().secret else f"kept in {FILE}"
    checks = [(name, ok, told or f"strong, {where}")]
    if settings().secret is None and os.name == "posix":
        mode = path.stat().st_mode & 0o777
        told = f"only its owner can read {FILE} ({mode:o})"
        if mode & 0o077:
            told = f"others can read {FILE} ({mode:o}): chmod 600 {path}"
        checks.append(("server: key file", not mode & 0o077, told))
    return checks


def _provider() -> list[Check]:
    from workbench.team.provider import has_provider, provider

    if not has_provider():
        return []
    begun = time.monotonic()

    def look() -> tuple[bool, str]:
        count = provider().count_keys()
        took = time.monotonic() - begun
        return True, f"{settings().oidc_issuer} answers in {took:.1f} s, with {count} keys"

    return [_tried("provider of sign-in", look)]


def _collector() -> list[Check]:
    where = settings().telemetry_endpoint
    if where is None:
        return []
    name = "server: telemetry"
    try:
        importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        return [(name, False, "needs the extra: pip install 'anomaly-workbench[telemetry]'")]
    return [(name, True, f"spans go to {where}")]


# ---- what is kept -------------------------------------------------------------------------------


def _accounts() -> tuple[bool, str]:
    from workbench.team.accounts import list_accounts
    from workbench.team.first import first_link

    count = sum(one.active for one in list_accounts())
    if not count:
        return True, "nobody yet: 'workbench serve' shows the link to the first account"
    if first_link():
        return False, f"{count} active, but no administrator can sign in: workbench users create"
    return True, f"{count} active"


def _audit() -> tuple[bool, str]:
    from workbench.team.auditing import verify_latest

    found = verify_latest(LATEST_AUDIT)
    if found.whole:
        return True, f"the latest {found.count:,} entries are as they were written"
    return False, f"broken: {found.reason}. 'workbench audit verify' looks at all of it"


def _queue() -> tuple[bool, str]:
    found = _backlog()
    told = f"{found.waiting:,} jobs wait, {found.running:,} run"
    if found.waiting:
        told += f"; the oldest has waited for {found.oldest / 60:,.0f} min"
    late = found.oldest > MOST_WAIT
    if late:
        told += ": start a server, or set WORKBENCH_JOB_WORKERS higher"
    return not late, told


def _runners() -> tuple[bool, str]:
    found = _backlog()
    if not found.silent:
        return True, "each job that runs has given a sign of life"
    return False, (
        f"{found.silent:,} of {found.running:,} jobs that run have given no sign of life for "
        f"{SILENT:g} s: no server works on them now. One that runs begins them anew"
    )


def _outbox() -> tuple[bool, str]:
    from workbench.store.channels import channels_page, count_outbox, count_waiting

    with reading() as connection:
        counts, waiting = count_outbox(connection), count_waiting(connection)
        names = {one.id: one.name for one in channels_page(connection, limit=200).items}
    dead = {one: states["dead"] for one, states in counts.items() if "dead" in states}
    told = f"{waiting:,} messages wait"
    if not dead:
        return True, f"{told}, none was given up"
    which = ", ".join(f"{names.get(one, one)} {count:,}" for one, count in sorted(dead.items()))
    return False, (
        f"{told}, {sum(dead.values()):,} were given up ({which}): mend the channel, then send them "
        "again (POST /api/v1/outbox/ID/send, or team.send_again)"
    )


def _channels() -> tuple[bool, str]:
    from workbench.store.channels import channels_page, channels_that_failed

    with reading() as connection:
        count = channels_page(connection, limit=1).total
        failed = channels_that_failed(connection)
    if not failed:
        return True, f"{count:,} channels, each took its last message"
    told = "; ".join(f"{one.name} ({one.kind}): {one.error}" for one in failed[:5])
    more = f", and {len(failed) - 5:,} more" if len(failed) > 5 else ""
    return False, f"{len(failed):,} of {count:,} failed last: {told}{more}. workbench channels test"


def _backlog() -> Any:
    from workbench.store.jobs import backlog

    with reading() as connection:
        return backlog(connection, timedelta(seconds=SILENT))


_WITHIN: dict[str, Callable[[], tuple[bool, str]]] = {
    "accounts": _accounts,
    "audit": _audit,
    "queue": _queue,
    "runners": _runners,
    "outbox": _outbox,
    "channels": _channels,
}
