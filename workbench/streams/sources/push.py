"""Records that others send: ``POST /api/v1/streams/{id}/records``, or ``stream.send`` in Python."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

from workbench.core.errors import ParameterError
from workbench.streams.base import Batch, Source, Surroundings

__all__ = ["Push"]


class Push(Source):
    """Waits for what others send; each part is kept before it is acknowledged."""

    about: ClassVar[str] = "records that are sent to the workbench over HTTP"
    is_told: ClassVar[bool] = True

    def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Fetch nothing: records are sent here."""
        raise ParameterError(
            "Records are sent to a stream of the source 'push' on a server; nothing is fetched."
        )
