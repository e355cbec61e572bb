"""Which account belongs to who comes from a provider, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.core.account import User
from workbench.core.errors import NotAllowed, NotSignedIn, ParameterError, WorkbenchError
from workbench.core.settings import settings
from workbench.store.database import reading
from workbench.team import accounts, federation, links, signing
from workbench.team.access import identity_of
from workbench.team.auditing import verify_audit
from workbench.team.doer import Doer
from workbench.team.federation import Person, account_of

ISSUER, PASSWORD = "https://login.plant.example", "eleven purple ducks"
Setting = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def provider(any_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    def change(name: str, value: str) -> None:
        monkeypatch.setenv(f"WORKBENCH_{name}", value)
        settings.cache_clear()

    monkeypatch.setenv("WORKBENCH_OIDC_CLIENT", "workbench")
    change("OIDC_ISSUER", ISSUER)
    accounts.create_account("boss", "admin", password=PASSWORD)
    yield change
    assert verify_audit().whole


def somebody(subject: str = "s1", name: str = "ana", email: str = "", *groups: str) -> Person:
    return Person(ISSUER, subject, name, email, groups)


def own(user: User) -> Doer:
    with reading() as connection:
        return identity_of(connection, user, "session:s").doer()


def test_an_invited_account_is_linked_by_name_once_and_then_by_the_id_alone() -> None:
    ana = accounts.create_account("Ana", "analyst")
    with pytest.raises(NotAllowed):  # an account that nobody was invited to waits for nobody
        account_of(somebody())
    links.make_link(ana, "invite")
    assert account_of(somebody()).id == ana.id
    assert account_of(somebody(name="another")).id == ana.id
    with pytest.raises(NotAllowed):
        account_of(somebody("s2"))  # the name is nobody's any more


def test_a_link_to_a_new_password_links_nothing() -> None:
    ana = accounts.create_account("Ana", "analyst", password=PASSWORD)
    reset, invite = links.make_link(ana, "reset"), links.make_link(ana, "invite")
    for link in (reset, "nonsense", ""):
        with pytest.raises((NotSignedIn, NotAllowed)):
            account_of(somebody(name="x"), link=link)
    assert account_of(somebody(name="x"), link=invite).id == ana.id


def test_an_address_that_two_accounts_have_opens_neither(provider: Setting) -> None:
    provider("OIDC_LINK_BY_EMAIL", "true")
    for name in ("Ana", "Ann"):
        accounts.create_account(name, "viewer", password=PASSWORD, email="a@plant.example")
    with pytest.raises(NotAllowed):
        account_of(somebody(name="x", email="a@plant.example"))
    accounts.change_account("Ann", email="ann@plant.example")
    assert account_of(somebody(name="x", email="a@plant.example")).name == "Ana"


def test_a_closed_account_is_neither_opened_nor_made_again(provider: Setting) -> None:
    provider("OIDC_NEW_ACCOUNTS", "true")
    ana = account_of(somebody())
    accounts.change_account(ana.id, active=False)
    with pytest.raises(NotSignedIn, match="closed"):
        account_of(somebody())
    with pytest.raises(NotAllowed, match="There is an account 'ana' already"):
        account_of(somebody("s2"))


def test_the_last_administrator_stays_one_whatever_the_provider_says(provider: Setting) -> None:
    boss = accounts.named_account("boss")
    federation.link_account(boss, somebody("b1", "boss"), by=own(boss))
    provider("OIDC_ROLES", "wb-admins=admin")
    assert account_of(somebody("b1", "boss")).role == "admin"
    accounts.create_account("ada", "admin", password=PASSWORD)
    assert account_of(somebody("b1", "boss")).role == "viewer"


def test_a_role_that_is_none_is_named(provider: Setting) -> None:
    provider("OIDC_NEW_ACCOUNTS", "true")
    provider("OIDC_ROLES", "wb-admins=admn")
    with pytest.raises(WorkbenchError, match="Did you mean 'admin'"):
        account_of(somebody("s1", "ana", "", "wb-admins"))


def test_a_role_that_is_taken_away_ends_sessions(provider: Setting) -> None:
    provider("OIDC_NEW_ACCOUNTS", "true")
    provider("OIDC_ROLES", "plant-7=analyst")
    ana = account_of(somebody("s1", "ana", "", "plant-7"))
    cookie = signing.open_session(ana, address="x")
    assert "detections:run" in signing.session_identity(cookie).permissions
    account_of(somebody())
    with pytest.raises(NotSignedIn):
        signing.session_identity(cookie)


def test_of_many_windows_at_once_one_makes_the_account(provider: Setting) -> None:
    provider("OIDC_NEW_ACCOUNTS", "true")

    def come(_: int) -> str:
        try:
            return account_of(somebody()).id
        except (NotAllowed, NotSignedIn):
            return ""

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(come, range(16))) - {""}
    assert len(found) == 1
    assert len([one for one in accounts.list_accounts() if one.name == "ana"]) == 1
    assert len(federation.linked(found.pop())) == 1


def test_who_has_no_other_way_in_does_not_unlink(provider: Setting) -> None:
    provider("OIDC_NEW_ACCOUNTS", "true")
    ana = account_of(somebody())
    with pytest.raises(ParameterError, match="set a password first"):
        federation.unlink(ana, ISSUER, "s1", by=own(ana))
    accounts.set_password("ana", PASSWORD)
    assert federation.unlink(ana, ISSUER, "s1", by=own(ana))
    assert not federation.unlink(ana, ISSUER, "s1", by=own(ana))
    assert federation.linked(ana.id) == []


def test_a_narrow_key_unlinks_no_administrator() -> None:
    boss = accounts.named_account("boss")
    federation.link_account(boss, somebody("b1"), by=own(boss))
    with pytest.raises(NotAllowed):
        federation.unlink(boss, ISSUER, "b1", by=Doer("token:t"))
