"""What a score means among the newest ones: compiled, record by record, in the order of time."""

from __future__ import annotations

import math

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["against_newest", "follow_level"]


@kernel
def against_newest(
    scores: np.ndarray,
    ring: np.ndarray,
    ranked: np.ndarray,
    place: np.ndarray,
    rate: float,
    least: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return p-value, threshold and centre for each score, and take it among the newest.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n,)
        Finite.
    ring, ranked : numpy.ndarray of shape (m,)
        The newest scores in the order in which they came, and sorted; changed in place.
    place : numpy.ndarray of shape (2,)
        Where the next one goes, and how many there are; changed in place.
    rate : float
        Share of normal records that the threshold lets pass as anomalous.
    least : int
        Fewest scores that anything is told from.

    Returns
    -------
    tuple of numpy.ndarray of shape (n,)
        Chance of a score as high (conformal), the score that only a share of ``rate`` exceeds
        (an exponential tail through the quantiles .90 and .98), and the median; NaN before.
    """
    size, rows = len(ring), len(scores)
    chance, cut, centre = np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan)
    for row in range(rows):
        score, known = scores[row], place[1]
        if known >= least:
            below = np.searchsorted(ranked[:known], score)
            chance[row] = (known - below + 1.0) / (known + 1.0)
            high = ranked[min(known - 1, int(0.90 * known))]
            higher = ranked[min(known - 1, int(0.98 * known))]
            centre[row] = ranked[known // 2]
            spread = max((higher - high) / math.log(5.0), 1e-12 * (1.0 + abs(high)))
            cut[row] = high + spread * math.log(0.1 / rate)
        if known == size:
            gone = np.searchsorted(ranked, ring[place[0]])
            for at in range(gone, size - 1):
                ranked[at] = ranked[at + 1]
            known -= 1
        else:
            place[1] += 1
        to = np.searchsorted(ranked[:known], score)
        for at in range(known, to, -1):
            ranked[at] = ranked[at - 1]
        ranked[to] = score
        ring[place[0]] = score
        place[0] = (place[0] + 1) % size
    return chance, cut, centre


@kernel
def follow_level(
    values: np.ndarray, level: np.ndarray, seen: np.ndarray, half_life: float, wide: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the range in which each value was expected, and the values with gaps filled.

    The level follows by exponential weights; a value far outside moves it as far as one at the
    edge would, so that a spike is not taken for the new level.

    Parameters
    ----------
    values : numpy.ndarray of shape (n, d)
        NaN where a value is missing.
    level : numpy.ndarray of shape (3, d)
        Mean, mean distance from it, and the last value; changed in place.
    seen : numpy.ndarray of shape (d,)
        How many values there were; changed in place.
    half_life : float
        Records after which a value counts half.
    wide : float
        Half the width of the range, in standard deviations.

    Returns
    -------
    tuple of numpy.ndarray of shape (n, d)
        Low, high (NaN for the first ten values), and the values, the last one in place of a gap.
    """
    rows, width = values.shape
    low, high = np.full((rows, width), np.nan), np.full((rows, width), np.nan)
    filled = np.empty((rows, width))
    pace = 1.0 - 0.5 ** (1.0 / half_life)
    for row in range(rows):
        for column in range(width):
            value = values[row, column]
            mean, away = level[0, column], level[1, column]
            reach = wide * 1.2533 * away
            count = seen[column]
            if count >= 10:
                low[row, column], high[row, column] = mean - reach, mean + reach
            if math.isnan(value):
                filled[row, column] = level[2, column] if count else 0.0
                continue
            filled[row, column] = value
            share = max(pace, 1.0 / (count + 1.0))
            taken = value
            if count >= 10 and away > 0.0:
                taken = min(max(value, mean - reach), mean + reach)
            level[0, column] = mean + share * (taken - mean)
            if count:
                level[1, column] = away + share * (abs(taken - mean) - away)
            level[2, column] = value
            seen[column] = count + 1.0
    return low, high, filled
