"""Where a parameter may be looked for: declared by a detector, else guessed from its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["Range", "Space", "over", "space_of"]

#: Parameters that are no choice about the data: seeds, and limits on cost.
LEFT_ALONE = ("random_state", "max_rows", "max_windows", "max_points", "max_iter", "members")
#: How far below and above its default a number is looked for when nobody says.
FACTOR = 4


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; whole ones where both are whole.

    Attributes
    ----------
    low, high : float
    log : bool
        Whether doubling counts the same everywhere: for what spans orders of magnitude.
    """

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


#: By parameter: a range, or the values to choose among.
Space = Mapping[str, Range | tuple[Any, ...]]


def over(**places: Range | tuple[Any, ...]) -> Space:
    """Return a space that nobody changes, as a detector declares it: ``space = over(nu=…)``."""
    return MappingProxyType(places)


def space_of(kind: Any) -> dict[str, Range | tuple[Any, ...]]:
    """Return where the parameters of a detector are looked for.

    Parameters
    ----------
    kind : type of Detector
        Its ``space`` counts where it declares one. Else each parameter is looked for around its
        default: numbers up to four times smaller or larger, switches on and off; text and None
        say too little and stay.

    Examples
    --------
    >>> from workbench.detectors import DETECTORS
    >>> space_of(DETECTORS.get("lof"))
    {'n_neighbors': Range(low=3, high=200, log=True)}
    """
    if kind.space is not None:
        return dict(kind.space)
    guessed = {name: _around(value) for name, value in kind.defaults().items()}
    return {
        name: found
        for name, found in guessed.items()
        if found is not None and name not in LEFT_ALONE
    }


def _around(value: Any) -> Range | tuple[Any, ...] | None:
    if isinstance(value, bool):
        return (False, True)
    if isinstance(value, int) and value > 0:
        return Range(max(1, value // FACTOR), value * FACTOR, log=True)
    if isinstance(value, float) and value > 0.0:
        # A share stays one: nobody knows whether more than all of it could work.
        most = min(value * FACTOR, (1.0 + value) / 2.0) if value <= 1.0 else value * FACTOR
        return Range(value / FACTOR, most, log=True)
    return None
