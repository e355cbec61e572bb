"""Signing in: what opens, what stays shut, and for how long."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.core.errors import NotSignedIn, ParameterError, TooManyAttempts
from workbench.store.credentials import failures
from workbench.store.database import reading
from workbench.team import signing
from workbench.team.accounts import change_account, create_account
from workbench.team.links import follow_link, make_link
from workbench.team.passwords import hash_password, is_outdated, verify_password
from workbench.team.signing import (
    check_credentials,
    end_session,
    end_sessions,
    list_sessions,
    open_session,
    session_identity,
)

SECRET = "eleven purple ducks"


class Clock(datetime):
    """A clock that can be put forward."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.now(tz) + cls.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    import workbench.team.links as links

    monkeypatch.setattr(Clock, "ahead", timedelta(0))
    for module in (signing, links):
        monkeypatch.setattr(module, "datetime", Clock)
    return Clock


def tries(name: str, password: str, address: str = "10.0.0.1") -> str:
    try:
        return check_credentials(name, password, address=address).name
    except PermissionError as error:
        return type(error).__name__


@pytest.mark.usefixtures("any_database")
def test_the_right_password_opens_and_everything_else_says_the_same() -> None:
    create_account("Ada", "viewer", password=SECRET)
    create_account("Eve", "viewer", password=SECRET)
    create_account("New", "viewer")
    change_account("Eve", active=False)
    assert check_credentials("ada", SECRET, address="10.0.0.1").name == "Ada"
    told = set()
    for name, password in (("Ada", "wrong"), ("Nobody", SECRET), ("Eve", SECRET), ("New", "")):
        with pytest.raises(NotSignedIn) as refused:
            check_credentials(name, password, address="10.0.0.1")
        told.add(str(refused.value))
    assert told == {signing.WRONG}


def test_ten_failures_shut_an_account_for_a_while_and_not_for_good(clock: type[Clock]) -> None:
    create_account("Ada", "viewer", password=SECRET)
    assert [tries("Ada", "wrong", f"10.0.0.{i}") for i in range(10)] == ["NotSignedIn"] * 10
    with pytest.raises(TooManyAttempts) as told:
        check_credentials("ADA", SECRET, address="10.1.0.1")
    assert 1 <= told.value.seconds <= 900
    clock.ahead = timedelta(seconds=told.value.seconds + 1)
    assert tries("Ada", SECRET) == "Ada"


@pytest.mark.usefixtures("any_database")
def test_of_many_that_guess_at_once_ten_are_heard() -> None:
    create_account("Ada", "viewer", password=SECRET)
    start = threading.Barrier(30)

    def guess(number: int) -> str:
        start.wait()
        return tries("Ada", f"guess {number}", f"10.0.1.{number}")

    with ThreadPoolExecutor(30) as pool:
        told = Counter(pool.map(guess, range(30)))
    assert told == {"NotSignedIn": 10, "TooManyAttempts": 20}


@pytest.mark.usefixtures("any_database")
def test_of_many_that_are_right_at_once_all_get_in() -> None:
    create_account("Ada", "viewer", password=SECRET)
    start = threading.Barrier(24)

    def sign_in(number: int) -> str:
        start.wait()
        return tries("Ada", SECRET, f"10.0.3.{number}")

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(sign_in, range(24))) == {"Ada"}


def test_a_success_leaves_no_mark_on_the_address(clock: type[Clock]) -> None:
    create_account("Ada", "viewer", password=SECRET)
    assert {tries("Ada", SECRET, "10.0.2.1") for _ in range(3)} == {"Ada"}
    with reading() as connection:
        assert failures(connection, "address:10.0.2.1", datetime(2026, 1, 1, tzinfo=UTC))[0] == 0


def test_a_success_forgets_the_failures_of_the_account(clock: type[Clock]) -> None:
    create_account("Ada", "viewer", password=SECRET)
    for _ in range(2):
        assert [tries("Ada", "wrong") for _ in range(9)] == ["NotSignedIn"] * 9
        assert tries("Ada", SECRET) == "Ada"


def test_a_hundred_failures_shut_an_address(clock: type[Clock], monkeypatch: Any) -> None:
    monkeypatch.setattr(signing, "verify_password", lambda *_: False)  # its cost is told elsewhere
    names = [f"user{i}" for i in range(100)]
    assert {tries(name, "guess", "10.9.9.9") for name in names} == {"NotSignedIn"}
    assert tries("another", "guess", "10.9.9.9") == "TooManyAttempts"
    assert tries("another", "guess", "10.9.9.8") == "NotSignedIn"


@pytest.mark.usefixtures("any_database")
def test_sessions_are_listed_and_ended_one_by_one_or_all() -> None:
    user = create_account("Ada", "viewer", password=SECRET)
    first, second = (open_session(user, address="10.0.0.1", agent=name) for name in "ab")
    assert [one.agent for one in list_sessions(user.id)] == ["b", "a"]
    assert end_session(list_sessions(user.id)[0].id)
    assert session_identity(first).user.id == user.id
    with pytest.raises(NotSignedIn):
        session_identity(second)
    assert end_sessions(user.id) == 1
    with pytest.raises(NotSignedIn):
        session_identity(first)


def test_a_session_ends_when_it_is_not_used_and_at_the_latest_after_a_week(
    clock: type[Clock],
) -> None:
    user = create_account("Ada", "viewer", password=SECRET)
    used, left = (open_session(user, address="10.0.0.1") for _ in range(2))
    for hours in range(10, 170, 10):
        clock.ahead = timedelta(hours=hours)
        if hours < 168:
            assert session_identity(used).user.id == user.id
    with pytest.raises(NotSignedIn):
        session_identity(left)
    clock.ahead = timedelta(hours=169)
    with pytest.raises(NotSignedIn):
        session_identity(used)


def test_what_is_in_the_database_opens_nothing() -> None:
    from workbench.core.settings import settings

    user = create_account("Ada", "viewer", password=SECRET)
    cookie = open_session(user, address="10.0.0.1")
    stored = b"".join(path.read_bytes() for path in settings().home.glob("workbench.db*"))
    assert cookie.encode() not in stored
    assert SECRET.encode() not in stored


@pytest.mark.usefixtures("any_database")
def test_a_link_sets_a_password_once_and_within_its_time() -> None:
    user = create_account("New", "viewer")
    link = make_link(user, "invite")
    with pytest.raises(ParameterError):
        follow_link(link, "short")
    assert follow_link(link, SECRET).name == "New"
    assert tries("New", SECRET) == "New"
    with pytest.raises(NotSignedIn):
        follow_link(link, "another purple duck")


def test_a_link_that_is_over_sets_nothing(clock: type[Clock]) -> None:
    user = create_account("Ada", "viewer", password=SECRET)
    link = make_link(user, "reset")
    clock.ahead = timedelta(minutes=61)
    with pytest.raises(NotSignedIn):
        follow_link(link, "another purple duck")
    assert datetime.now(UTC) < Clock.now(UTC)


def test_passwords_are_kept_as_owasp_says_and_compared_in_normal_form() -> None:
    kept = hash_password("Ame\u0301lie and 3 ducks")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(kept, "Am\u00e9lie and 3 ducks")
    assert not verify_password("", "")
    assert not is_outdated(kept)
    assert is_outdated(kept.replace("t=2", "t=1"))
