"""A trial: one detector with parameters that a search tried, and how it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Trial"]


@dataclass(frozen=True)
class Trial:
    """One detector with parameters, and what it was worth.

    Attributes
    ----------
    number : int
        From 0, in the order in which they were begun.
    detector : str
    params : dict
        Those that were searched; the others have their defaults.
    state : {"done", "pruned", "failed"}
        Pruned ones did worse than most on the first parts, and were not taken to the end.
    value : float or None
        Mean over the parts that were judged, in [0, 1]; higher is better. None where it failed.
    parts : tuple of float
        One value a held-out part; NaN-free.
    seconds : float
    reason : str
        Why it failed.
    """

    number: int
    detector: str
    params: dict[str, Any] = field(default_factory=dict)
    state: Literal["done", "pruned", "failed"] = "done"
    value: float | None = None
    parts: tuple[float, ...] = ()
    seconds: float = 0.0
    reason: str = ""
