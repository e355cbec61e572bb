"""Loops of the robust random cut forest: trees in arrays that rows enter and leave.

In a tree of up to S rows inner nodes are numbered 0 … S − 1 and leaves S … 2S − 1. A leaf holds
one point and how many equal rows it stands for; an inner node holds a cut (left: up to it), its
mass and the box of its rows. Widths of boxes are in units of each column, ``weight``.
"""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._chance import chance
from workbench.detectors.kernels._compile import kernel

__all__ = ["column_weights", "cut_forest_run", "cut_forest_score", "tree_is_sound"]

#: How many mean deviations a value moves the middle of its column at most.
REACH = 5.0
#: The ``ends`` of a tree: root, rows held, free inner nodes, free leaves.
ROOT, HELD, FREE_INNER, FREE_LEAVES = 0, 1, 2, 3


@kernel
def column_weights(X, slowest, seen, centre, spread, weights):  # type: ignore[no-untyped-def]
    """Write 1 / mean deviation of each column as known before each row, then learn the row."""
    for row in range(X.shape[0]):
        count = seen + row
        for column in range(X.shape[1]):
            least = 1e-9 * abs(centre[column]) + 1e-100
            known = spread[column]
            weights[row, column] = 1.0 / (known if known > least else least)
            if count == 0:
                centre[column] = X[row, column]
                continue
            rate = 1.0 / (count + 1.0)
            rate = rate if rate > slowest else slowest
            gap = X[row, column] - centre[column]
            if count > 20 and known > 0.0 and abs(gap) > REACH * known:
                gap = REACH * known if gap > 0.0 else -REACH * known
            centre[column] += rate * gap
            spread[column] += rate * (abs(gap) - known)


@kernel
def _box(node, size, low, high, points):  # type: ignore[no-untyped-def]
    """Box of a node; a leaf's is its point."""
    if node >= size:
        return points[node - size], points[node - size]
    return low[node], high[node]


@kernel
def _enter(x, weight, links, cuts, low, high, points, free, ends, state):  # type: ignore[no-untyped-def]
    """Put a row into a tree as if the tree had been cut with it (Guha et al. 2016); its leaf."""
    parent, left, right, column, mass = links
    size = cuts.shape[0]
    node, above = np.int64(ends[ROOT]), np.int64(-1)
    while node >= 0:
        a, b = _box(node, size, low, high, points)
        total = 0.0
        for k in range(x.shape[0]):
            total += weight[k] * (max(b[k], x[k]) - min(a[k], x[k]))
        if total == 0.0 and node >= size:
            mass[node] += 1
            return node
        rest, pick = chance(state) * total, -1
        place = 0.0
        for k in range(x.shape[0]):
            width = weight[k] * (max(b[k], x[k]) - min(a[k], x[k]))
            if width > 0.0:
                pick, place = k, min(a[k], x[k]) + rest / weight[k]
                if rest < width:
                    break
                rest -= width
        if pick >= 0:
            under = x[pick] < a[pick] and x[pick] <= place < a[pick]
            over = x[pick] > b[pick] and b[pick] <= place < x[pick]
            if node >= size and not under and not over:  # rounding: a leaf is always cut off
                under, over = x[pick] < a[pick], x[pick] > b[pick]
                place = min(x[pick], a[pick])
            if under or over:
                break
        # Goes into this node.
        mass[node] += 1
        for k in range(x.shape[0]):
            low[node, k] = min(low[node, k], x[k])
            high[node, k] = max(high[node, k], x[k])
        above = node
        node = np.int64(left[node] if x[column[node]] <= cuts[node] else right[node])
    ends[FREE_LEAVES] -= 1
    leaf = np.int64(free[1, ends[FREE_LEAVES]])
    points[leaf - size] = x
    mass[leaf] = 1
    if node < 0:
        ends[ROOT] = leaf
        parent[leaf] = -1
        return leaf
    ends[FREE_INNER] -= 1
    fresh = np.int64(free[0, ends[FREE_INNER]])
    a, b = _box(node, size, low, high, points)
    for k in range(x.shape[0]):
        low[fresh, k], high[fresh, k] = min(a[k], x[k]), max(b[k], x[k])
    column[fresh], cuts[fresh] = pick, place
    left[fresh], right[fresh] = (leaf, node) if under else (node, leaf)
    mass[fresh] = mass[node] + 1
    parent[leaf], parent[node], parent[fresh] = fresh, fresh, above
    if above < 0:
        ends[ROOT] = fresh
    elif left[above] == node:
        left[above] = fresh
    else:
        right[above] = fresh
    return leaf


@kernel
def _leave(leaf, links, cuts, low, high, points, free, ends):  # type: ignore[no-untyped-def]
    """Take one row of a leaf out of its tree."""
    parent, left, right, _, mass = links
    size = cuts.shape[0]
    mass[leaf] -= 1
    node = np.int64(parent[leaf])
    shrinks = mass[leaf] == 0
    if shrinks:
        free[1, ends[FREE_LEAVES]] = leaf
        ends[FREE_LEAVES] += 1
        if node < 0:
            ends[ROOT] = -1
            return
        other = np.int64(right[node] if left[node] == leaf else left[node])
        above = np.int64(parent[node])
        free[0, ends[FREE_INNER]] = node
        ends[FREE_INNER] += 1
        parent[other] = above
        if above < 0:
            ends[ROOT] = other
        elif left[above] == node:
            left[above] = other
        else:
            right[above] = other
        node = above
    while node >= 0:
        mass[node] -= 1
        if shrinks:
            a, b = _box(np.int64(left[node]), size, low, high, points)
            c, d = _box(np.int64(right[node]), size, low, high, points)
            shrinks = False
            for k in range(points.shape[1]):
                lowest, highest = min(a[k], c[k]), max(b[k], d[k])
                shrinks |= lowest != low[node, k] or highest != high[node, k]
                low[node, k], high[node, k] = lowest, highest
        node = np.int64(parent[node])


@kernel
def _displaced(x, weight, links, cuts, low, high, points, ends, parts):  # type: ignore[no-untyped-def]
    """Expected collusive displacement of a row, were it to enter; adds each column's part.

    At each node on its way the row is cut off with the chance that the part of the box's widths
    that it adds has; then all rows of the node move down by one. Groups that it would join move
    their siblings' rows, shared among the group. What is left has no column: equal rows.
    """
    _, left, right, column, mass = links
    size = cuts.shape[0]
    node = np.int64(ends[ROOT])
    if node < 0:
        return 0.0
    total, reached, group = 0.0, 1.0, 0.0
    while True:
        a, b = _box(node, size, low, high, points)
        outside, inside = 0.0, 0.0
        for k in range(x.shape[0]):
            inside += weight[k] * (b[k] - a[k])
            outside += weight[k] * (max(a[k] - x[k], 0.0) + max(x[k] - b[k], 0.0))
        if outside > 0.0:
            moved = max(np.float64(mass[node]), group)
            share = outside / (inside + outside)
            total += reached * share * moved
            if parts.shape[0]:
                for k in range(x.shape[0]):
                    gap = weight[k] * (max(a[k] - x[k], 0.0) + max(x[k] - b[k], 0.0))
                    parts[k] += reached * moved * (gap / (inside + outside))
            reached *= 1.0 - share
        if node >= size or reached <= 0.0:
            break
        to_left = x[column[node]] <= cuts[node]
        child = np.int64(left[node] if to_left else right[node])
        sibling = np.int64(right[node] if to_left else left[node])
        group = max(group, mass[sibling] / (mass[child] + 1.0))
        node = child
    if outside == 0.0:
        total += reached * group
    return total


@kernel
def cut_forest_score(  # type: ignore[no-untyped-def]
    X, weight, links, cuts, low, high, points, ends, out, parts
):
    """Write the mean expected displacement of each row over the trees."""
    trees = cuts.shape[0]
    out[:] = 0.0
    none = np.empty(0)
    for tree in range(trees):
        for row in range(X.shape[0]):
            into = parts[row] if parts.shape[0] else none
            out[row] += _displaced(
                X[row], weight, links[tree], cuts[tree], low[tree], high[tree], points[tree],
                ends[tree], into,
            )  # fmt: skip
    out /= trees
    parts /= trees


@kernel
def cut_forest_run(  # type: ignore[no-untyped-def]
    X, weights, memory, seen, links, cuts, low, high, points, free, slots, ends, states, scored, out
):
    """Score each row, then let it enter each tree by chance, in place of a row by chance.

    Tree by tree, so that one tree stays in the cache: trees do not know of each other.
    """
    trees, size = cuts.shape
    none = np.empty(0)
    for tree in range(trees):
        held, state = ends[tree], states[tree : tree + 1]
        parts = (links[tree], cuts[tree], low[tree], high[tree], points[tree])
        for row in range(X.shape[0]):
            x, weight = X[row], weights[row]
            if scored:
                out[row] += _displaced(x, weight, *parts, held, none)
            place = np.int64(held[HELD])
            if place < size:
                held[HELD] += 1
            else:
                known = min(seen + row + 1.0, memory)
                if chance(state) * known >= size:
                    continue
                place = min(np.int64(chance(state) * size), size - 1)
                _leave(np.int64(slots[tree, place]), *parts, free[tree], held)
            slots[tree, place] = _enter(x, weight, *parts, free[tree], held, state)
    if scored:
        out /= trees


@kernel
def tree_is_sound(links, cuts, free, slots, ends, columns):  # type: ignore[no-untyped-def]
    """Whether walks through a tree that came from outside end, inside of its arrays."""
    parent, left, right, column, mass = links
    size = cuts.shape[0]
    root, held = np.int64(ends[ROOT]), np.int64(ends[HELD])
    if not (0 <= held <= size and -1 <= root < 2 * size and (root < 0) == (held == 0)):
        return False
    seen = np.zeros(2 * size, np.bool_)
    stack, top, rows = np.zeros(2 * size, np.int64), 0, np.int64(0)
    if root >= 0:
        stack[0], top = root, 1
        if parent[root] != -1:
            return False
    while top > 0:
        top -= 1
        node = stack[top]
        if seen[node] or mass[node] < 1:
            return False
        seen[node] = True
        if node >= size:
            rows += mass[node]
            continue
        if not 0 <= column[node] < columns:
            return False
        for child in (np.int64(left[node]), np.int64(right[node])):
            if not 0 <= child < 2 * size or parent[child] != node or top >= 2 * size - 1:
                return False
            stack[top] = child
            top += 1
    if rows != held:
        return False
    counts = np.zeros(2 * size, np.int64)
    for place in range(held):
        leaf = np.int64(slots[place])
        if not size <= leaf < 2 * size or not seen[leaf]:
            return False
        counts[leaf] += 1
    for kind in range(2):
        first, some = kind * size, np.int64(ends[FREE_INNER + kind])
        used = np.int64(0)
        for node in range(first, first + size):
            used += np.int64(seen[node])
            if kind == 1 and seen[node] and counts[node] != mass[node]:
                return False
        if some != size - used:
            return False
        for place in range(some):
            node = np.int64(free[kind, place])
            if not first <= node < first + size or seen[node]:
                return False
            seen[node] = True
    return True
