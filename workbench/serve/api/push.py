"""Notifications in browsers: one's own devices, and when one is left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Response
from pydantic import Field

from workbench.core.push import QuietHours
from workbench.registry import devices as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer, Asked, Id, Line
from workbench.serve.rules import SIGNED_IN

__all__ = ["api"]

api = Nouns("push", "Notifications in one's own browsers (web push).")
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["22:00"])]


class Key(Answer):
    """What browsers subscribe with."""

    key: str = Field(description="Point of P-256 in base64url (RFC 8292).")


class Device(Answer):
    """A browser that shows notifications; where it is reached is not told."""

    id: str
    name: str
    service: str = Field(description="Host of its push service.")
    created: datetime
    reached: datetime | None = Field(description="When it was last reached.")
    error: str = Field(description="Why the last message was not taken; empty where it was.")


class Subscription(Asked):
    """What a browser hands in, as PushSubscription.toJSON() has it."""

    endpoint: Annotated[str, Field(min_length=1, max_length=2000)]
    p256dh: Annotated[str, Field(min_length=1, max_length=200)]
    auth: Annotated[str, Field(min_length=1, max_length=100)]


class New(Subscription):
    """A browser to be added."""

    name: Annotated[str, Field(max_length=120, examples=["Chrome on Android"])] = ""


class Tried(Answer):
    """What became of a test."""

    sent: bool
    error: str
    seconds: float


class Quiet(Answer):
    """When one wants no notifications."""

    zone: str
    start: str
    until: str
    breaks: str = Field(description="This band and those above it come all the same.")


class Wanted(Asked):
    """When one wants no notifications."""

    zone: Annotated[Line, Field(min_length=1, max_length=64, examples=["Europe/Berlin"])]
    start: Clock
    until: Clock
    breaks: Literal["critical", "high", "medium", "low", "nothing"] = "critical"


@api.operation("GET", "/push/key", SIGNED_IN, summary="Read the key that browsers subscribe with")
def read_push_key(who: Who) -> Key:
    """Read this server's public key; it is made at first need."""
    return Key(key=kept.server_key())


@api.operation("GET", "/push/devices", SIGNED_IN, summary="List one's devices")
def list_devices(who: Who) -> list[Device]:
    """List the browsers in which one is told, the latest first."""
    return [Device.model_validate(one) for one in kept.list_devices(who)]


@api.operation("POST", "/push/devices", SIGNED_IN, status=201, summary="Add a device")
def add_device(asked: New, response: Response, who: Who, by: By) -> Device:
    """Add the browser that one is signed in with."""
    device = kept.add_device(
        who, asked.endpoint, asked.p256dh, asked.auth, " ".join(asked.name.split()), by=by
    )
    response.headers["location"] = f"/api/v1/push/devices/{device.id}"
    return Device.model_validate(device)


@api.operation("PUT", "/push/devices/{device}", SIGNED_IN, summary="Renew a device")
def renew_device(device: Id, asked: Subscription, who: Who, by: By) -> Device:
    """Say that a browser is there still; one that was removed does not come back by this."""
    renewed = kept.renew_device(who, device, asked.endpoint, asked.p256dh, asked.auth, by=by)
    return Device.model_validate(renewed)


@api.operation("DELETE", "/push/devices/{device}", SIGNED_IN, status=204, summary="Remove a device")
def remove_device(device: Id, who: Who, by: By) -> None:
    """Let a browser show nothing any more."""
    kept.remove_device(who, device, by=by)


@api.operation("POST", "/push/devices/{device}/test", SIGNED_IN, summary="Send a test to a device")
def try_device(device: Id, who: Who, by: By) -> Tried:
    """Send a test, and say whether its push service took it."""
    return Tried.model_validate(kept.try_device(who, device, by=by))


@api.operation("GET", "/push/quiet-hours", SIGNED_IN, summary="Read one's quiet hours")
def read_quiet_hours(who: Who) -> Quiet | None:
    """Read when one wants no notifications; null where that is never."""
    found = kept.find_quiet_hours(who)
    return None if found is None else Quiet.model_validate(found)


@api.operation("PUT", "/push/quiet-hours", SIGNED_IN, summary="Set one's quiet hours")
def set_quiet_hours(asked: Wanted, who: Who, by: By) -> Quiet:
    """Say when one wants no notifications, and what comes all the same."""
    hours = QuietHours(asked.zone, asked.start, asked.until, asked.breaks)
    kept.keep_quiet_hours(who, hours, by=by)
    return Quiet.model_validate(hours)


@api.operation("DELETE", "/push/quiet-hours", SIGNED_IN, status=204, summary="End quiet hours")
def end_quiet_hours(who: Who, by: By) -> None:
    """Let notifications come whenever there are some."""
    kept.keep_quiet_hours(who, None, by=by)
