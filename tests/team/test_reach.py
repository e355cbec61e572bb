"""Nobody gives or takes more than they hold, whichever face they use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbench.core.errors import NotAllowed
from workbench.store.database import reading
from workbench.team import accounts, links, sharing, signing
from workbench.team.access import Identity, identity_of
from workbench.team.doer import SYSTEM, Doer
from workbench.team.permissions import PERMISSIONS

PASSWORD = "eleven purple ducks"


def identity(name: str, *scopes: str) -> Identity:
    user = accounts.named_account(name)
    with reading() as connection:
        via = "token:t1" if scopes else "session:s1"
        return identity_of(connection, user, via, scopes or None)


@pytest.fixture
def people() -> None:
    for name, role in (("ada", "admin"), ("bob", "admin"), ("vic", "viewer")):
        accounts.create_account(name, role, password=PASSWORD)
    sharing.create_role("clerk", ["users:read", "users:write"])
    sharing.create_role("wide", ["models:import"])
    accounts.create_account("cleo", "clerk", password=PASSWORD)


ACTS: dict[str, Callable[[Doer], Any]] = {
    "make an administrator": lambda by: accounts.create_account("eve", "admin", by=by),
    "promote somebody": lambda by: accounts.change_account("vic", role="admin", by=by),
    "promote oneself": lambda by: accounts.change_account("cleo", role="admin", by=by),
    "close an administrator": lambda by: accounts.change_account("bob", active=False, by=by),
    "move an address": lambda by: accounts.change_account("bob", email="e@evil.example", by=by),
    "set a password": lambda by: accounts.set_password("bob", "twelve purple ducks", by=by),
    "make a link": lambda by: links.make_link(accounts.named_account("bob"), "reset", by=by),
    "end sessions": lambda by: signing.end_sessions(accounts.named_account("bob").id, by=by),
    "make a role": lambda by: sharing.create_role("new", ["models:import"], by=by),
    "narrow a role": lambda by: sharing.create_role("wide", [], by=by),
    "remove a role": lambda by: sharing.remove_role("wide", by=by),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["a clerk", "a narrow key of an administrator", "nobody"])
def test_who_holds_less_does_not(people: None, who: str, act: str) -> None:
    by = {
        "a clerk": lambda: identity("cleo").doer(),
        "a narrow key of an administrator": lambda: identity("ada", "users:write").doer(),
        "nobody": lambda: Doer("anonymous"),
    }[who]()
    before = [(one.name, one.role, one.active, one.password) for one in accounts.list_accounts()]
    with pytest.raises(NotAllowed, match="what they do not hold"):
        ACTS[act](by)
    after = [(one.name, one.role, one.active, one.password) for one in accounts.list_accounts()]
    assert after == before


@pytest.mark.parametrize("act", ACTS)
def test_an_administrator_and_the_machine_itself_do(people: None, act: str) -> None:
    ACTS[act](identity("ada").doer())
    assert SYSTEM.holds == frozenset(PERMISSIONS)


def test_a_narrow_key_makes_no_link_to_all_that_its_owner_may(people: None) -> None:
    with pytest.raises(NotAllowed):
        links.make_link(
            accounts.named_account("ada"), "reset", by=identity("ada", "users:write").doer()
        )


def test_what_one_holds_one_gives(people: None) -> None:
    by = identity("cleo").doer()
    sharing.create_role("reader", ["users:read"], by=by)
    made = accounts.create_account("rita", "reader", by=by)
    assert links.make_link(made, "invite", by=by)
    assert accounts.change_account("rita", active=False, by=by).active is False


def test_everybody_sets_their_own_password_and_ends_their_own_sessions(people: None) -> None:
    by = identity("cleo").doer()
    accounts.set_password("cleo", "twelve purple ducks", by=by)
    assert signing.end_sessions(accounts.named_account("cleo").id, by=by) == 0
