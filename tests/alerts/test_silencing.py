"""Silences hold when they say, in the zone that they mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.alerts.silencing import check_silence, covers
from workbench.core.channel import Silence
from workbench.core.errors import ParameterError

from ._setting import HOUR, MINUTE, NOW


def made(**more: Any) -> Silence:
    usual: dict[str, Any] = {
        "id": "c" * 32, "match": {}, "effect": "suppress", "reason": "maintenance", "start": None,
        "until": None, "cron": "", "seconds": 0, "dates": [], "country": "", "zone": "UTC",
        "author": "u", "created": NOW,
    }  # fmt: skip
    return Silence(**{**usual, **more})


def test_a_mute_holds_between_its_times() -> None:
    mute = made(start=NOW, until=NOW + HOUR)
    check_silence(mute)
    held = [covers(mute, NOW + minutes * MINUTE) for minutes in (-1, 0, 59, 60)]
    assert held == [False, True, True, False]


def test_a_maintenance_comes_again_in_its_zone_and_lasts() -> None:
    window = made(cron="0 2 * * SUN", seconds=7200, zone="Europe/Berlin")
    check_silence(window)
    for at, holds in (
        (datetime(2026, 3, 1, 0, 59, tzinfo=UTC), False),  # 01:59 in Berlin, a Sunday
        (datetime(2026, 3, 1, 1, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 2, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 3, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 1, 30, tzinfo=UTC), False),
        (datetime(2026, 7, 5, 0, 30, tzinfo=UTC), True),  # summer time
    ):
        assert covers(window, at) is holds, at
    assert not covers(made(cron="0 2 * * SUN", seconds=7200, until=NOW), NOW + 24 * 7 * HOUR)


def test_holidays_of_a_country_and_a_part_of_it() -> None:
    whole, part = made(country="DE", zone="Europe/Berlin"), made(country="DE-BY", zone="UTC")
    check_silence(whole)
    check_silence(part)
    epiphany = datetime(2026, 1, 6, 12, tzinfo=UTC)
    assert (covers(whole, epiphany), covers(part, epiphany)) == (False, True)
    assert covers(whole, datetime(2026, 1, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"effect": "mute"}, "suppress or expected"),
        ({"match": {"montor": "m"}}, "Did you mean 'monitor'"),
        ({"match": {"kind": "anomly"}}, "Did you mean 'anomaly'"),
        ({"reason": " "}, "Say why"),
        ({"until": None}, "until when"),
        ({"start": NOW, "until": NOW}, "after"),
        ({"cron": "0 2 * * *"}, "seconds"),
        ({"cron": "61 2 * * *", "seconds": 60}, "cron"),
        ({"cron": "0 2 * * *", "seconds": 60, "dates": ["2026-12-24"]}, "each"),
        ({"dates": ["24.12.2026"]}, "2026-12-24"),
        ({"dates": ["2026-12-24"], "zone": "Europe/Berln"}, "Europe/Berlin"),
        ({"country": "XX"}, "holidays"),
        ({"country": "DE-XX"}, "part"),
    ],
)
def test_what_cannot_be_is_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        check_silence(made(**{"until": NOW + HOUR, **wrong}))
