"""Draws where values are usually found, so that a reader sees at once what lies outside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.charts.seasonal_profile import phase_of, seasonal_profile

__all__ = ["expected_band"]

Floats = npt.NDArray[np.float64]

#: Share of the values below the band and above it.
TAIL = 0.01
STRETCHES = 60
FEWEST = 40
#: A cycle must take this part of the usual distance from the median to shape the band.
ENOUGH = 0.2


def expected_band(
    x: Floats, y: Floats, *, timed: bool, usual: npt.NDArray[np.bool_] | None = None
) -> tuple[Floats, Floats, str]:
    """Return the lower and upper border of what is usual at each place, and the rule in words.

    98 % of the usual values lie between: by the phase of the day, week or year where such a
    cycle shapes the values, else by stretches of neighbours.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        A sorted axis and the values over it.
    timed : bool
        Whether ``x`` is in milliseconds since 1970.
    usual : array of bool, shape (n,), optional
        Which values may shape the band; all by default.

    Examples
    --------
    >>> x = np.arange(1000.0)
    >>> low, high, words = expected_band(x, np.sin(x * 9), timed=False)
    >>> bool((low <= high).all()), words
    (True, '1 % to 99 % of the neighbours')
    """
    known = np.isfinite(y) if usual is None else np.isfinite(y) & usual
    if known.sum() < FEWEST:
        known = np.isfinite(y)
    if not known.any():
        nothing = np.full(y.shape, np.nan)
        return nothing, nothing, "no values"
    profile = seasonal_profile(x[known], y[known]) if timed else None
    if profile is not None and profile.explained >= ENOUGH:
        phase = phase_of(x, profile.cycle)
        low, high = _by_group(y[known], phase[known], int(phase.max()) + 1)
        return low[phase], high[phase], f"1 % to 99 % by {profile.words}"
    places, low, high = _by_stretch(x[known], y[known])
    return np.interp(x, places, low), np.interp(x, places, high), "1 % to 99 % of the neighbours"


def _by_group(y: Floats, group: npt.NDArray[np.intp], count: int) -> tuple[Floats, Floats]:
    ends = np.quantile(y, [TAIL, 1 - TAIL])
    low, high = np.full(count, ends[0]), np.full(count, ends[1])
    for k in range(count):
        part = y[group == k]
        if part.size >= FEWEST:
            low[k], high[k] = np.quantile(part, [TAIL, 1 - TAIL])
    return low, high


def _by_stretch(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    count = int(max(1, min(STRETCHES, y.size // FEWEST)))
    parts = np.array_split(np.arange(y.size), count)
    ends = np.array([np.quantile(y[part], [TAIL, 1 - TAIL]) for part in parts])
    places = np.array([x[part].mean() for part in parts])
    # Two neighbours on either side speak, too: one odd stretch does not lift its own band.
    near = np.pad(ends, ((2, 2), (0, 0)), mode="edge")
    calm = np.median(np.stack([near[i : i + count] for i in range(5)]), axis=0)
    return places, calm[:, 0], calm[:, 1]
