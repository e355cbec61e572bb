"""Exact Shapley values of a forest's mean path length, by one table a leaf.

The game is that of Lundberg's path-dependent TreeSHAP (Nature Machine Intelligence 2, 2020): a
column that is left out goes both ways, by the share of training rows. For one leaf with value v,
whose path asks k distinct columns, let o_j say whether the row meets all conditions on column j,
and z_j be the share of training rows that do. Column j then gets

    v (o_j − z_j) ∫₀¹ Π_{i≠j} (z_i (1 − t) + o_i t) dt

a polynomial of degree k − 1 in t, so Gauss's rule with ⌈k/2⌉ places gives the integral exactly
(the idea of Yu et al., Linear TreeSHAP, 2022). All terms are positive: nothing cancels. The
answer depends on the row only through the k bits o_j, hence a table of 2^k lines, worth making
where more rows than that are asked; other leaves compute the line of each row.
"""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["forest_paths", "gauss_places", "shapley"]


def gauss_places(most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return places and weights on [0, 1] that integrate polynomials of degree ``most`` − 1."""
    places, weights = np.polynomial.legendre.leggauss(max(1, (most + 1) // 2))
    return (places + 1.0) / 2.0, weights / 2.0


@kernel
def forest_paths(feature, threshold, cover, leaf, depth):  # type: ignore[no-untyped-def]
    """Return what leads to each leaf that training rows reach.

    Returns
    -------
    counts, values : arrays of shape (leaves,)
        Distinct columns on the path, and the leaf's path length.
    columns, lows, highs, shares : arrays of shape (leaves, depth)
        Conditions low < x <= high, and the share of training rows that meet each.
    """
    trees, inner = feature.shape[0], feature.shape[1]
    most = trees * (inner + 1)
    counts, values = np.zeros(most, np.int64), np.zeros(most)
    columns = np.zeros((most, depth), np.int64)
    lows, highs = np.full((most, depth), -np.inf), np.full((most, depth), np.inf)
    shares = np.ones((most, depth))
    used = 0
    for tree in range(trees):
        for end in range(inner + 1):
            if cover[tree, inner + end] == 0:
                continue
            node, count = inner + end, 0
            while node > 0:
                parent = (node - 1) // 2
                place = threshold[tree, parent]
                if place < np.inf:  # others are no splits: they fill up the perfect tree
                    column, slot = feature[tree, parent], 0
                    while slot < count and columns[used, slot] != column:
                        slot += 1
                    if slot == count:
                        columns[used, slot] = column
                        count += 1
                    if node == 2 * parent + 1:
                        highs[used, slot] = min(highs[used, slot], place)
                    else:
                        lows[used, slot] = max(lows[used, slot], place)
                    shares[used, slot] *= cover[tree, node] / cover[tree, parent]
                node = parent
            counts[used], values[used] = count, leaf[tree, end]
            used += 1
    return (
        counts[:used],
        values[:used],
        columns[:used],
        lows[:used],
        highs[:used],
        shares[:used],
    )


@kernel
def _terms(share, count, places, terms, inverse):  # type: ignore[no-untyped-def]
    """Fill z (1 − t) + o t, and one over it, for o = 0 and 1: (places, count, 2) each."""
    for q in range(places.shape[0]):
        for slot in range(count):
            for met in range(2):
                terms[q, slot, met] = share[slot] * (1.0 - places[q]) + met * places[q]
                inverse[q, slot, met] = 1.0 / terms[q, slot, met]


@kernel
def _line(pattern, value, share, count, weights, terms, inverse, out):  # type: ignore[no-untyped-def]
    """Write what each column of a leaf's path gets, for one pattern of conditions met."""
    one = np.uint64(1)
    for slot in range(count):
        out[slot] = 0.0
    for q in range((count + 1) // 2):
        whole = weights[q] * value
        for slot in range(count):
            whole *= terms[q, slot, (pattern >> np.uint64(slot)) & one]
        for slot in range(count):
            out[slot] += whole * inverse[q, slot, (pattern >> np.uint64(slot)) & one]
    for slot in range(count):
        out[slot] *= np.float64((pattern >> np.uint64(slot)) & one) - share[slot]


@kernel
def shapley(X, counts, values, columns, lows, highs, shares, all_places, all_weights):  # type: ignore[no-untyped-def]
    """Return the summed Shapley values (d, n) of all leaves; ``X`` is (d, n), one column a row.

    ``all_places[c]`` and ``all_weights[c]`` are Gauss's rule for a path of c columns.
    """
    width, rows = X.shape
    most = columns.shape[1]
    parts = np.zeros((width, rows))
    pattern = np.empty(rows, np.uint64)
    terms, inverse = np.empty((most, most, 2)), np.empty((most, most, 2))
    line = np.empty(most)
    table = np.empty((most, 2 ** min(most, 12)))
    for leaf in range(counts.shape[0]):
        count = counts[leaf]
        if count == 0:
            continue
        places, weights = all_places[count], all_weights[count]
        share, value = shares[leaf], values[leaf]
        half = (count + 1) // 2
        _terms(share, count, places[:half], terms, inverse)
        pattern[:] = np.uint64(0)
        for slot in range(count):
            low, high, bit = lows[leaf, slot], highs[leaf, slot], np.uint64(1 << slot)
            seen = X[columns[leaf, slot]]
            for r in range(rows):
                met = (seen[r] > low) & (seen[r] <= high)
                pattern[r] |= bit if met else np.uint64(0)
        if count <= 12 and 2**count <= rows:
            for number in range(2**count):
                _line(np.uint64(number), value, share, count, weights, terms, inverse, line)
                for slot in range(count):
                    table[slot, number] = line[slot]
            for slot in range(count):
                into, known = parts[columns[leaf, slot]], table[slot]
                for r in range(rows):
                    into[r] += known[pattern[r]]
        else:
            for r in range(rows):
                _line(pattern[r], value, share, count, weights, terms, inverse, line)
                for slot in range(count):
                    parts[columns[leaf, slot], r] += line[slot]
    return parts
