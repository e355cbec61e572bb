"""What a browser takes along to a provider of sign-in and back: sealed, in a cookie of its own.

Nothing is kept here meanwhile, so that nobody fills the database by beginning to sign in; and only
the browser that began can end it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass, field

from workbench.core.errors import NotSignedIn
from workbench.team.provider import Trip
from workbench.team.secret import signing_key

__all__ = ["COOKIE", "LASTS", "Journey", "opened", "sealed"]

COOKIE = "wb_trip"
#: Seconds that somebody may take at the provider.
LASTS = 600
OVER = (
    "This sign-in was begun elsewhere, or took longer than ten minutes. Begin again: nothing was "
    "changed."
)


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Journey:
    """One way to the provider and back, with what it is for.

    Attributes
    ----------
    back : str
        Where the provider sends the browser.
    wanted : str
        Where somebody wanted to go.
    link : str
        Secret of the link that they followed.
    user : str
        Id of who is signed in and wants their account linked.
    until : float
        When it is over.
    state, nonce, verifier : str
    """

    back: str
    wanted: str
    link: str = ""
    user: str = ""
    until: float = field(default_factory=lambda: time.time() + LASTS)
    state: str = field(default_factory=_secret)
    nonce: str = field(default_factory=_secret)
    verifier: str = field(default_factory=_secret)

    def trip(self) -> Trip:
        """Return what the provider needs of it."""
        return Trip(self.state, self.nonce, self.verifier, self.back)


def sealed(journey: Journey) -> str:
    """Return a journey as the value of a cookie that nobody can change."""
    body = base64.urlsafe_b64encode(json.dumps(asdict(journey)).encode()).decode("ascii")
    return f"{body}.{_seal(body)}"


def opened(cookie: str, state: str) -> Journey:
    """Return the journey of a cookie, for the state that the provider sends back.

    Raises
    ------
    NotSignedIn
        There is none, it is over, it is another's, or the seal is broken.
    """
    body, _, seal = cookie.partition(".")
    if not hmac.compare_digest(_seal(body).encode(), seal.encode("utf-8", "replace")):
        raise NotSignedIn(OVER)
    journey = Journey(**json.loads(base64.urlsafe_b64decode(body)))
    same = hmac.compare_digest(journey.state.encode(), state.encode("utf-8", "replace"))
    if not same or journey.until < time.time():
        raise NotSignedIn(OVER)
    return journey


def _seal(body: str) -> str:
    key = hashlib.sha256(b"way to the provider" + signing_key()).digest()
    return hmac.new(key, body.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
