"""Passwords: argon2id with OWASP's parameters, and the same time whoever asks."""

from __future__ import annotations

import os
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from workbench.core.errors import ParameterError
from workbench.core.extras import require

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["check_password", "hash_password", "is_outdated", "verify_password"]

#: OWASP's password storage cheat sheet (2025): 19 MiB, two passes, one lane.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
#: NIST SP 800-63B: at least 8 signs; 12 where it is the only factor is our choice.
SHORTEST, LONGEST = 12, 200
#: As many at once as there are cores: a crowd that signs in waits in line, not for memory.
_turns = threading.BoundedSemaphore(os.cpu_count() or 1)


@cache
def _hasher() -> PasswordHasher:
    argon2 = require("argon2", extra="server", why="to keep passwords")
    made: PasswordHasher = argon2.PasswordHasher(
        time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES
    )
    return made


@cache
def _nobody() -> str:
    """Return the hash that an unknown name is held against: it takes as long as a known one."""
    # Not within a turn of its own: whoever asks has one already.
    return _hasher().hash("no account has this password")


def check_password(password: str, name: str = "") -> str:
    """Return a new password in its normal form (NFKC).

    Raises
    ------
    ParameterError
        It is too short or too long, or holds the name of the account.
    """
    normal = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise ParameterError(
            f"A password has {SHORTEST} to {LONGEST} characters, this one has {len(normal)}."
        )
    if len(name) >= 4 and name.casefold() in normal.casefold():
        raise ParameterError("A password must not hold the name of its account.")
    if len(set(normal)) < 5:
        raise ParameterError("A password needs at least five different characters.")
    return normal


def hash_password(password: str) -> str:
    """Return an argon2id hash with its parameters; it takes some 30 ms of one core."""
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    with _turns:
        return _hasher().hash(text)


def verify_password(hashed: str, password: str) -> bool:
    """Return whether a password fits; an empty hash fits none, and takes as long to say so."""
    from argon2.exceptions import InvalidHashError, VerificationError

    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    try:
        with _turns:
            return _hasher().verify(hashed or _nobody(), text) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(hashed: str) -> bool:
    """Return whether a hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(hashed)
