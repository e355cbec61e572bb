"""Rows that come with a request, scored by a kept model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.registry.models import opened_version, scoring_version

if TYPE_CHECKING:
    from workbench.team.access import Identity
    from workbench.workflow.detection import Detection

__all__ = ["score_rows"]


def score_rows(
    who: Identity, model: str, rows: Sequence[Mapping[str, Any]], number: int | None = None
) -> tuple[int, Detection]:
    """Score rows with a model.

    Parameters
    ----------
    who : Identity
    model : str
    rows : sequence of mappings
        From columns to values; what a row does not say is missing.
    number : int, optional
        Version; by default as deployed.

    Returns
    -------
    tuple of int and Detection
        The version that scored, and what it found.
    """
    import pandas as pd

    version = scoring_version(who, model, number)
    return version.number, opened_version(version).score(pd.DataFrame(list(rows)))
