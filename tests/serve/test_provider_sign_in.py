"""Signing in with a provider (OpenID Connect): a real one, that also lies, fails and dawdles."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ._provider import CLIENT, SECRET, Provider
from ._server import PASSWORD, Server, Team, populated

#: What a provider can do wrong once it has a code, and no id token of these is ever taken.
LIES = (
    "nonce", "no nonce", "aud", "many", "azp", "expired", "old", "text", "issuer", "hash",
    "subject", "none", "hs256", "rs512", "kid", "foreign", "signature", "no token", "userinfo",
)  # fmt: skip
FAILS = (
    "500 /token", "page /token", "large /token", "packed /token", "away /token", "slow /token",
    "500 /userinfo",
    "error access_denied", "error server_error", "mixed up",
)  # fmt: skip


@dataclass
class Visit:
    """A browser on its way to the provider and back."""

    client: httpx.Client
    url: str

    def begin(self, path: str = "/sign-in/provider?next=/models") -> httpx.Response:
        return self.client.get(f"{self.url}{path}")

    def at_provider(self, begun: httpx.Response) -> str:
        """Sign in there, and return where the browser is sent back to."""
        assert begun.status_code == 303, begun.text
        answer = self.client.get(begun.headers["location"])
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def sign_in(self, path: str = "/sign-in/provider?next=/models") -> httpx.Response:
        return self.client.get(self.at_provider(self.begin(path)))

    def me(self) -> str:
        """Return the name of who is signed in, or "" for nobody."""
        answer = self.client.get(f"{self.url}/api/v1/auth/me")
        return str(answer.json()["name"]) if answer.status_code == 200 else ""

    @property
    def session(self) -> str:
        return str(self.client.cookies.get("wb_session", ""))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


def settings_for(provider: Provider) -> dict[str, str]:
    return {
        "WORKBENCH_OIDC_ISSUER": provider.url, "WORKBENCH_OIDC_CLIENT": CLIENT,
        "WORKBENCH_OIDC_SECRET": SECRET, "WORKBENCH_OIDC_NAME": "Plant login",
        "WORKBENCH_ALLOWED_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Team]:
    """A server where an administrator invites, and roles are given here."""
    with Server(tmp_path_factory.mktemp("server"), settings_for(provider)) as server:
        yield populated(server)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


@pytest.fixture(scope="module")
def open_team(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Team]:
    """A server where the provider says who comes in, and in which role; without passwords."""
    env = settings_for(provider) | {
        "WORKBENCH_OIDC_NEW_ACCOUNTS": "true", "WORKBENCH_OIDC_LINK_BY_EMAIL": "true",
        "WORKBENCH_OIDC_ROLES": "wb-admins=admin, plant-7=analyst", "WORKBENCH_PASSWORDS": "false",
    }  # fmt: skip
    with Server(tmp_path_factory.mktemp("open"), env) as server:
        yield Team(server, {}, {})
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


VisitTo = Callable[[Team], Visit]


@pytest.fixture
def visit_to() -> Iterator[VisitTo]:
    """Return what opens a browser that knows nothing yet."""
    with ExitStack() as open_ones:
        yield lambda team: Visit(open_ones.enter_context(httpx.Client(timeout=60)), team.url)


@pytest.fixture
def visit(team: Team, visit_to: VisitTo) -> Visit:
    return visit_to(team)


def invite(team: Team, name: str, email: str = "") -> str:
    """Invite somebody and return the secret of the link."""
    body = {"name": name, "role": "analyst", "email": email}
    made = team.ask("admin", "POST", "/api/v1/users", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["link"].partition("link=")[2])


def audit(team: Team, action: str) -> list[dict[str, Any]]:
    answer = team.ask("admin", "GET", f"/api/v1/audit?action={action}&limit=200")
    return list(answer.json()["items"])


def count(team: Team, table: str) -> int:
    with sqlite3.connect(team.server.home / "workbench.db") as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


# ---- the way in ---------------------------------------------------------------------------------


def test_who_was_invited_signs_in_by_the_provider_and_is_known_again(
    team: Team, provider: Provider, visit: Visit, visit_to: VisitTo
) -> None:
    invite(team, "ines")
    provider.signs_in(sub="ines-1", preferred_username="Ines")
    answer = visit.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/models")
    assert visit.me() == "ines"
    # From now on it is the subject that counts, whatever the provider calls her.
    provider.signs_in(sub="ines-1", preferred_username="ines.married")
    again = visit_to(team)
    again.sign_in()
    assert again.me() == "ines"
    assert (
        len([one for one in audit(team, "user.link") if one["after"]["subject"] == "ines-1"]) == 1
    )
    opened = audit(team, "session.open")
    assert [one["after"]["by"] for one in opened[:2]] == ["provider", "provider"]


def test_a_link_of_invitation_leads_to_the_provider_and_is_used_up(
    team: Team, provider: Provider, visit: Visit, visit_to: VisitTo
) -> None:
    link = invite(team, "lea")
    page = visit.client.get(f"{team.url}/welcome?link={link}")
    assert f"/sign-in/provider?link={link}" in page.text
    provider.signs_in(sub="lea-1", preferred_username="l.other.name")
    visit.sign_in(f"/sign-in/provider?link={link}")
    assert visit.me() == "lea"
    provider.signs_in(sub="thief-1", preferred_username="thief")
    thief = visit_to(team)
    answer = thief.sign_in(f"/sign-in/provider?link={link}")
    assert (answer.status_code, thief.me()) == (401, "")
    assert "was used before" in answer.text


def test_who_was_not_invited_hears_whom_to_ask(
    team: Team, provider: Provider, visit: Visit
) -> None:
    provider.signs_in(sub="none-1", preferred_username="nobody.here")
    answer = visit.sign_in()
    assert (answer.status_code, visit.me()) == (403, "")
    assert "Ask an administrator to invite &#x27;nobody.here&#x27;" in answer.text


@pytest.mark.parametrize("name", ["admin", "ADMIN", "viewer"])
def test_a_name_alone_opens_no_account_that_somebody_has(
    team: Team, provider: Provider, visit: Visit, name: str
) -> None:
    provider.signs_in(sub=f"fake-{name}", preferred_username=name)
    assert visit.sign_in().status_code == 403
    assert visit.me() == ""


def test_an_address_alone_opens_nothing_without_the_setting(
    team: Team, provider: Provider, visit: Visit
) -> None:
    invite(team, "mara", "mara@plant.example")
    provider.signs_in(sub="mara-1", preferred_username="x", email="mara@plant.example")
    assert visit.sign_in().status_code == 403


def test_a_closed_account_is_not_opened_by_the_provider(
    team: Team, provider: Provider, visit: Visit, visit_to: VisitTo
) -> None:
    invite(team, "kurt")
    provider.signs_in(sub="kurt-1", preferred_username="kurt")
    visit.sign_in()
    assert visit.me() == "kurt"
    user = visit.client.get(f"{team.url}/api/v1/auth/me").json()["id"]
    team.ask("admin", "PATCH", f"/api/v1/users/{user}", json={"active": False})
    answer = visit_to(team).sign_in()
    assert answer.status_code == 401
    assert "closed" in answer.text
    assert audit(team, "session.refuse")[0]["object"] == f"user:{user}"


def test_a_session_that_was_there_before_ends(team: Team, provider: Provider, visit: Visit) -> None:
    invite(team, "fixed")
    visit.client.cookies.set("wb_session", before := team.cookie("viewer"))
    provider.signs_in(sub="fixed-1", preferred_username="fixed")
    # Who is signed in may sign in as somebody else; what was known before opens nothing after.
    visit.sign_in()
    assert visit.me() == "fixed"
    old = httpx.get(f"{team.url}/api/v1/auth/me", headers={"cookie": f"wb_session={before}"})
    assert old.status_code == 401


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil",
     "/\t/evil.example", "/%0d%0aset-cookie:a=b"],
)  # fmt: skip
def test_nobody_is_led_anywhere_else(
    team: Team, provider: Provider, visit: Visit, wanted: str
) -> None:
    if not count(team, "outside"):
        invite(team, "led")
    provider.signs_in(sub="ines-1", preferred_username="led")
    begun = visit.client.get(f"{team.url}/sign-in/provider", params={"next": wanted})
    answer = visit.client.get(visit.at_provider(begun))
    assert answer.status_code in (303, 403)
    where = answer.headers.get("location", "/home")
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    assert "set-cookie" not in where.lower() or "%0d" in where.lower()


# ---- what the provider does wrong ---------------------------------------------------------------


@pytest.fixture
def known(team: Team, provider: Provider, visit_to: VisitTo) -> None:
    """Let ana have an account that only the provider's lies keep her from."""
    if not [one for one in audit(team, "user.link") if one["after"]["subject"] == "7f3a"]:
        invite(team, "ana")
        provider.signs_in()
        visit = visit_to(team)
        visit.sign_in()
        assert visit.me() == "ana"


@pytest.mark.parametrize("wrong", [*LIES, *FAILS])
def test_a_provider_that_lies_or_fails_signs_nobody_in(
    team: Team, provider: Provider, visit: Visit, known: None, wrong: str
) -> None:
    more = {"email": None} if "userinfo" in wrong else {}
    provider.signs_in(wrong, **more)
    if more:  # so that it is asked for what its token does not say
        httpx.post(f"{provider.url}/test", timeout=30, json={
            "wrong": wrong, "claims": {"sub": "7f3a", "preferred_username": "ana"},
        })  # fmt: skip
    before = count(team, "sessions")
    answer = visit.sign_in()
    assert answer.status_code in (401, 403), answer.text
    assert "Nobody was signed in" in answer.text
    assert 'role="alert"' in answer.text
    assert "Plant login" in answer.text or "begun elsewhere" in answer.text
    assert (visit.me(), visit.session) == ("", "")
    assert count(team, "sessions") == before


@pytest.mark.parametrize("wrong", ["", "es256", "rotated"])
def test_a_provider_that_changes_its_keys_or_uses_the_other_kind_is_believed(
    team: Team, provider: Provider, visit: Visit, known: None, wrong: str
) -> None:
    provider.signs_in(wrong)
    assert visit.sign_in().status_code == 303
    assert visit.me() == "ana"


def test_a_code_of_another_browser_opens_nothing(
    team: Team, provider: Provider, visit: Visit, known: None, visit_to: VisitTo
) -> None:
    provider.signs_in()
    back = visit.at_provider(visit.begin())
    victim = visit_to(team)
    assert victim.client.get(back).status_code == 401  # none begun
    victim.begin()
    assert victim.client.get(back).status_code == 401  # another begun
    assert victim.me() == ""


def test_the_way_back_is_gone_once(
    team: Team, provider: Provider, visit: Visit, known: None
) -> None:
    provider.signs_in()
    back = visit.at_provider(visit.begin())
    trip = visit.client.cookies["wb_trip"]
    assert visit.client.get(back).status_code == 303
    again = httpx.get(back, headers={"cookie": f"wb_trip={trip}"}, timeout=60)
    assert again.status_code == 401  # the provider takes a code once


@pytest.mark.parametrize("place", [0, 10, -70, -1])
def test_a_cookie_that_was_changed_is_none(
    team: Team, provider: Provider, visit: Visit, known: None, place: int
) -> None:
    provider.signs_in()
    back = visit.at_provider(visit.begin())
    trip = visit.client.cookies["wb_trip"]
    other = "A" if trip[place] != "A" else "B"
    changed = "".join(other if at == place % len(trip) else one for at, one in enumerate(trip))
    answer = httpx.get(back, headers={"cookie": f"wb_trip={changed}"}, timeout=60)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "query",
    ["", "?state=", "?code=x", "?state=x&code=y", "?error=x&state=y", "?state=%00&code=%F0"],
)
def test_a_way_back_that_nobody_began_is_refused_in_words(team: Team, query: str) -> None:
    answer = httpx.get(f"{team.url}/sign-in/provider/back{query}", timeout=60)
    assert answer.status_code == 401
    assert "Begin again" in answer.text


def test_the_request_to_the_provider_is_bound_to_the_browser_and_hides_the_secret(
    team: Team, provider: Provider, visit: Visit
) -> None:
    begun = visit.begin()
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {len(asked[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}
    assert SECRET not in begun.headers["location"]
    told = begun.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert begun.headers["cache-control"] == "no-store"


def test_an_address_that_no_cookie_can_hold_does_not_keep_one_out(
    team: Team, provider: Provider, visit: Visit, known: None
) -> None:
    provider.signs_in()
    for length, where in ((1900, "/explore?data="), (3900, "/home")):
        begun = visit.begin(f"/sign-in/provider?next=/explore?data={'x' * length}")
        assert len(begun.headers["set-cookie"]) < 4096
        answer = visit.client.get(visit.at_provider(begun))
        assert answer.headers["location"].startswith(where)


def test_a_made_up_host_does_not_lead_the_provider_elsewhere(team: Team) -> None:
    answer = httpx.get(f"{team.url}/sign-in/provider", headers={"host": "evil.example"}, timeout=60)
    back = parse_qs(urlsplit(answer.headers["location"]).query)["redirect_uri"][0]
    # Without WORKBENCH_ORIGINS the host is all that is known; the provider refuses a strange one.
    assert back.endswith("/sign-in/provider/back")


# ---- linking, leaving ---------------------------------------------------------------------------


def test_somebody_signed_in_links_their_account_and_unlinks_it(
    team: Team, provider: Provider, visit: Visit, visit_to: VisitTo
) -> None:
    visit.client.cookies.set("wb_session", team.cookie("operator"))
    provider.signs_in(sub="op-1", preferred_username="o.perator")
    page = visit.client.get(f"{team.url}/sign-in/provider/link")
    assert "Link it to Plant login" in page.text
    begun = visit.client.post(f"{team.url}/sign-in/provider/link", headers={"origin": team.url})
    where = begun.headers["refresh"].partition("url=")[2]
    answer = visit.client.get(visit.client.get(where).headers["location"])
    assert answer.headers["location"] == "/settings", answer.text
    fresh = visit_to(team)
    fresh.sign_in()
    assert fresh.me() == "operator"
    assert audit(team, "user.link")[0]["after"]["how"] == "settings"


def test_an_administrator_unlinks_somebody(
    team: Team, provider: Provider, visit_to: VisitTo
) -> None:
    invite(team, "ulla")
    provider.signs_in(sub="ulla-1", preferred_username="ulla")
    visit = visit_to(team)
    visit.sign_in()
    user = visit.client.get(f"{team.url}/api/v1/auth/me").json()["id"]
    path = f"/api/v1/users/{user}/identities"
    (one,) = team.ask("admin", "GET", path).json()
    assert (one["issuer"], one["subject"], one["name"]) == (provider.url, "ulla-1", "ulla")
    words = {"issuer": one["issuer"], "subject": one["subject"]}
    asked = [team.ask("admin", "POST", f"{path}/unlink", json=words) for _ in range(2)]
    assert [answer.status_code for answer in asked] == [204, 404]
    assert visit_to(team).sign_in().status_code == 403
    assert audit(team, "user.unlink")[0]["before"] == words


def test_what_the_provider_lies_about_is_in_the_audit(
    team: Team, provider: Provider, visit: Visit
) -> None:
    provider.signs_in("aud")
    visit.sign_in()
    latest = audit(team, "session.refuse")[0]
    assert (latest["actor"], latest["after"]) == ("anonymous", {"by": "provider"})


def test_another_site_links_nothing(team: Team, visit: Visit) -> None:
    visit.client.cookies.set("wb_session", team.cookie("operator"))
    for origin in ({"origin": "https://evil.example"}, {}):
        answer = visit.client.post(f"{team.url}/sign-in/provider/link", headers=origin)
        assert answer.status_code == 403


def test_who_one_is_there_belongs_to_one_account(
    team: Team, provider: Provider, visit: Visit, known: None
) -> None:
    visit.client.cookies.set("wb_session", team.cookie("viewer"))
    provider.signs_in()
    begun = visit.client.post(f"{team.url}/sign-in/provider/link", headers={"origin": team.url})
    where = begun.headers["refresh"].partition("url=")[2]
    answer = visit.client.get(visit.client.get(where).headers["location"])
    assert answer.status_code == 403
    assert "somebody else" in answer.text


def test_a_link_that_was_begun_by_one_is_not_ended_as_another(
    team: Team, provider: Provider, visit: Visit
) -> None:
    visit.client.cookies.set("wb_session", team.cookie("viewer"))
    provider.signs_in(sub="new-1")
    begun = visit.client.post(f"{team.url}/sign-in/provider/link", headers={"origin": team.url})
    where = begun.headers["refresh"].partition("url=")[2]
    back = visit.client.get(where).headers["location"]
    visit.client.cookies.set("wb_session", team.cookie("analyst"))
    assert visit.client.get(back).status_code == 401


def test_who_came_by_the_provider_leaves_there_too(
    team: Team, provider: Provider, visit: Visit, known: None
) -> None:
    provider.signs_in()
    visit.sign_in()
    answer = visit.client.post(f"{team.url}/sign-out", headers={"origin": team.url})
    where = answer.headers["refresh"].partition("url=")[2]
    assert where.startswith(f"{provider.url}/end?")
    assert parse_qs(urlsplit(where).query)["post_logout_redirect_uri"] == [f"{team.url}/sign-in"]
    assert visit.me() == ""
    visit.client.cookies.set("wb_session", team.cookie("viewer"))
    plain = visit.client.post(f"{team.url}/sign-out", headers={"origin": team.url})
    assert (plain.status_code, plain.headers["location"]) == (303, "/sign-in")


# ---- a server where the provider decides --------------------------------------------------------


def test_the_first_administrator_comes_by_the_first_link_and_nobody_by_a_password(
    open_team: Team, provider: Provider, visit_to: VisitTo
) -> None:
    link = open_team.server.line("/welcome?link=").rpartition("link=")[2]
    visit = visit_to(open_team)
    page = visit.client.get(f"{open_team.url}/welcome?link={link}")
    assert "Plant login" in page.text
    assert 'type="password"' not in page.text
    provider.signs_in(sub="boss-1", preferred_username="boss", groups=["wb-admins"])
    visit.sign_in(f"/sign-in/provider?link={link}")
    assert visit.me() == "boss"
    assert 'type="password"' not in visit_to(open_team).client.get(f"{open_team.url}/sign-in").text
    open_team.server.run("users", "create", "old", "--role", "viewer", "--password-stdin",
                         input=PASSWORD + "\n")  # fmt: skip
    asked = {"username": "old", "password": PASSWORD}
    form = httpx.post(f"{open_team.url}/sign-in", data=asked, timeout=60)
    token = httpx.post(f"{open_team.url}/api/v1/auth/token", json=asked, timeout=60)
    assert (form.status_code, token.status_code) == (403, 403)
    assert "Passwords open nothing here" in form.text


def test_groups_give_roles_and_take_them_away(
    open_team: Team, provider: Provider, visit_to: VisitTo
) -> None:
    def role(groups: Any) -> str:
        provider.signs_in(sub="gina-1", preferred_username="gina", email=None, groups=groups)
        visit = visit_to(open_team)
        assert visit.sign_in().status_code == 303
        return str(visit.client.get(f"{open_team.url}/api/v1/auth/me").json()["role"])

    assert role(["plant-7", "canteen"]) == "analyst"
    assert role(["wb-admins", "plant-7"]) == "admin"
    assert role("plant-7") == "analyst"
    for nothing in ([], None, {"wb-admins": True}, 7, ["WB-ADMINS"]):
        assert role(nothing) == "viewer"


def test_a_verified_address_opens_its_account_where_that_is_set(
    open_team: Team, provider: Provider, visit_to: VisitTo
) -> None:
    for name in ("vera", "wilma"):
        address = f"{name}@plant.example"
        open_team.server.run("users", "create", name, "--role", "viewer", "--email", address,
                             "--password-stdin", input=PASSWORD + "\n")  # fmt: skip
    provider.signs_in(sub="v-1", preferred_username="v.one", email="Vera@plant.example")
    visit = visit_to(open_team)
    visit.sign_in()
    assert visit.me() == "vera"
    for number, verified in enumerate((False, None, "true", 1)):
        provider.signs_in(
            sub=f"w-{number}", preferred_username=f"w{number}", email="wilma@plant.example",
            email_verified=verified,
        )  # fmt: skip
        other = visit_to(open_team)
        other.sign_in()
        assert other.me() == f"w{number}"  # an account of their own


@pytest.mark.parametrize(
    "name", ["taken", "", "a b", "<script>", "x" * 200, None, 5, "\x00", "a\x00b"]
)
def test_a_name_that_cannot_be_makes_no_account(
    open_team: Team, provider: Provider, name: Any, visit_to: VisitTo
) -> None:
    if name == "taken":
        open_team.server.run("users", "create", name, "--role", "viewer", "--password-stdin",
                             input=PASSWORD + "\n")  # fmt: skip
    provider.signs_in(sub=f"odd-{name!r}", preferred_username=name, email=None)
    visit = visit_to(open_team)
    answer = visit.sign_in()
    assert (answer.status_code, visit.me()) == (403, "")
    assert "<script>" not in answer.text
