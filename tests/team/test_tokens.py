"""Tokens: none is accepted that we did not make, and none that was ended."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime
from typing import Any

import jwt
import numpy as np
import pytest

from workbench.core.errors import NotSignedIn, ParameterError, StoreError
from workbench.core.settings import settings
from workbench.store.audit import entries
from workbench.team.accounts import change_account, create_account
from workbench.team.secret import FILE, signing_key
from workbench.team.tokens import (
    create_api_token,
    end_family,
    issue_tokens,
    list_api_tokens,
    refresh_tokens,
    revoke_api_token,
    token_identity,
)

SECRET = "eleven purple ducks"


def refused(token: str) -> bool:
    try:
        token_identity(token)
    except NotSignedIn:
        return True
    return False


def claims(**changed: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    usual = {
        "iss": "anomaly-workbench", "aud": "anomaly-workbench/api", "sub": "x", "iat": now,
        "exp": now + 300, "jti": "a" * 32, "epoch": 1, "token_use": "access",
    }  # fmt: skip
    return {name: value for name, value in (usual | changed).items() if value is not None}


def signed(key: bytes | None = None, algorithm: str = "HS256", **changed: Any) -> str:
    return str(jwt.encode(claims(**changed), key or signing_key(), algorithm=algorithm))


def unsigned(header: dict[str, Any], body: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, body)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@pytest.mark.usefixtures("any_database")
def test_a_pair_opens_and_a_new_pair_comes_for_the_old_one() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    pair = issue_tokens(user)
    assert token_identity(pair.access).user.id == user.id
    assert "detections:run" in token_identity(pair.access).permissions
    later = refresh_tokens(pair.refresh)
    assert token_identity(later.access).user.id == user.id
    assert pair.access not in repr(pair)


@pytest.mark.usefixtures("any_database")
def test_a_refresh_token_that_is_shown_twice_ends_its_whole_family() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    pair, other = issue_tokens(user), issue_tokens(user)
    later = refresh_tokens(pair.refresh)
    with pytest.raises(NotSignedIn):
        refresh_tokens(pair.refresh)
    with pytest.raises(NotSignedIn):
        refresh_tokens(later.refresh)
    assert refresh_tokens(other.refresh).seconds == 600  # another sign-in is another family
    assert "token.reuse" in [entry.event.action for entry in entries()]


@pytest.mark.usefixtures("any_database")
def test_of_fifty_that_refresh_at_once_at_most_one_lineage_lives() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    pair, renewed, start = issue_tokens(user), [], threading.Barrier(50)

    def renew() -> None:
        start.wait()
        try:
            renewed.append(refresh_tokens(pair.refresh).refresh)
        except NotSignedIn:
            return

    threads = [threading.Thread(target=renew) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(renewed) == 1  # one was first; the second took it for theft and ended the family
    with pytest.raises(NotSignedIn):
        refresh_tokens(renewed[0])


def test_another_role_ends_tokens_of_access_at_once() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    pair = issue_tokens(user)
    change_account("Ada", role="viewer")
    assert refused(pair.access)
    with pytest.raises(NotSignedIn):
        refresh_tokens(pair.refresh)


def test_signed_nonsense_is_refused() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    pair = issue_tokens(user)
    family = jwt.decode(pair.access, options={"verify_signature": False})["family"]
    good = {"sub": user.id, "family": family}
    assert not refused(signed(**good))
    now = int(datetime.now(UTC).timestamp())
    for changed in (
        {"exp": "9999999999999"}, {"exp": 10**400}, {"exp": now + 86_400}, {"exp": now - 1},
        {"exp": now + 300.5}, {"exp": True}, {"exp": None}, {"iat": now + 200}, {"iat": None},
        {"aud": "another"}, {"aud": ["anomaly-workbench/api", "x"]}, {"iss": "another"},
        {"token_use": "refresh"}, {"token_use": None}, {"sub": "nobody"}, {"sub": None},
        {"sub": 7}, {"epoch": 2}, {"epoch": "1"}, {"epoch": 1.0}, {"epoch": True}, {"jti": None},
        {"family": "b" * 32}, {"family": None}, {"family": 7}, {"nbf": now + 200},
    ):  # fmt: skip
        assert refused(signed(**good | changed)), changed
    assert refused(signed(b"another key of thirty-two bytes!", **good))
    assert refused(signed(algorithm="HS384", **good))
    for header in ({"alg": "none"}, {"alg": "None", "typ": "JWT"}, {"alg": "HS256", "kid": "../x"}):
        assert refused(unsigned(header, claims(**good)))


@pytest.mark.usefixtures("any_database")
def test_signing_out_ends_the_token_of_access_too() -> None:
    pair = issue_tokens(create_account("Ada", "analyst", password=SECRET))
    other = issue_tokens(create_account("Ben", "analyst", password=SECRET))
    assert end_family(pair.refresh)
    assert refused(pair.access)
    assert not refused(other.access)
    assert not end_family("none of ours")


@pytest.mark.parametrize(
    ("forged", "mutated"), [(60, 500), pytest.param(1_000, 20_000, marks=pytest.mark.bars)]
)
def test_no_forgery_and_no_mutation_of_a_token_is_accepted(forged: int, mutated: int) -> None:
    user = create_account("Ada", "admin", password=SECRET)
    token = issue_tokens(user).access
    random = np.random.default_rng(20261125)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/"
    accepted = 0
    for _ in range(forged):
        key = random.bytes(int(random.integers(32, 80)))
        use = {"sub": user.id, "epoch": int(random.integers(0, 3))}
        accepted += not refused(signed(key, **use))
    for _ in range(mutated):
        signs = list(token)
        for _ in range(int(random.integers(1, 4))):
            place, way = int(random.integers(len(signs))), int(random.integers(3))
            sign = letters[int(random.integers(len(letters)))]
            if way == 0:
                signs[place] = sign
            elif way == 1:
                signs.insert(place, sign)
            else:
                del signs[place]
        changed = "".join(signs)
        # The last sign of a signature holds bits that decode to nothing: the same signature.
        accepted += _decoded(changed) != _decoded(token) and not refused(changed)
    print(f"{forged} forgeries, {mutated} mutations: {accepted} accepted")
    assert accepted == 0


def _decoded(token: str) -> list[bytes]:
    plain = [part.rstrip("=") for part in token.split(".")]
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) if _sound(part)
            else part.encode() for part in plain]  # fmt: skip


def _sound(part: str) -> bool:
    plain = part.rstrip("=")
    return plain.replace("-", "").replace("_", "").isalnum() and len(plain) % 4 != 1


@pytest.mark.usefixtures("any_database")
def test_a_key_for_a_program_reaches_as_far_as_its_scopes_and_its_owner() -> None:
    user = create_account("Ada", "analyst", password=SECRET)
    key, token = create_api_token(user, "nightly", scopes=["detections:run", "users:write"])
    assert token_identity(key).permissions == {"detections:run"}
    assert token_identity(key).via == f"token:{token.id}"
    assert [one.name for one in list_api_tokens(user.id)] == ["nightly"]
    change_account("Ada", role="viewer")
    assert token_identity(key).permissions == frozenset()
    assert revoke_api_token(token.id)
    assert refused(key)


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["everything"]}, {"days": 0}, {"days": 400}, {"name": " "}],
)
def test_a_key_needs_a_name_scopes_and_an_end(wrong: dict[str, Any]) -> None:
    user = create_account("Ada", "analyst")
    with pytest.raises(ParameterError):
        create_api_token(user, **{"name": "nightly", "scopes": ["audit:read"], **wrong})


def test_the_key_that_signs_is_made_once_and_only_ours_to_read() -> None:
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(signing_key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path = settings().home / FILE
    assert set(keys) == {path.read_bytes()}
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in settings().home.glob("secret*")] == [FILE]
    path.write_bytes(b"short")
    with pytest.raises(StoreError, match="damaged"):
        signing_key()


@pytest.mark.parametrize("weak", ["secret", "a" * 64, "changeme" * 4])
def test_a_weak_secret_is_refused(weak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_SECRET", weak)
    settings.cache_clear()
    with pytest.raises(ParameterError, match="random"):
        signing_key()
