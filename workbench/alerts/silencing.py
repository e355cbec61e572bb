"""When nobody shall be told: mutes, maintenance that comes again, days of a calendar."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from workbench.core.channel import EFFECTS, Silence
from workbench.core.errors import ParameterError, suggest
from workbench.core.extras import require
from workbench.core.firing import KINDS, Firing
from workbench.jobs.schedule import coming_times

__all__ = ["MATCHED", "check_silence", "covers", "silence_of"]

#: What a silence can be about; entity and rule may hold "*", "?" and "[…]".
MATCHED = ("monitor", "kind", "entity", "rule")
MOST_SECONDS = 31 * 24 * 3600
MOST_DATES = 1000


def check_silence(silence: Silence) -> None:
    """Refuse a silence that cannot be.

    Raises
    ------
    ParameterError
        It has no reason, no end, no time at all, or times that cannot be.
    """
    if silence.effect not in EFFECTS:
        raise ParameterError(
            f"effect is {' or '.join(EFFECTS)}, found {silence.effect[:40]!r}."
            f"{suggest(silence.effect, EFFECTS)}"
        )
    for name, value in silence.match.items():
        if name not in MATCHED:
            raise ParameterError(
                f"A silence cannot match '{name[:40]}'.{suggest(name, MATCHED)} "
                f"It matches: {', '.join(MATCHED)}."
            )
        if name == "kind" and value not in KINDS:
            raise ParameterError(f"There is no kind '{value[:40]}'.{suggest(value, KINDS)}")
    if not silence.reason.strip():
        raise ParameterError("Say why: a silence without a reason is never lifted.")
    _check_times(silence)


def _check_times(silence: Silence) -> None:
    comes = [bool(silence.cron), bool(silence.dates), bool(silence.country)]
    if sum(comes) > 1:
        raise ParameterError("Say cron, dates or country: make a silence for each.")
    if not any(comes) and silence.until is None:
        raise ParameterError("Say until when: what is muted without end is forgotten.")
    if silence.start and silence.until and silence.until <= silence.start:
        raise ParameterError("'until' must come after 'start'.")
    if silence.cron and not 60 <= silence.seconds <= MOST_SECONDS:
        raise ParameterError(f"seconds is 60 to {MOST_SECONDS:,} with cron: how long it lasts.")
    coming_times(silence.cron or "0 0 * * *", None, silence.zone, count=1)  # refuses what is none
    if len(silence.dates) > MOST_DATES:
        raise ParameterError(f"At most {MOST_DATES:,} dates, found {len(silence.dates):,}.")
    for one in silence.dates:
        try:
            date.fromisoformat(one)
        except ValueError:
            raise ParameterError(f"Dates are written 2026-12-24, found {one[:40]!r}.") from None
    if silence.country:
        _holidays(silence.country)


def covers(silence: Silence, at: datetime) -> bool:
    """Return whether a silence is in force at a moment.

    Examples
    --------
    >>> eve = Silence("s", {}, "expected", "shut", None, None, "", 0, ["2026-12-24"], "",
    ...               "Europe/Berlin", "u", datetime(2026, 1, 1, tzinfo=UTC))
    >>> covers(eve, datetime(2026, 12, 23, 23, 30, tzinfo=UTC))
    True
    """
    if (silence.start and at < silence.start) or (silence.until and at >= silence.until):
        return False
    if silence.cron:
        begun = _begun(silence.cron, silence.zone, at)
        return begun is not None and at < begun + timedelta(seconds=silence.seconds)
    day = at.astimezone(ZoneInfo(silence.zone)).date()
    if silence.dates:
        return day.isoformat() in silence.dates
    if silence.country:
        return day in _holidays(silence.country)
    return True


@lru_cache(maxsize=4096)
def _begun(cron: str, zone: str, at: datetime) -> datetime | None:
    """Return when a time of cron last came, at or before a moment."""
    library: Any = require("cronsim", extra="server", why="to know when a maintenance begins")
    here = (at + timedelta(minutes=1)).replace(second=0, microsecond=0)
    times = library.CronSim(cron, here.astimezone(ZoneInfo(zone)), reverse=True)
    found = next((one for one in times if one <= at), None)
    return None if found is None else found.astimezone(UTC)


@lru_cache(maxsize=64)
def _holidays(country: str) -> Any:
    library: Any = require("holidays", extra="alerts", why="to know the holidays of a country")
    land, _, part = country.partition("-")
    known = library.list_supported_countries(include_aliases=True)
    if land not in known:
        raise ParameterError(
            f"No holidays are known of '{country[:20]}'.{suggest(land, known)} Countries have "
            "two letters (ISO 3166): 'DE', or 'DE-BY' for a part."
        )
    if part and part not in known[land]:
        raise ParameterError(
            f"'{land}' has no part '{part[:20]}'.{suggest(part, known[land])} "
            f"Known: {', '.join(known[land]) or 'none'}."
        )
    return library.country_holidays(land, subdiv=part or None)


def silence_of(
    silences: Iterable[Silence], firing: Firing, now: datetime, known: Mapping[str, bool]
) -> Silence | None:
    """Return the silence that keeps a firing quiet, if any.

    It must be in force when the firing began, or now: what happened during maintenance and
    comes late is silent, and so is what comes while somebody has muted it. One that says
    "expected" goes before one that only suppresses.

    Parameters
    ----------
    silences : iterable of Silence
    firing : Firing
    now : datetime.datetime
    known : mapping of str to bool
        Whether each silence is in force now, by id.
    """
    found = [
        one
        for one in silences
        if _fits(one.match, firing) and (known[one.id] or covers(one, firing.start))
    ]
    return min(found, key=lambda one: (one.effect != "expected", one.created), default=None)


def _fits(match: Mapping[str, str], firing: Firing) -> bool:
    for name, wanted in match.items():
        value = str(getattr(firing, name))
        if name in ("entity", "rule"):
            if not fnmatch.fnmatchcase(value, wanted):
                return False
        elif value != wanted:
            return False
    return True
