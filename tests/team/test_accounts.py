"""Accounts are made, changed and closed, and every change is told in the audit."""

from __future__ import annotations

import pytest

from workbench.core.errors import ParameterError, UnknownName
from workbench.store.audit import entries
from workbench.team.accounts import (
    change_account,
    create_account,
    list_accounts,
    named_account,
    set_password,
)
from workbench.team.doer import Doer
from workbench.team.signing import open_session, session_identity

SECRET = "eleven purple ducks"
pytestmark = pytest.mark.usefixtures("any_database")


def test_an_account_is_found_by_name_in_any_case_and_by_id() -> None:
    made = create_account("Zoë@plant", "analyst", password=SECRET, email="zoe@plant.example")
    assert named_account("zoË@PLANT") == named_account(made.id) == made
    assert SECRET not in repr(made) + made.password


def test_two_accounts_never_share_a_name() -> None:
    create_account("Ada", "viewer")
    with pytest.raises(ParameterError, match="There is an account 'ADA' already"):
        create_account("ADA", "viewer")
    assert [user.name for user in list_accounts()] == ["Ada"]


@pytest.mark.parametrize("name", ["", " ", "a b", "<b>", "-x", "x" * 81, "a\nb", "../x", "a\0b"])
def test_names_that_would_confuse_people_or_programs_are_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="letters, digits"):
        create_account(name, "viewer")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "12 to 200"),
        ("aaaaaaaaaaaaaaa", "different"),
        ("my name is lovelace", "name of its"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        create_account("Lovelace", "viewer", password=password)
    assert list_accounts() == []


def test_a_role_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'analyst'"):
        create_account("Ada", "analist")


def test_the_last_administrator_stays_one() -> None:
    create_account("Ada", "admin")
    for change in ({"role": "viewer"}, {"active": False}):
        with pytest.raises(ParameterError, match="last administrator"):
            change_account("Ada", **change)  # type: ignore[arg-type]
    create_account("Bob", "admin")
    assert change_account("Ada", role="viewer").role == "viewer"


def test_with_another_role_or_password_old_sessions_end() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    for change in (
        lambda: change_account("Ada", role="viewer"),
        lambda: set_password("Ada", "twelve purple ducks"),
        lambda: change_account("Ada", active=False),
    ):
        cookie = open_session(named_account(user.id), address="10.0.0.1")
        assert session_identity(cookie).user.name == "Ada"
        change()
        with pytest.raises(PermissionError):
            session_identity(cookie)


def test_a_new_address_alone_ends_nothing() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    cookie = open_session(user, address="10.0.0.1")
    change_account("Ada", email="ada@plant.example")
    assert session_identity(cookie).user.email == "ada@plant.example"


def test_the_audit_tells_who_changed_what_and_no_secret() -> None:
    boss = Doer("user:boss", request="r1", address="10.0.0.9").trusted()
    user = create_account("Ada", "viewer", password=SECRET, by=boss)
    change_account("Ada", role="analyst", by=boss)
    made, changed = (entry.event for entry in entries())
    assert (made.actor, made.action, made.object) == ("user:boss", "user.create", f"user:{user.id}")
    assert (changed.before, changed.after) == ({"role": "viewer"}, {"role": "analyst"})
    assert changed.address == "10.0.0.9"
    assert SECRET not in str(made)
    assert user.password not in str(made)
