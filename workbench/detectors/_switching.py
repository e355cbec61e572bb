"""Explains any judge of stretches: what if this column, or this piece, were as usual?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.detectors._nearest import nearest

__all__ = [
    "Judge",
    "alike",
    "over_points",
    "piece_parts",
    "switched_parts",
    "thinned",
    "typical_stretches",
]

#: From stretches (m, d·pieces), column after column, to scores (m,).
Judge = Callable[[np.ndarray], np.ndarray]

#: Usual stretches that explanations compare with.
TYPICAL = 200
#: Pieces of a stretch told apart, and stretches over one point that are looked at.
PIECES, COVERING = 8, 24


def typical_stretches(known: np.ndarray, judge: Judge) -> np.ndarray:
    """Return usual stretches to compare odd ones with: a mean of all would be none of them."""
    few = known[np.linspace(0, len(known) - 1, min(len(known), 2 * TYPICAL)).astype(int)]
    return few[np.argsort(judge(few), kind="stable")[: max(1, len(few) // 2)]]


def alike(typical: np.ndarray, stretches: np.ndarray) -> np.ndarray:
    """Return for each stretch the most similar usual one."""
    return np.asarray(typical[nearest(typical, stretches, 1)[1][:, 0]])


def switched_parts(
    judge: Judge, stretches: np.ndarray, typical: np.ndarray, columns: int
) -> tuple[float, np.ndarray]:
    """Share what stretches score above alike usual ones by what each column changes.

    All stretches are scored; the comparison takes some of them, evenly spread.

    Parameters
    ----------
    judge : callable
    stretches : numpy.ndarray of shape (m, d·pieces)
        What to explain.
    typical : numpy.ndarray of shape (t, d·pieces)
        Usual stretches.
    columns : int
        d.

    Returns
    -------
    float, numpy.ndarray of shape (d,)
        The usual stretches' mean score, and parts that add up to the mean score with it.
    """
    scores = judge(stretches)
    few = thinned(len(stretches))
    score, sampled = float(scores.mean()), float(scores[few].mean())
    stretches = stretches[few]
    usual = alike(typical, stretches)
    base = float(judge(usual).mean())
    drops = np.empty(columns)
    wide = stretches.shape[1] // columns
    for column in range(columns):
        changed = stretches.copy()
        part = slice(column * wide, (column + 1) * wide)
        changed[:, part] = usual[:, part]
        drops[column] = sampled - float(judge(changed).mean())
    weight = np.clip(drops, 0.0, None)
    total = weight.sum()
    share = weight / total if total > 0.0 else np.full(columns, 1.0 / columns)
    return base, share * (score - base)


def piece_parts(judge: Judge, stretches: np.ndarray, usual: np.ndarray, columns: int) -> np.ndarray:
    """Return by how much each stretch's score drops as each piece becomes usual, (m, d, pieces).

    Neighbouring pieces are switched together, about eight groups a column; never negative.
    """
    score = judge(stretches)
    pieces = stretches.shape[1] // columns
    parts = np.zeros((len(stretches), columns, pieces))
    edges = np.linspace(0, pieces, min(pieces, PIECES) + 1).astype(int)
    for column in range(columns):
        for first, last in zip(edges[:-1], edges[1:], strict=True):
            changed = stretches.copy()
            place = slice(column * pieces + first, column * pieces + last)
            changed[:, place] = usual[:, place]
            drop = np.clip(score - judge(changed), 0.0, None)
            parts[:, column, first:last] = drop[:, None] / (last - first)
    return parts


def over_points(parts: np.ndarray, starts: np.ndarray, width: int) -> tuple[int, np.ndarray]:
    """Bring parts of stretches (m, d, pieces) to the points that they cover.

    Parameters
    ----------
    starts : numpy.ndarray of int, shape (m,)
        First point of each stretch, ascending.
    width : int
        Points a stretch.

    Returns
    -------
    int, numpy.ndarray of shape (d, points)
        The first point, and mean parts from there on.
    """
    first = int(starts[0])
    found = np.zeros((parts.shape[1], int(starts[-1]) - first + width))
    sizes = np.diff(np.linspace(0, width, parts.shape[2] + 1).astype(int))
    spread = np.repeat(parts / sizes, sizes, axis=2)
    for place, start in enumerate(starts.tolist()):
        found[:, start - first : start - first + width] += spread[place]
    return first, found / len(starts)


def thinned(count: int) -> np.ndarray:
    """Return at most ``COVERING`` of some places, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, count - 1, min(count, COVERING)).astype(int))
