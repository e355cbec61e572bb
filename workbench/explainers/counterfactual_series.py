"""What would have to change in a series: a stretch of few features as it was expected."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator

import numpy as np

from workbench.preparation.windows import find_period, rolling_median

__all__ = ["expected_courses", "find_replacement"]

#: Values that may be scored for one answer, and changed series at least and at most.
MOST_CELLS, FEWEST, MOST = 2_000_000, 4, 24
#: Seconds after which no further series is scored; what was found until then is verified.
MOST_SECONDS = 5.0
#: Periods to either side that say what is usual at a phase.
PERIODS = 10
#: Features replaced together.
MOST_CHANGED = 4


def expected_courses(
    X: np.ndarray, stretch: np.ndarray, usual: np.ndarray, foreseen: np.ndarray | None
) -> list[np.ndarray]:
    """Return what a stretch may be replaced by, best guess first, each of shape (k, d).

    Parameters
    ----------
    X : numpy.ndarray of shape (n, d)
        The series, in the order of time.
    stretch : numpy.ndarray of int, shape (k,)
        Adjacent positions.
    usual : numpy.ndarray of bool, shape (n,)
        Which rows are no anomalies.
    foreseen : numpy.ndarray of shape (n, d) or None
        What the detector expected, where it knows.
    """
    courses = [] if foreseen is None else [foreseen[stretch]]
    # Odd rows would hide the period.
    periods = [find_period(_bridged(column, usual)) for column in X.T]
    elsewhere = _elsewhere(X, stretch, usual, max(periods, default=0) or len(stretch))
    courses += [] if elsewhere is None else [elsewhere]
    seasonal = np.column_stack(
        [_by_phase(column, stretch, usual, p) for column, p in zip(X.T, periods, strict=True)]
    )
    straight = np.column_stack([_straight(column, stretch, usual) for column in X.T])
    phased = np.isfinite(seasonal)
    if phased.any():
        courses.append(np.where(phased, seasonal, straight))
    courses.append(straight)
    return courses


def _bridged(values: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return values with straight lines over the odd ones."""
    known = np.flatnonzero(usual)
    if known.size == 0:
        return values
    return np.where(usual, values, np.interp(np.arange(len(values)), known, values[known]))


def _elsewhere(
    X: np.ndarray, stretch: np.ndarray, usual: np.ndarray, period: int
) -> np.ndarray | None:
    """Return what really happened nearest by at the same phase, where all of it was usual.

    A mean course is too smooth to look usual over many points.
    """
    for times in range(1, len(X) // period + 1):
        for side in (-1, 1):
            places = stretch + side * times * period
            if places[0] >= 0 and places[-1] < len(X) and usual[places].all():
                return X[places]
    return None


def _by_phase(
    values: np.ndarray, stretch: np.ndarray, usual: np.ndarray, period: int
) -> np.ndarray:
    """Return medians of usual values at the same phase nearby; NaN where there is no period."""
    if not period:
        return np.full(len(stretch), np.nan)
    shifts = period * np.concatenate([np.arange(-PERIODS, 0), np.arange(1, PERIODS + 1)])
    places = stretch[:, None] + shifts
    inside = (places >= 0) & (places < len(values))
    places = np.clip(places, 0, len(values) - 1)
    known = np.where(inside & usual[places], values[places], np.nan)
    found = np.full(len(stretch), np.nan)
    told = np.isfinite(known).any(axis=1)
    found[told] = np.nanmedian(known[told], axis=1)
    return found if told.all() else np.full(len(stretch), np.nan)


def _straight(values: np.ndarray, stretch: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return a line between the usual levels before and after the stretch."""
    known = np.flatnonzero(usual)
    known = known[(known < stretch[0]) | (known > stretch[-1])]
    if known.size == 0:
        return np.full(len(stretch), float(np.median(values)))
    # A median over few points: the last one before the stretch may be odd already.
    levels = rolling_median(values[known], 3)
    return np.asarray(np.interp(stretch, known, levels))


def find_replacement(
    judge: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    stretch: np.ndarray,
    courses: list[np.ndarray],
    order: list[int],
    threshold: float,
) -> tuple[list[int], np.ndarray, float, int] | tuple[None, None, None, int]:
    """Return which columns of a stretch, replaced by what, leave its highest score usual.

    The leading column first, then the leading two, three and four together, each with every
    course; then others alone. Every answer was scored by the model in its place in the series.

    Parameters
    ----------
    judge : callable
        From the whole series (n, d) to scores (n,).
    order : list of int
        Columns, the most suspicious first.
    threshold : float
        Score that must not be exceeded by any row of the stretch.

    Returns
    -------
    columns, values (k, d), score, tried
        ``None`` for the first three where nothing was found.
    """
    most = int(np.clip(MOST_CELLS // max(X.size, 1), FEWEST, MOST))
    start = clock.perf_counter()
    tried = 0
    for tried, (columns, course) in enumerate(_trials(courses, order), start=1):
        changed = X.copy()
        changed[stretch[:, None], columns] = course[:, columns]
        score = float(judge(changed)[stretch].max())
        if score <= threshold:
            return columns, course, score, tried
        if tried >= most or clock.perf_counter() - start > MOST_SECONDS:
            break
    return None, None, None, tried


def _trials(courses: list[np.ndarray], order: list[int]) -> Iterator[tuple[list[int], np.ndarray]]:
    for course in courses:
        yield order[:1], course
    for count in range(2, min(len(order), MOST_CHANGED) + 1):
        for course in courses:
            yield order[:count], course
    for column in order[1 : MOST_CHANGED + 1]:
        yield [column], courses[0]
