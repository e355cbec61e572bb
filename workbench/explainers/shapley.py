"""Contributions for any fitted detector: what if this feature were usual?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["shapley_parts"]

#: Rows that may be scored for one explanation.
MOST_ROWS = 20_000


def shapley_parts(
    score: Callable[[np.ndarray], np.ndarray],
    row: np.ndarray,
    usual: np.ndarray,
    owner: np.ndarray,
    *,
    random_state: int = 0,
) -> tuple[float, np.ndarray]:
    """Return the usual row's score and what each feature adds to reach the row's score.

    Features are switched from their usual to their actual values in random orders, each order
    also backwards (antithetic); a feature's part is the mean change at its switch. Whatever
    the orders, the parts add up exactly.

    Parameters
    ----------
    score : callable
        From (k, m) values to (k,) scores; the fitted model.
    row, usual : numpy.ndarray of shape (m,)
        The row to explain and a normal one to compare it with.
    owner : numpy.ndarray of shape (m,)
        Feature that each value belongs to; values of one feature are switched together.

    Returns
    -------
    float, numpy.ndarray of shape (number of features,)

    References
    ----------
    Castro, Gómez, Tejada: Polynomial calculation of the Shapley value based on sampling, 2009.
    """
    features = int(owner.max()) + 1
    rounds = max(1, min(8, MOST_ROWS // (2 * (features + 1))))
    random = np.random.default_rng(random_state)
    orders: list[np.ndarray] = []
    for _ in range(rounds):
        order = random.permutation(features)
        orders += [order, order[::-1]]
    parts = np.zeros(features)
    base = 0.0
    for order in orders:
        ladder = np.tile(usual, (features + 1, 1))
        for step, feature in enumerate(order):
            ladder[step + 1 :, owner == feature] = row[owner == feature]
        scores = score(ladder)
        base = float(scores[0])
        parts[order] += np.diff(scores)
    return base, parts / len(orders)
