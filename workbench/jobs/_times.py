"""When a schedule comes next: by the fields of cron in a time zone, or every so many seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from workbench.core.errors import ParameterError, suggest
from workbench.core.extras import require

__all__ = ["check_times", "next_time"]

#: Seconds between two times: more often is a monitor's work. At most a year.
LEAST, MOST = 60, 366 * 24 * 3600
MOST_CRON, MOST_ZONE = 200, 64


def check_times(cron: str, every: int | None, zone: str) -> None:
    """Refuse times that cannot be.

    Raises
    ------
    ParameterError
        Neither or both of ``cron`` and ``every``, fields that cron does not understand or that
        never come, or a zone that is none.
    """
    if bool(cron.strip()) == (every is not None):
        raise ParameterError("Say either cron='0 7 * * MON-FRI' or every=3600 (seconds).")
    if every is not None and not LEAST <= every <= MOST:
        raise ParameterError(f"every is {LEAST} to {MOST:,} seconds, found {every:,}.")
    _zone(zone)
    now = datetime.now(UTC)
    if next_time(cron, every, zone, now, now) is None:
        raise ParameterError(f"The time '{cron}' never comes: is there such a day in that month?")


def next_time(
    cron: str, every: int | None, zone: str, begin: datetime, now: datetime
) -> datetime | None:
    """Return the first time after now, in UTC; None where there is none.

    Where clocks are put forward, a time of day that is skipped comes right after the gap; where
    they are put back, a time of day that is there twice comes once. What comes every hour or
    more often ("*/15 * * * *") goes by the real minutes that pass. So Debian's cron does it.

    Parameters
    ----------
    cron, every, zone
        As :func:`check_times` takes them.
    begin : datetime.datetime
        What ``every`` counts from.
    now : datetime.datetime
    """
    if every is not None:
        passed = (now - begin) // timedelta(seconds=every)
        return begin + timedelta(seconds=every) * (passed + 1)
    library: Any = require("cronsim", extra="server", why="to know when a schedule comes")
    if len(cron) > MOST_CRON or len(cron.split()) != 5:
        raise ParameterError(
            f"cron has five fields: minute, hour, day, month, weekday; found '{cron[:60]}'."
        )
    try:
        times = library.CronSim(cron, now.astimezone(_zone(zone)))
        coming = next(times, None)
    except library.CronSimError as error:
        raise ParameterError(
            f"cron '{cron}' is not understood ({error}). Its fields are minute, hour, day, month, "
            "weekday: '0 7 * * MON-FRI' is seven in the morning on working days."
        ) from error
    return None if coming is None else coming.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        if len(name) <= MOST_ZONE:
            return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        pass
    near = suggest(name[:MOST_ZONE], available_timezones())
    raise ParameterError(
        f"There is no time zone '{name[:MOST_ZONE]}'.{near} They are named like 'Europe/Berlin'."
    )
