"""Browsers that show notifications to a person, and the hours in which they shall be left alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from workbench.core.anomaly import BANDS, band
from workbench.core.errors import ParameterError, suggest

__all__ = ["BREAKS", "PushDevice", "PushKey", "QuietHours"]

#: From which band on somebody is told in quiet hours all the same; "nothing" lets nothing through.
BREAKS = (*(word for _, word in BANDS if word != "normal"), "nothing")


@dataclass(frozen=True)
class PushKey:
    """A pair of keys by which push services know this server (RFC 8292).

    Attributes
    ----------
    id : str
    public : str
        Uncompressed point of P-256 in base64url: what browsers subscribe with.
    secret : str
        The private one, encrypted.
    created : datetime.datetime
    """

    id: str
    public: str
    secret: str = field(repr=False)
    created: datetime


@dataclass(frozen=True)
class PushDevice:
    """A browser that one person said yes in.

    Attributes
    ----------
    id : str
    digest : str
        SHA-256 of the address: the same browser is found again by it.
    user, session : str
        Whose it is, and the session in which it was last heard of: it goes with that session.
    name : str
        "Chrome on Android", as the browser calls itself.
    service : str
        Host of its push service.
    key : str
        Id of the :class:`PushKey` that it subscribed with.
    secret : str
        Address and keys, encrypted: who knows the address may send to it.
    created : datetime.datetime
    reached : datetime.datetime or None
        When a message last got to its push service.
    error : str
        Why the last one did not; "" where it did.
    took : list of str
        Ids of the last messages that it took: one that is tried again for others skips it.
    """

    id: str
    digest: str = field(repr=False)
    user: str
    session: str
    name: str
    service: str
    key: str
    secret: str = field(repr=False)
    created: datetime
    reached: datetime | None = None
    error: str = ""
    took: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class QuietHours:
    """When a person wants no notifications, and how bad it must be to come all the same.

    Attributes
    ----------
    zone : str
        IANA name: "Europe/Berlin".
    start, until : str
        "22:00" and "07:00"; over midnight where the second is the earlier one.
    breaks : str
        One of :data:`BREAKS`: this band and those above it are told all the same.

    Examples
    --------
    >>> from datetime import UTC
    >>> night = QuietHours("Europe/Berlin", "22:00", "07:00", "critical")
    >>> at = datetime(2026, 1, 5, 1, tzinfo=UTC)
    >>> night.holds(at, 60.0), night.holds(at, 80.0), night.holds(at.replace(hour=12), 60.0)
    (True, False, False)
    """

    zone: str
    start: str
    until: str
    breaks: str = "critical"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (LookupError, ValueError, OSError) as error:
            raise ParameterError(
                f"There is no time zone '{self.zone[:40]}': name one such as Europe/Berlin."
            ) from error
        if _minutes("start", self.start) == _minutes("until", self.until):
            raise ParameterError("Quiet hours begin and end at two different times.")
        if self.breaks not in BREAKS:
            raise ParameterError(
                f"What breaks through is {', '.join(BREAKS)}; found {self.breaks[:40]!r}."
                f"{suggest(self.breaks, BREAKS)}"
            )

    def holds(self, at: datetime, severity: float) -> bool:
        """Return whether somebody is left alone with this severity at this time."""
        here = at.astimezone(ZoneInfo(self.zone))
        now = here.hour * 60 + here.minute
        start, until = _minutes("start", self.start), _minutes("until", self.until)
        inside = start <= now < until if start < until else now >= start or now < until
        return inside and not self._breaks(severity)

    def _breaks(self, severity: float) -> bool:
        words = BREAKS[:-1]
        word = band(severity)
        through = words[: words.index(self.breaks) + 1] if self.breaks in words else ()
        return word in through


def _minutes(name: str, clock: str) -> int:
    try:
        found = time.fromisoformat(clock)
        if len(clock) != len("22:00") or found.tzinfo is not None:
            raise ValueError(clock)
    except ValueError:
        raise ParameterError(f"{name} is a time such as 22:00, found {clock[:40]!r}.") from None
    return found.hour * 60 + found.minute
