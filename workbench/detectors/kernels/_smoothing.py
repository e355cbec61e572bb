"""Loops of the online smoother: level, season and spread of each column, one row after another."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["smooth_run", "smooth_score"]

#: Makes a mean absolute deviation, or a median one, estimate a normal standard deviation.
MEAN_TO_SIGMA, MAD_TO_SIGMA = 1.2533141373155003, 1.482602218505602
#: A spread is at least this share of the level: exact repetition stays finite.
LEAST = 1e-6
#: Share of the way that a place in the season moves at a visit, once it was seen often.
SEASON_RATE = 0.1


@kernel
def _phase(position, season):  # type: ignore[no-untyped-def]
    return np.int64(np.floor(position)) % season


@kernel
def _floored(spread, middle):  # type: ignore[no-untyped-def]
    least = LEAST * (LEAST + abs(middle))
    return spread if spread > least else least


@kernel
def smooth_score(X, time, level, spread, profile, started, out):  # type: ignore[no-untyped-def]
    """Write how many spreads each value (n, d) is away from where it is expected."""
    for row in range(X.shape[0]):
        phase = _phase(time[row], profile.shape[0])
        for column in range(X.shape[1]):
            middle = level[column] + profile[phase, column]
            away = abs(X[row, column] - middle) / _floored(spread[column], middle)
            out[row, column] = away if started else 0.0


@kernel
def _median(values):  # type: ignore[no-untyped-def]
    ordered = np.sort(values)
    half = ordered.shape[0] // 2
    if ordered.shape[0] % 2:
        return ordered[half]
    return ordered[half - 1] / 2.0 + ordered[half] / 2.0


@kernel
def _start(first, phases, level, spread, profile, visits):  # type: ignore[no-untyped-def]
    """Take level, season and spread from the first rows, robustly."""
    rows, season = first.shape[0], profile.shape[0]
    for row in range(rows):
        visits[phases[row]] += 1
    for column in range(first.shape[1]):
        values = first[:, column]
        level[column] = _median(values)
        if season > 1:
            for row in range(rows):
                share = (values[row] - level[column]) / visits[phases[row]]
                profile[phases[row], column] += share
            # What the season leaves is not known yet: neighbouring rows tell how it jumps.
            rest = np.abs(values[1:] - values[:-1]) / np.sqrt(2.0)
        else:
            rest = np.abs(values - level[column])
        spread[column] = MAD_TO_SIGMA * _median(rest)
        if not spread[column] > 0.0:
            spread[column] = MEAN_TO_SIGMA * np.mean(rest)


@kernel
def smooth_run(  # type: ignore[no-untyped-def]
    X, time, rate, edge, first, phases, level, spread, profile, visits, counts, scored, out
):
    """Score each row by the largest of its columns, then learn it.

    Values further than ``edge`` spreads from where they are expected count as if they were at
    the edge (Gelper et al. 2010). ``counts`` holds the rows seen.
    """
    season = profile.shape[0]
    start = first.shape[0]
    for row in range(X.shape[0]):
        phase = _phase(time[row], season)
        seen = counts[0]
        counts[0] += 1
        if seen < start:
            first[seen] = X[row]
            phases[seen] = phase
            if seen + 1 == start:
                _start(first, phases, level, spread, profile, visits)
            if scored:
                out[row] = 0.0
            continue
        # As a mean of few rows at first, and with its rate once they are many.
        young = 1.0 / (seen - start + min(start, 20))
        step = rate if rate > young else young
        visits[phase] += 1
        turn = 1.0 / visits[phase]
        turn = turn if turn > SEASON_RATE else SEASON_RATE
        largest = 0.0
        for column in range(X.shape[1]):
            middle = level[column] + profile[phase, column]
            gap = X[row, column] - middle
            scale = _floored(spread[column], middle)
            away = abs(gap) / scale
            largest = away if away > largest else largest
            if season > 1 and visits[phase] == 1:  # a place never seen before
                profile[phase, column] = gap
                continue
            held = gap
            if away > edge:
                held = edge * scale if gap > 0.0 else -edge * scale
            level[column] += step * held
            if season > 1:
                profile[phase, column] += turn * (held - step * held)
            spread[column] += step * (MEAN_TO_SIGMA * abs(held) - scale)
        if scored:
            out[row] = largest
