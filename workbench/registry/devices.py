"""Browsers in which somebody is told of incidents, and when they are left alone: each one's own."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from workbench.alerts.push import (
    Notice,
    check_subscription,
    digest_of,
    note_outcomes,
    own_key,
    seal_subscription,
    send_all,
)
from workbench.core.errors import NotAllowed, NotFound, NotSignedIn, ParameterError
from workbench.core.push import PushDevice, QuietHours
from workbench.registry._access import check_name, new_id
from workbench.registry.channels import Tried
from workbench.store import credentials
from workbench.store import push as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team.access import Identity
from workbench.team.doer import Doer

__all__ = [
    "add_device", "find_quiet_hours", "keep_quiet_hours", "list_devices", "remove_device",
    "renew_device", "server_key", "try_device",
]  # fmt: skip

#: Browsers that one person may have.
MOST = 20
#: Seconds that the push service keeps a test for a device that is away.
TEST_SECONDS = 300


def server_key() -> str:
    """Return the public key that browsers subscribe with: a point of P-256 in base64url."""
    return own_key().public


def add_device(
    who: Identity, endpoint: str, p256dh: str, auth: str, name: str = "", *, by: Doer
) -> PushDevice:
    """Let a person be told in the browser that they are signed in with.

    Parameters
    ----------
    who : Identity
        By a session: keys for programs have no browser.
    endpoint, p256dh, auth : str
        What the browser handed in, see :func:`workbench.alerts.push.check_subscription`. They are
        encrypted where they are kept, and never shown.
    name : str
        What it is called in the list.
    by : Doer

    Raises
    ------
    NotAllowed
        Who asks is no browser, or the push service lies in a network that is closed.
    ParameterError, UnreadableFile
        What was handed in cannot be, they have twenty already, or the host of the push service is
        not known.
    """
    session = _session(who)
    subscription = check_subscription(endpoint, p256dh, auth)
    key, now, id_ = own_key(), datetime.now(UTC), new_id()
    device = PushDevice(
        id_, digest_of(endpoint), who.user.id, session, check_name(name or "A browser"),
        str(urlsplit(endpoint).hostname), key.id, seal_subscription(subscription, id_), now,
    )  # fmt: skip
    with writing() as connection:
        _check_session(connection, who, session)
        others = [
            one
            for one in store.devices_of(connection, [who.user.id])
            if one.digest != device.digest
        ]
        if len(others) >= MOST:
            raise ParameterError(f"You are told in {MOST} browsers already: turn one off first.")
        store.add_device(connection, device)
        append(connection, by.did("push.add", f"device:{device.id}", after=_told(device)))
    return device


def renew_device(
    who: Identity, device: str, endpoint: str, p256dh: str, auth: str, *, by: Doer
) -> PushDevice:
    """Say that a browser is there still, and where it is reached now.

    It belongs to the session that says so from then on, and goes with it. One that was turned off
    elsewhere does not come back by this.

    Raises
    ------
    NotFound
        They have no such device.
    NotAllowed, ParameterError, UnreadableFile
        As :func:`add_device`.
    """
    session = _session(who)
    with reading() as connection:
        was = _known(connection, who, device)
    digest = digest_of(endpoint)
    if (was.session, was.digest) == (session, digest):
        return was
    now = replace(was, session=session)
    if digest != was.digest:
        subscription = check_subscription(endpoint, p256dh, auth)
        now = replace(
            now, digest=digest, service=str(urlsplit(endpoint).hostname), key=own_key().id,
            secret=seal_subscription(subscription, was.id), error="",
        )  # fmt: skip
    with writing() as connection:
        _check_session(connection, who, session)
        _known(connection, who, device)
        store.drop_device(connection, device)
        store.add_device(connection, now)
        append(connection, by.did("push.renew", f"device:{device}", _told(was), _told(now)))
    return now


def list_devices(who: Identity) -> list[PushDevice]:
    """Return one's own devices, the latest first."""
    with reading() as connection:
        return store.devices_of(connection, [who.user.id])


def remove_device(who: Identity, device: str, *, by: Doer) -> None:
    """Let a device show nothing any more.

    Raises
    ------
    NotFound
        They have no such device.
    """
    with writing() as connection:
        was = _known(connection, who, device)
        store.drop_device(connection, device)
        append(connection, by.did("push.remove", f"device:{device}", before=_told(was)))


def try_device(who: Identity, device: str, *, by: Doer) -> Tried:
    """Send a test to one of one's own devices now; quiet hours do not hold it."""
    with reading() as connection:
        known = _known(connection, who, device)
    told = {
        "title": "Notifications work here", "body": "This is a test: nothing is odd.",
        "tag": "test", "again": True, "band": "low", "at": round(time.time() * 1000),
        "actions": [], "page": "/settings", "incident": "",
    }  # fmt: skip
    notice = Notice(json.dumps(told).encode("utf-8"), "test", "high", TEST_SECONDS)
    begun = time.perf_counter()
    ((_, error),) = outcome = send_all([(known, notice)])
    note_outcomes(outcome, "test")
    tried = Tried(error is None, str(error or ""), round(time.perf_counter() - begun, 3))
    with writing() as connection:
        append(connection, by.did("push.test", f"device:{device}", after={"sent": tried.sent}))
    return tried


def find_quiet_hours(who: Identity) -> QuietHours | None:
    """Return one's own quiet hours; None where there are none."""
    with reading() as connection:
        return store.quiet_hours(connection, who.user.id)


def keep_quiet_hours(who: Identity, hours: QuietHours | None, *, by: Doer) -> None:
    """Say when one wants no notifications; None: whenever they come."""
    with writing() as connection:
        was = store.quiet_hours(connection, who.user.id)
        store.keep_quiet_hours(connection, who.user.id, hours)
        before, after = (vars(one) if one else {} for one in (was, hours))
        append(connection, by.did("push.quiet", f"user:{who.user.id}", before, after))


def _session(who: Identity) -> str:
    kind, _, session = who.via.partition(":")
    if kind != "session":
        raise NotAllowed("Only a browser that is signed in shows notifications: add it there.")
    return session


def _check_session(connection: Connection, who: Identity, session: str) -> None:
    """Refuse a session that ended since it was shown: nothing would take its device away."""
    if session not in {one.id for one in credentials.sessions_of(connection, who.user.id)}:
        raise NotSignedIn("You are not signed in any more. Sign in again.")


def _known(connection: Connection, who: Identity, device: str) -> PushDevice:
    found = store.find_device(connection, id=device)
    if found is None or found.user != who.user.id:
        raise NotFound(f"You have no device '{device[:40]}'.")
    return found


def _told(device: PushDevice) -> dict[str, str]:
    """Return what the audit keeps of a device: not where it is reached."""
    return {"name": device.name, "service": device.service}
