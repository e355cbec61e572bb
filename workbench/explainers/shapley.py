"""Contributions for any fitted detector: what if this feature were usual?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np

__all__ = ["ShapleyParts", "shapley_parts"]

#: Rows that may be scored for one explanation.
MOST_ROWS = 20_000
#: Up to this many differing features every combination is scored: 256 rows.
ENUMERATED = 8
#: Sampling ends when no part's standard error exceeds this share of all movement.
SMALL = 0.01
#: Pairs of orders at once; fewer than that give no usable standard error.
ROUND = 8


@dataclass(frozen=True)
class ShapleyParts:
    """Parts that add up to the row's score, and how sure they are.

    Attributes
    ----------
    base : float
        Score of the usual row.
    parts : numpy.ndarray of shape (features,)
        ``base + parts.sum()`` is the row's score.
    errors : numpy.ndarray of shape (features,)
        Standard error of each part; zeros where nothing was sampled.
    rows : int
        Rows that were scored.
    settled : bool
        Whether the errors are as small as wanted; else the cap on rows ended the sampling.
    """

    base: float
    parts: np.ndarray
    errors: np.ndarray
    rows: int
    settled: bool


def shapley_parts(
    score: Callable[[np.ndarray], np.ndarray],
    row: np.ndarray,
    usual: np.ndarray,
    owner: np.ndarray,
    *,
    random_state: int = 0,
    most_rows: int = MOST_ROWS,
) -> ShapleyParts:
    """Return the usual row's score and what each feature adds to reach the row's score.

    With at most 8 features that differ from the usual row, all combinations are scored, and
    the parts are exact Shapley values against that row. With more, features are switched from
    their usual to their actual values in random orders, each order also backwards
    (antithetic); a feature's part is the mean change at its switch. Sampling goes on until no
    standard error exceeds 1 % of the sum of all parts' sizes, or until ``most_rows`` rows were
    scored. Whatever the orders, the parts add up exactly.

    Parameters
    ----------
    score : callable
        From (k, m) values to (k,) scores; the fitted model.
    row, usual : numpy.ndarray of shape (m,)
        The row to explain and a normal one to compare it with.
    owner : numpy.ndarray of shape (m,)
        Feature that each value belongs to; values of one feature are switched together.
    random_state : int
        Seed of the orders.
    most_rows : int
        Cap; two pairs of orders are always sampled.

    References
    ----------
    Castro, Gómez, Tejada: Polynomial calculation of the Shapley value based on sampling, 2009;
    Mitchell, Cooper, Frank, Holmes: Sampling permutations for Shapley value estimation, 2022.

    Examples
    --------
    >>> told = shapley_parts(lambda X: X.sum(axis=1), np.ones(2), np.zeros(2), np.arange(2))
    >>> told.base, told.parts.tolist(), told.errors.tolist()
    (0.0, [1.0, 1.0], [0.0, 0.0])
    """
    features = int(owner.max()) + 1
    differs = np.zeros(features, dtype=bool)
    differs[owner[row != usual]] = True
    acting = np.flatnonzero(differs)
    if acting.size <= ENUMERATED:
        return _enumerated(score, row, usual, owner, acting, features)
    return _sampled(score, row, usual, owner, acting, features, random_state, most_rows)


def _enumerated(
    score: Callable[[np.ndarray], np.ndarray],
    row: np.ndarray,
    usual: np.ndarray,
    owner: np.ndarray,
    acting: np.ndarray,
    features: int,
) -> ShapleyParts:
    """Weigh the change of every combination; exact."""
    count = acting.size
    sets = np.arange(1 << count)
    switched = np.zeros((len(sets), features), dtype=bool)
    switched[:, acting] = (sets[:, None] >> np.arange(count)) & 1
    scores = score(np.where(switched[:, owner], row, usual))
    size = switched.sum(axis=1)
    weight = np.array([factorial(s) * factorial(count - s - 1) for s in range(count)], float)
    parts = np.zeros(features)
    for place, feature in enumerate(acting):
        without = sets[~switched[:, feature]]
        gain = scores[without | (1 << place)] - scores[without]
        parts[feature] = float((weight[size[without]] * gain).sum()) / factorial(count)
    base = float(scores[0])
    return ShapleyParts(base, parts, np.zeros(features), len(sets), True)


def _sampled(
    score: Callable[[np.ndarray], np.ndarray],
    row: np.ndarray,
    usual: np.ndarray,
    owner: np.ndarray,
    acting: np.ndarray,
    features: int,
    random_state: int,
    most_rows: int,
) -> ShapleyParts:
    random = np.random.default_rng(random_state)
    ladder = 2 * (acting.size + 1)
    most = max(2, most_rows // ladder)
    pairs: list[np.ndarray] = []
    base, parts, errors, settled = 0.0, np.zeros(features), np.zeros(features), False
    while len(pairs) < most and not settled:
        orders = [random.permutation(acting) for _ in range(min(ROUND, most - len(pairs)))]
        base, found = _walk(score, row, usual, owner, orders, features)
        pairs += found
        table = np.array(pairs)
        parts = table.mean(axis=0)
        errors = table.std(axis=0, ddof=1) / np.sqrt(len(table)) if len(table) > 1 else errors
        settled = len(table) > 1 and bool(errors.max() <= SMALL * np.abs(parts).sum())
    return ShapleyParts(base, parts, errors, len(pairs) * ladder, settled)


def _walk(
    score: Callable[[np.ndarray], np.ndarray],
    row: np.ndarray,
    usual: np.ndarray,
    owner: np.ndarray,
    orders: list[np.ndarray],
    features: int,
) -> tuple[float, list[np.ndarray]]:
    """Return the base, and each order's mean changes there and back."""
    both = [way for order in orders for way in (order, order[::-1])]
    steps = len(orders[0]) + 1
    switched = np.zeros((len(both), steps, features), dtype=bool)
    for place, order in enumerate(both):
        for step, feature in enumerate(order):
            switched[place, step + 1 :, feature] = True
    rows = np.where(switched.reshape(-1, features)[:, owner], row, usual)
    scores = score(rows).reshape(len(both), steps)
    changes = np.zeros((len(both), features))
    for place, order in enumerate(both):
        changes[place, order] = np.diff(scores[place])
    return float(scores[0, 0]), list((changes[::2] + changes[1::2]) / 2.0)
