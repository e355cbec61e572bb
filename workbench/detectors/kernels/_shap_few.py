"""Exact Shapley values of a forest's mean path length, for few rows: each tree walked twice.

The same game and the same integral as in :mod:`workbench.detectors.kernels._shap`, but summed
over the nodes instead of the leaves (Yu et al.: Linear TreeSHAP, NeurIPS 2022): on the way down
each node keeps the product Π (z_i (1 − t) + o_i t) over the columns asked above it, on the way up
what its leaves give. A column that is asked again further down takes back what it got above. No
table is made, so one row costs as much as any other.
"""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["PLACES", "forest_nodes", "shapley_few"]

#: Places of Gauss's rule that are taken at once, one vector register.
PLACES = 4


@kernel
def forest_nodes(feature, threshold, cover, leaf):  # type: ignore[no-untyped-def]
    """Return the nodes that training rows reach, parents before children, tree after tree.

    Returns
    -------
    first : array of shape (trees + 1,)
        Where each tree begins.
    parent, column, above, before : arrays of shape (nodes,)
        Number of the parent in its tree (−1: a root); column asked on the way here; whether the
        value must lie above the limit; number of the node further up that asked the same column.
    limit, share, value : arrays of shape (nodes,)
        The limit; share of training rows that meet all conditions on the column so far; path
        length of a leaf, 0 elsewhere.
    """
    trees, inner = feature.shape[0], feature.shape[1]
    most = trees * (2 * inner + 1)
    first = np.zeros(trees + 1, np.int64)
    parent, column = np.full(most, -1, np.int64), np.full(most, -1, np.int64)
    above, before = np.zeros(most, np.bool_), np.full(most, -1, np.int64)
    limit, share, value = np.zeros(most), np.ones(most), np.zeros(most)
    number = np.empty(2 * inner + 1, np.int64)
    used = 0
    for tree in range(trees):
        start = used
        for node in range(2 * inner + 1):
            if cover[tree, node] == 0:
                continue
            up = (node - 1) // 2
            if node > 0 and not threshold[tree, up] < np.inf:
                number[node] = number[up]  # no split: it fills up the perfect tree
            else:
                number[node] = used - start
                if node > 0:
                    parent[used] = number[up]
                    column[used] = feature[tree, up]
                    above[used] = node == 2 * up + 2
                    limit[used] = threshold[tree, up]
                    share[used] = cover[tree, node] / cover[tree, up]
                    other = number[up]
                    while other > 0 and column[start + other] != column[used]:
                        other = parent[start + other]
                    if other > 0:
                        before[used] = other
                        share[used] *= share[start + other]
                used += 1
            if node >= inner:
                value[start + number[node]] = leaf[tree, node - inner]
        first[tree + 1] = used
    return (
        first,
        parent[:used],
        column[:used],
        above[:used],
        before[:used],
        limit[:used],
        share[:used],
        value[:used],
    )


@kernel
def shapley_few(X, first, parent, column, above, before, limit, share, value, places, weights):  # type: ignore[no-untyped-def]
    """Return the summed Shapley values (n, d) of all trees for the rows of ``X``, (n, d).

    ``places`` and ``weights`` are Gauss's rule, filled up with weights of 0 to groups of four.
    """
    parts = np.zeros(X.shape)
    most = 0
    for tree in range(first.shape[0] - 1):
        most = max(most, first[tree + 1] - first[tree])
    product, change = np.empty((most, PLACES)), np.empty((most, PLACES))
    inverse, met = np.empty((most, PLACES)), np.empty(most)
    here = np.empty(PLACES)
    for group in range(0, places.shape[0], PLACES):
        place, weight = places[group : group + PLACES], weights[group : group + PLACES]
        for tree in range(first.shape[0] - 1):
            start, count = first[tree], first[tree + 1] - first[tree]
            for r in range(X.shape[0]):
                row, into = X[r], parts[r]
                for q in range(PLACES):
                    product[0, q] = weight[q]
                for node in range(1, count):
                    at = start + node
                    o = np.float64((row[column[at]] > limit[at]) == above[at])
                    z, up, old = share[at], parent[at], before[at]
                    if old < 0:
                        for q in range(PLACES):
                            here[q] = z * (1.0 - place[q]) + o * place[q]
                        for q in range(PLACES):
                            inverse[node, q] = 1.0 / here[q]
                            product[node, q] = product[up, q] * here[q]
                            change[node, q] = (o - z) * inverse[node, q]
                    else:
                        o *= met[old]
                        lost = met[old] - share[start + old]
                        for q in range(PLACES):
                            here[q] = z * (1.0 - place[q]) + o * place[q]
                        for q in range(PLACES):
                            inverse[node, q] = 1.0 / here[q]
                            product[node, q] = product[up, q] * here[q] * inverse[old, q]
                            change[node, q] = (o - z) * inverse[node, q] - lost * inverse[old, q]
                    met[node] = o
                # From here on the products hold what the leaves below give.
                for node in range(count):
                    for q in range(PLACES):
                        product[node, q] *= value[start + node]
                for node in range(count - 1, 0, -1):
                    up, total = parent[start + node], 0.0
                    for q in range(PLACES):
                        total += product[node, q] * change[node, q]
                    for q in range(PLACES):
                        product[up, q] += product[node, q]
                    into[column[start + node]] += total
    return parts
