"""Loops of SPOT: peaks over a threshold on both sides of each column, row after row."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["expected_edge", "peaks_run", "peaks_score"]

#: Fewer peaks than this are taken for exponential.
FEW = 10
#: After so many peaks a tail is fitted to each tenth: one more among 200 changes little.
OFTEN, EACH = 30, 10
#: A threshold is set anew when so many times more values go over it than should.
STALE = 5.0
#: A tail's scale is at least this share of the values: exact repetition stays finite.
LEAST = 1e-6


@kernel
def _tail(excess):  # type: ignore[no-untyped-def]
    """Shape and scale of a generalised Pareto tail (Zhang, Stephens 2009) of sorted peaks."""
    count = excess.shape[0]
    mean = np.mean(excess)
    quarter = excess[max(0, int(count / 4.0 + 0.5) - 1)]
    if count < FEW or not quarter > 0.0:
        return 0.0, mean
    grid = 30 + int(np.sqrt(count))
    places, fits = np.empty(grid), np.empty(grid)
    for k in range(grid):
        b = (1.0 - np.sqrt(grid / (k + 0.5))) / (3.0 * quarter) + 1.0 / excess[count - 1]
        shape = 0.0
        for value in excess:
            shape += np.log1p(-b * value)
        shape /= count
        places[k] = b
        fits[k] = count * (np.log(-b / shape) - shape - 1.0)
    best = -np.inf
    for fit in fits:
        best = fit if fit > best else best
    total, b = 0.0, 0.0
    for k in range(grid):
        weight = np.exp(fits[k] - best)
        if weight > 0.0:  # a place where the fit is not defined counts nothing
            total += weight
            b += weight * places[k]
    b /= total
    shape = 0.0
    for value in excess:
        shape += np.log1p(-b * value)
    shape /= count
    scale = -shape / b
    # Alarms are not learned, which cuts the tail off: a tail fitted as bounded would make more
    # alarms of what is usual, and so on. Tails are taken for unbounded.
    if not (np.isfinite(shape) and np.isfinite(scale) and shape > 0.0):
        return 0.0, mean
    return shape, scale


@kernel
def _surprise(over, share, shape, scale):  # type: ignore[no-untyped-def]
    """-log10 of the chance of going over the threshold by more than ``over``."""
    y = over / scale
    if abs(shape) < 1e-6:
        return -np.log10(share) + y / np.log(10.0)
    return -np.log10(share) + np.log10(1.0 + shape * y) / shape


@kernel
def _judge(value, k, base, middle, limit, normal, met, shape, scale):  # type: ignore[no-untyped-def]
    """Score of a value: the larger of its two sides."""
    largest = 0.0
    for side in range(2):
        away = value - base[k] if side == 0 else base[k] - value
        centre = middle[k] if side == 0 else -middle[k]
        share = (met[side, k] + 0.5) / (normal[k] + 1.0)
        if away > limit[side, k]:
            score = _surprise(away - limit[side, k], share, shape[side, k], scale[side, k])
        elif away > centre:
            score = -np.log10(share) * (away - centre) / (limit[side, k] - centre)
        else:
            score = 0.0
        largest = score if score > largest else largest
    return largest


@kernel
def peaks_score(X, ready, base, middle, limit, normal, met, shape, scale, out):  # type: ignore[no-untyped-def]
    """Write the score of each value (n, d)."""
    for row in range(X.shape[0]):
        for k in range(X.shape[1]):
            out[row, k] = 0.0
            if ready:
                out[row, k] = _judge(
                    X[row, k], k, base, middle, limit, normal, met, shape, scale
                )  # fmt: skip


@kernel
def expected_edge(risk, centre, limit, share, shape, scale):  # type: ignore[no-untyped-def]
    """How far from its base a value goes with chance ``risk``: the inverse of the score."""
    if risk >= share:
        return centre + (limit - centre) * np.log10(risk) / np.log10(share)
    odds = np.log(share / risk)
    if abs(shape) < 1e-6:
        return limit + scale * odds
    return limit + scale * np.expm1(shape * odds) / shape


@kernel
def _refit(side, k, limit, met, peaks, shape, scale, size):  # type: ignore[no-untyped-def]
    held = min(np.int64(met[side, k]), peaks.shape[2])
    least = LEAST * (LEAST + size)
    if held == 0:
        shape[side, k], scale[side, k] = 0.0, least
        return
    found = _tail(np.sort(peaks[side, k, :held]))
    shape[side, k] = found[0]
    scale[side, k] = found[1] if found[1] > least else least


@kernel
def _calibrate(  # type: ignore[no-untyped-def]
    k, newest, depth, level, base, middle, limit, normal, met, peaks, shape, scale
):
    """Set base, threshold and peaks of a column from its newest values, oldest first."""
    count = newest.shape[0] - depth
    rest = np.empty(count)
    if depth > 0:
        for row in range(count):
            rest[row] = newest[row + depth] - np.mean(newest[row : row + depth])
        base[k] = np.mean(newest[count:])
    else:
        base[k] = np.median(newest)
        rest[:] = newest - base[k]
    ordered = np.sort(rest)
    middle[k] = np.median(ordered)
    normal[k] = count
    size = abs(ordered[count - 1] - ordered[0]) + abs(base[k])
    place = min(int(level * count), count - 1)
    for side in range(2):
        limit[side, k] = ordered[place] if side == 0 else -ordered[count - 1 - place]
        met[side, k] = 0
        for row in range(count):
            over = (rest[row] if side == 0 else -rest[row]) - limit[side, k]
            if over > 0.0:
                peaks[side, k, np.int64(met[side, k]) % peaks.shape[2]] = over
                met[side, k] += 1
        _refit(side, k, limit, met, peaks, shape, scale, size)


@kernel
def peaks_run(  # type: ignore[no-untyped-def]
    X, risk, level, patience, depth, newest, drift, drifted, counts, alarms,
    base, middle, limit, normal, met, peaks, shape, scale, scored, out,
):  # fmt: skip
    """Score each row by the largest of its columns, then learn it, alarms left out.

    ``newest`` is a ring of rows, ``counts`` the rows seen; ``drift`` (depth, d) are the newest
    values without alarms, ``drifted`` how many of each column there were.
    """
    start = newest.shape[0]
    edge = -np.log10(risk)
    for row in range(X.shape[0]):
        seen = counts[0]
        newest[seen % start] = X[row]
        counts[0] += 1
        largest = 0.0
        for k in range(X.shape[1]):
            value, again = X[row, k], seen + 1 == start
            if seen >= start:
                score = _judge(value, k, base, middle, limit, normal, met, shape, scale)
                largest = score if score > largest else largest
                if score >= edge:
                    alarms[k] += 1
                    again = alarms[k] == patience
                    if not again:
                        continue
                elif patience > 0:
                    most = STALE * (1.0 - level) * normal[k]
                    again = normal[k] > 1.25 * start and max(met[0, k], met[1, k]) > most
            if again:
                order = np.empty(start)
                for place in range(start):
                    order[place] = newest[(seen + 1 + place) % start, k]
                _calibrate(
                    k, order, depth, level, base, middle, limit, normal, met, peaks, shape, scale
                )  # fmt: skip
                alarms[k] = 0
                for place in range(depth):
                    drift[place, k] = order[start - depth + place]
                drifted[k] = 0
                continue
            if seen < start:
                continue
            alarms[k] = 0
            normal[k] += 1
            for side in range(2):
                away = value - base[k] if side == 0 else base[k] - value
                over = away - limit[side, k]
                if over > 0.0:
                    peaks[side, k, np.int64(met[side, k]) % peaks.shape[2]] = over
                    met[side, k] += 1
                    if met[side, k] > OFTEN and met[side, k] % EACH != 0:
                        continue
                    size = abs(value) + abs(base[k])
                    _refit(side, k, limit, met, peaks, shape, scale, size)
            if depth > 0:
                drift[drifted[k] % depth, k] = value
                drifted[k] += 1
                total = 0.0
                for place in range(depth):
                    total += drift[place, k]
                base[k] = total / depth
        if scored:
            out[row] = largest
