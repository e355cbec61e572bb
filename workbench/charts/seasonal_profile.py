"""Shows the usual day, week or year of a series, so that a reader sees what breaks the habit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CYCLES", "Profile", "choose_cycle", "seasonal_profile", "without_season"]

Floats = npt.NDArray[np.float64]

DAY = 86_400_000.0
#: Length in milliseconds, number of phases, and what a phase is called.
CYCLES: dict[str, tuple[float, int, str]] = {
    "day": (DAY, 24, "hour of the day"),
    "week": (7 * DAY, 7, "day of the week, Monday first"),
    "year": (365.2425 * DAY, 12, "twelfth of the year"),
}
MONDAY = 4 * DAY  # 1970-01-05


@dataclass(frozen=True)
class Profile:
    """Median and quartiles of the values in each phase of a cycle; NaN where there are none."""

    cycle: str
    words: str
    middle: Floats
    low: Floats
    high: Floats
    explained: float


def choose_cycle(x: Floats) -> str:
    """Return the shortest cycle that the times cover three times and see in detail, or "".

    Parameters
    ----------
    x : array of float, shape (n,)
        Sorted milliseconds since 1970.

    Examples
    --------
    >>> choose_cycle(np.arange(24.0 * 10) * DAY / 24), choose_cycle(np.arange(50.0) * DAY)
    ('day', 'week')
    """
    if x.size < 8:
        return ""
    span, step = x[-1] - x[0], float(np.median(np.diff(x[:100_000])))
    for name, (length, phases, _) in CYCLES.items():
        if span >= 3 * length and step <= 2 * length / phases:
            return name
    return ""


def seasonal_profile(x: Floats, y: Floats, cycle: str = "") -> Profile | None:
    """Return what is usual in each phase of a cycle, or None where there is no cycle.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        Sorted milliseconds since 1970, and the values.
    cycle : {"", "day", "week", "year"}
        "" chooses by :func:`choose_cycle`.

    Examples
    --------
    >>> x = np.arange(24.0 * 30) * DAY / 24
    >>> profile = seasonal_profile(x, np.sin(x / DAY * 2 * np.pi))
    >>> profile.cycle, int(profile.middle.argmax()), round(profile.explained, 2)
    ('day', 6, 1.0)
    """
    cycle = cycle or choose_cycle(x)
    if not cycle:
        return None
    _, phases, words = CYCLES[cycle]
    phase = phase_of(x, cycle)
    known = np.isfinite(y)
    order = np.lexsort((y[known], phase[known]))
    sorted_y, sorted_phase = y[known][order], phase[known][order]
    first = np.searchsorted(sorted_phase, np.arange(phases + 1))
    levels = np.full((3, phases), np.nan)
    for k in range(phases):
        part = sorted_y[first[k] : first[k + 1]]
        if part.size:
            levels[:, k] = np.quantile(part, [0.25, 0.5, 0.75])
    rest = y[known] - levels[1][phase[known]]
    spread = float(np.median(np.abs(y[known] - np.median(y[known])))) if known.any() else 0.0
    explained = 1 - float(np.median(np.abs(rest))) / spread if spread > 0 else 0.0
    return Profile(cycle, words, levels[1], levels[0], levels[2], max(0.0, explained))


def without_season(x: Floats, y: Floats, *, timed: bool) -> Floats:
    """Return the values with their usual cycle taken out, at the same level.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        Sorted milliseconds since 1970, and the values.
    timed : bool
        Whether ``x`` is such; without times nothing is taken out.
    """
    profile = seasonal_profile(x, y) if timed else None
    if profile is None:
        return y
    usual = profile.middle - np.nanmean(profile.middle)
    return y - np.nan_to_num(usual)[phase_of(x, profile.cycle)]


def phase_of(x: Floats, cycle: str) -> npt.NDArray[np.intp]:
    """Return the phase of each moment, from 0."""
    length, phases, _ = CYCLES[cycle]
    start = MONDAY if cycle == "week" else 0.0
    share = np.mod(x - start, length) / length
    return np.minimum((share * phases).astype(np.intp), phases - 1)
