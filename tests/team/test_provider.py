"""What a provider of sign-in says of itself: believed where it is whole, else told in words."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

import httpx
import pytest

from tests.serve._provider import CLIENT, SECRET, Provider
from workbench.core.errors import NotSignedIn, ParameterError
from workbench.core.settings import settings
from workbench.team import provider as module
from workbench.team.federation import person
from workbench.team.provider import Trip, has_provider, provider

TRIP = Trip("state", "nonce", "verifier" * 8, "http://127.0.0.1:9/back")


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider() as one:
        yield one


@pytest.fixture(autouse=True)
def known(running: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "OIDC_ISSUER": running.url, "OIDC_CLIENT": CLIENT, "OIDC_SECRET": SECRET,
        "OIDC_NAME": "Plant login", "ALLOWED_NETWORKS": "127.0.0.0/8",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"WORKBENCH_{name}", value)
    settings.cache_clear()
    module._known.clear()
    running.signs_in()
    yield
    module._known.clear()


def code() -> str:
    """Sign in at the provider as a browser does, and return the code."""
    back = httpx.get(provider().address(TRIP), timeout=30).headers["location"]
    return str(httpx.URL(back).params["code"])


def test_what_it_says_of_itself_and_its_keys_are_asked_for_once(running: Provider) -> None:
    for _ in range(3):
        assert provider().claims(TRIP, code())["preferred_username"] == "ana"
    asked = running.asked()
    assert asked.count("/.well-known/openid-configuration") == 1
    assert asked.count("/jwks") == 1


@pytest.mark.parametrize("wrong", ["500", "page", "large", "away", "slow"])
@pytest.mark.parametrize("where", ["/.well-known", "/jwks"])
def test_a_provider_that_fails_is_told_in_words(
    running: Provider, monkeypatch: pytest.MonkeyPatch, wrong: str, where: str
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.7)
    running.signs_in(f"{wrong} {where}")
    with pytest.raises(NotSignedIn, match="Plant login"):
        provider().claims(TRIP, code())
    running.signs_in()  # and once it is mended, nothing of it is left
    assert provider().claims(TRIP, code())["sub"] == "7f3a"


def test_no_token_that_was_changed_is_taken(running: Provider) -> None:
    tokens = provider()._tokens(TRIP, code())
    whole, random, tried = tokens["id_token"], Random(5), 0
    assert provider()._judged(tokens, TRIP)["sub"] == "7f3a"
    for _ in range(2000):
        changed = _changed(whole, random)
        if _decoded(changed) == _decoded(whole):
            continue  # another way to write the same bits
        tried += 1
        with pytest.raises(NotSignedIn):
            provider()._judged({**tokens, "id_token": changed}, TRIP)
    print(f"{tried} changed tokens, 0 taken")
    assert tried > 1500


def _changed(token: str, random: Random) -> str:
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="
    place = random.randrange(len(token))
    kind = random.randrange(4)
    if kind == 0:
        return token[:place] + token[place + 1 :]
    if kind == 1:
        return token[:place] + random.choice(signs) + token[place:]
    if kind == 2:
        return token[:place]
    return token[:place] + random.choice(signs) + token[place + 1 :]


def _decoded(token: str) -> list[bytes]:
    parts = []
    for part in token.split("."):
        try:
            parts.append(base64.urlsafe_b64decode(part.rstrip("=") + "=" * (-len(part) % 4)))
        except ValueError:
            parts.append(part.encode())
    return parts


def test_keys_that_are_none_are_told_in_words(running: Provider) -> None:
    running.signs_in("no keys")
    for _ in range(2):
        with pytest.raises(NotSignedIn, match="no usable keys"):
            provider().claims(TRIP, code())


def test_one_that_calls_itself_otherwise_is_none(running: Provider) -> None:
    running.signs_in("calls itself")
    with pytest.raises(NotSignedIn, match=r"calls itself 'https://evil\.example'"):
        provider()


def test_a_private_address_is_not_asked_unless_its_network_is_open(
    running: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_ALLOWED_NETWORKS")
    settings.cache_clear()
    with pytest.raises(NotSignedIn, match="WORKBENCH_ALLOWED_NETWORKS"):
        provider()
    assert running.asked() == []


def test_one_that_is_not_there_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_OIDC_ISSUER", "http://127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(NotSignedIn, match="does not answer as it should"):
        provider()


def test_without_settings_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OIDC_ISSUER", "OIDC_CLIENT"):
        monkeypatch.delenv(f"WORKBENCH_{name}")
    settings.cache_clear()
    assert not has_provider()
    with pytest.raises(ParameterError, match="WORKBENCH_OIDC_ISSUER"):
        provider()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OIDC_ISSUER", "http://login.plant.example", "begins with https"),
        ("OIDC_ISSUER", "https://ana:pw@login.plant.example", "begins with https"),
        ("OIDC_ISSUER", "https://login.plant.example/?realm=a", "begins with https"),
        ("OIDC_ISSUER", "login.plant.example", "begins with https"),
        ("OIDC_CLIENT", "", "both, or neither"),
        ("OIDC_SECRET", "gehëim", "oidc_secret: .*ASCII"),
        ("OIDC_SCOPES", "profile email", "must name 'openid'"),
        ("OIDC_ROLES", "admins", "group=role"),
        ("OIDC_ROLES", "admins=", "group=role"),
    ],
)
def test_a_setting_that_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"WORKBENCH_{name}", value)
    settings.cache_clear()
    with pytest.raises(ParameterError, match=said) as error:
        settings()
    assert SECRET not in str(error.value)
    assert "gehëim" not in str(error.value)


def test_without_passwords_there_must_be_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OIDC_ISSUER", "OIDC_CLIENT"):
        monkeypatch.delenv(f"WORKBENCH_{name}")
    monkeypatch.setenv("WORKBENCH_PASSWORDS", "false")
    monkeypatch.setenv("WORKBENCH_SECRET", "0123456789abcdef0123456789abcdefXYZ")
    settings.cache_clear()
    with pytest.raises(ParameterError, match="nobody could sign in") as error:
        settings()
    assert "XYZ" not in str(error.value)


@pytest.mark.parametrize(
    "odd", ["\x00", "a\ud800", 5, None, True, ["a"], {"a": 1}, "a\nb", "\u202e"]
)
def test_claims_that_are_no_text_count_for_nothing(odd: object) -> None:
    claims = {
        "iss": "https://login.plant.example", "sub": "7f3a", "preferred_username": odd,
        "email": odd, "email_verified": True, "groups": [odd, "plant-7"],
    }  # fmt: skip
    found = person(claims)
    assert (found.name, found.email, found.groups) == ("", "", ("plant-7",))


@pytest.mark.parametrize("sub", ["", " \n", "x" * 256, "\x00", "ä", "\ud800", 7, None, ["a"]])
def test_an_id_that_is_none_is_not_taken(sub: object) -> None:
    claims = {"exp": 1, "iat": 2**40, "sub": sub, "aud": CLIENT}
    with pytest.raises(ValueError, match="sub is no id"):
        module._check_kinds(claims)
