"""A provider of sign-in (OpenID Connect): where it is, what it says, and whether to believe it.

The way is the authorization code with PKCE, a state and a nonce. What the provider is asked for
is put together by Authlib, and the claims of an id token are judged by its rules; how its
addresses are reached, and which signatures count, is ours.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from workbench.core.errors import NotSignedIn, ParameterError, WorkbenchError
from workbench.core.extras import require
from workbench.core.settings import settings
from workbench.core.web import guarded_client

__all__ = ["Provider", "Trip", "has_provider", "provider"]

log = logging.getLogger(__name__)
#: Signatures that count. Never "none", and never one that is made with a secret: whoever knows
#: the provider's public key could make such a one with it.
SIGNATURES = ("RS256", "ES256")
#: Seconds that what the provider says of itself is believed, and that an answer may take.
FRESH, SECONDS = 600.0, 8.0
_lock = threading.Lock()
_known: dict[str, tuple[float, Provider]] = {}


def has_provider() -> bool:
    """Tell whether people may sign in by a provider here."""
    return bool(settings().oidc_issuer)


@dataclass(frozen=True)
class Trip:
    """One way to the provider and back.

    Attributes
    ----------
    state, nonce, verifier : str
        Secrets of this way: nobody else can end it.
    back : str
        Where the provider sends the browser.
    """

    state: str
    nonce: str
    verifier: str
    back: str


class Provider:
    """The provider that the settings name.

    Parameters
    ----------
    told : mapping
        What it says of itself (OpenID Connect Discovery).
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = dict(told)
        self._keys: Any = None

    def address(self, trip: Trip) -> str:
        """Return where a browser goes to sign in."""
        authlib = require("authlib.oauth2.client", extra="server", why="to sign in")
        client = authlib.OAuth2Client(
            None, settings().oidc_client, scope=settings().oidc_scopes, redirect_uri=trip.back,
            code_challenge_method="S256",
        )  # fmt: skip
        address, _ = client.create_authorization_url(
            self._told["authorization_endpoint"], state=trip.state, nonce=trip.nonce,
            code_verifier=trip.verifier,
        )  # fmt: skip
        return str(address)

    def ended_at(self, back: str) -> str:
        """Return where a browser goes to sign out there, too; "" where it cannot."""
        from urllib.parse import urlencode

        where = self._told.get("end_session_endpoint")
        if not where:
            return ""
        asked = {"client_id": settings().oidc_client, "post_logout_redirect_uri": back}
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def claims(self, trip: Trip, code: str) -> dict[str, Any]:
        """Return what the provider says of whoever has come back with a code.

        Raises
        ------
        NotSignedIn
            It does not answer as it should, or what it says is not to be believed.
        """
        tokens = self._tokens(trip, code)
        claims = self._judged(tokens, trip)
        known = settings()
        wanted = {known.oidc_username, "email", *([known.oidc_groups] if known.oidc_roles else [])}
        if wanted - set(claims) and self._told.get("userinfo_endpoint"):
            claims = {**self._more(str(tokens.get("access_token", "")), claims["sub"]), **claims}
        return claims

    def count_keys(self) -> int:
        """Return how many keys the provider signs with now; NotSignedIn where it does not say."""
        return len(list(self._key_set(anew=True)))

    def _tokens(self, trip: Trip, code: str) -> dict[str, Any]:
        """Give the code back for tokens."""
        from authlib.common.urls import add_params_to_qs
        from authlib.oauth2.auth import ClientAuth

        known = settings()
        secret = known.oidc_secret.get_secret_value() if known.oidc_secret else ""
        auth = ClientAuth(known.oidc_client, secret, self._way_to_show(secret))
        words = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": trip.back,
            "code_verifier": trip.verifier,
        }  # fmt: skip
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        where, headers, body = auth.prepare(
            "POST", self._told["token_endpoint"], headers, add_params_to_qs("", words.items())
        )
        return _asked("POST", where, headers=headers, content=body)

    def _way_to_show(self, secret: str) -> str:
        ways = self._told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not secret:
            return "none"
        return "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"

    def _more(self, access: str, subject: str) -> dict[str, Any]:
        """Return what it says of the owner of a token, where it is the same person."""
        headers = {"authorization": f"Bearer {access}"}
        told = _asked("GET", self._told["userinfo_endpoint"], headers=headers)
        if told.get("sub") != subject:
            raise NotSignedIn(f"{_name()} speaks of somebody else than who signed in.")
        return told

    # ---- id tokens ------------------------------------------------------------------------------

    def _judged(self, tokens: Mapping[str, Any], trip: Trip) -> dict[str, Any]:
        """Return the claims of an id token that is what it says."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        token = tokens.get("id_token")
        if not isinstance(token, str) or not token.isascii() or len(token) > 100_000:
            raise NotSignedIn(f"{_name()} sends no id token. Ask an administrator.")
        client = settings().oidc_client
        options = {
            "iss": {"essential": True, "value": settings().oidc_issuer},
            "aud": {"essential": True, "value": client},
            "nonce": {"essential": True, "value": trip.nonce},
        }
        params = {
            "nonce": trip.nonce, "client_id": client, "access_token": tokens.get("access_token"),
        }  # fmt: skip
        try:
            header, claims = self._read(token)
            _check_kinds(claims)
            CodeIDToken(claims, header, options, params).validate(leeway=60)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            # Which of the checks it was is for the log: it helps nobody else.
            log.warning("an id token was refused: %s", f"{type(error).__name__}: {error}"[:300])
            raise NotSignedIn(
                f"What {_name()} sends about you cannot be trusted, so nobody was signed in. Try "
                "again; if it stays so, tell an administrator that the log says why."
            ) from error
        return claims

    def _read(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims of a token with a signature that counts."""
        from joserfc import jws, jwt
        from joserfc.errors import InvalidKeyIdError

        registry = jws.JWSRegistry(algorithms=list(SIGNATURES), strict_check_header=False)
        keys = self._key_set()
        try:
            read = jwt.decode(token, keys, registry=registry)
        except InvalidKeyIdError:  # it may have changed its keys since we asked
            read = jwt.decode(token, self._key_set(anew=True), registry=registry)
        return dict(read.header), dict(read.claims)

    def _key_set(self, *, anew: bool = False) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if self._keys is None or anew:
            told = _asked("GET", self._told["jwks_uri"])
            try:
                public = [one for one in told["keys"] if one.get("kty") in ("RSA", "EC")
                          and one.get("use", "sig") == "sig"]  # fmt: skip
                self._keys = KeySet.import_key_set({"keys": public})
            except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise NotSignedIn(f"{_name()} names no usable keys. Try again later.") from error
        return self._keys


def _check_kinds(claims: Mapping[str, Any]) -> None:
    """Refuse claims that are of another kind than they must be."""
    for name in ("exp", "iat"):
        if type(claims.get(name)) is not int:
            raise ValueError(f"{name} is no whole number")
    subject, audience = claims.get("sub"), claims.get("aud")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or not subject.isascii():
        raise ValueError("sub is no id")
    if not subject.isprintable():
        raise ValueError("sub is no id")
    if claims["iat"] < time.time() - 600:
        raise ValueError("it was made too long ago")
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
        raise ValueError("it is for several, and does not say for whom it was made")


def provider() -> Provider:
    """Return the provider of the settings; what it says of itself is kept for a while.

    Raises
    ------
    NotSignedIn
        It does not answer, or answers as another.
    ParameterError
        The settings name none.
    """
    issuer = settings().oidc_issuer
    if not issuer:
        raise ParameterError("No provider of sign-in is set: see WORKBENCH_OIDC_ISSUER.")
    with _lock:
        kept = _known.get(issuer)
    if kept is not None and time.monotonic() - kept[0] < FRESH:
        return kept[1]
    found = Provider(_discovered(issuer))
    with _lock:
        _known.clear()
        _known[issuer] = (time.monotonic(), found)
    return found


def _discovered(issuer: str) -> dict[str, Any]:
    told = _asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise NotSignedIn(
            f"{_name()} calls itself {str(told.get('issuer'))[:200]!r}, not {issuer!r} as "
            "WORKBENCH_OIDC_ISSUER says. Tell an administrator."
        )
    optional = ("userinfo_endpoint", "end_session_endpoint")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", *optional):
        where = told.get(name)
        if where is None and name in optional:
            continue
        parts = urlsplit(where) if isinstance(where, str) else urlsplit("")
        # What must not leave in the clear goes by HTTPS; by HTTP only where the issuer is near.
        if not parts.hostname or parts.scheme not in ("https", urlsplit(issuer).scheme):
            raise NotSignedIn(f"{_name()} names no usable {name}. Tell an administrator.")
    return told


def _asked(method: str, where: str, **parts: Any) -> dict[str, Any]:
    """Return what the provider answers as JSON, or say in plain words that it does not."""
    httpx = require("httpx", extra="server", why="to sign in by a provider")
    try:
        with guarded_client(seconds=SECONDS) as client:
            answer = client.request(method, where, **parts)
        told = answer.json()
    except WorkbenchError as error:
        log.warning("the provider of sign-in is not reached: %s", error)
        raise NotSignedIn(f"{_name()} cannot be reached: {error}") from error
    except httpx.TimeoutException as error:
        raise NotSignedIn(f"{_name()} does not answer in time. Try again in a moment.") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        log.warning("the provider of sign-in fails: %s", type(error).__name__)
        raise NotSignedIn(f"{_name()} does not answer as it should. Try again later.") from error
    if answer.status_code != 200 or not isinstance(told, dict):
        word = told.get("error") if isinstance(told, dict) else ""
        log.warning("the provider of sign-in answers %s %r", answer.status_code, str(word)[:80])
        raise NotSignedIn(
            f"{_name()} refuses, or fails (status {answer.status_code}). Try again; if it stays "
            "so, tell an administrator."
        )
    return told


def _name() -> str:
    return settings().oidc_name
