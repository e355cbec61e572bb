"""Seals on model files: only what this house wrote is opened as its own."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import ModelError
from workbench.store.artifacts import artifact
from workbench.team.secret import signing_key

if TYPE_CHECKING:
    from workbench.workflow.model import Model

__all__ = ["open_sealed", "seal"]


def seal(digest: str, *, foreign: bool = False) -> str:
    """Return the seal of a file with this SHA-256; files from outside have one of their own."""
    words = f"{'foreign ' if foreign else ''}model:{digest}"
    return hmac.new(signing_key(), words.encode("ascii"), hashlib.sha256).hexdigest()


def open_sealed(digest: str, sealed: str) -> Model:
    """Open the file of a model whose seal and content are as they were written.

    What came from outside keeps to a process of its own, also as part of a result.

    Raises
    ------
    ModelError
        Somebody else wrote it, or it was altered.
    """
    from workbench.workflow.foreign import open_foreign
    from workbench.workflow.saving import open_model

    path = artifact(digest)
    if hmac.compare_digest(seal(digest), sealed):
        return open_model(_whole(path, digest))
    if hmac.compare_digest(seal(digest, foreign=True), sealed):
        return open_foreign(_whole(path, digest))
    raise ModelError(_ALTERED)


_ALTERED = (
    "The file of this model is not as it was written, and was not opened. Restore it from a backup."
)


def _whole(path: Path, digest: str) -> Path:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise ModelError(_ALTERED)
    return path
