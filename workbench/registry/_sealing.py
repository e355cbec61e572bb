"""Seals on model files: only what this house wrote is opened as its own."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from workbench.core.errors import ModelError
from workbench.store.artifacts import artifact
from workbench.team.secret import signing_key

__all__ = ["opened", "seal"]


def seal(digest: str) -> str:
    """Return the seal of a file with this SHA-256."""
    return hmac.new(signing_key(), f"model:{digest}".encode("ascii"), hashlib.sha256).hexdigest()


def opened(digest: str, sealed: str) -> Path:
    """Return the path of a model's file whose seal and content are as they were written.

    Raises
    ------
    ModelError
        Somebody else wrote it, or it was altered.
    """
    path = artifact(digest)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest or not hmac.compare_digest(seal(digest), sealed):
        raise ModelError(
            "The file of this model is not as it was written, and was not opened. Restore it from "
            "a backup."
        )
    return path
