"""Nearest rows among a few thousand known ones, by matrix products: any number of columns."""

from __future__ import annotations

import numpy as np

__all__ = ["nearest", "nearest_others"]

#: Cells of distances held at once (64 MiB of float64).
BLOCK_CELLS = 2**23


def nearest(
    known: np.ndarray, asked: np.ndarray, k: int, *, skip_itself: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and positions of the k nearest known rows, (m, k), nearest first.

    Parameters
    ----------
    known : numpy.ndarray of shape (n, p)
    asked : numpy.ndarray of shape (m, p)
    skip_itself : bool
        Leave out position i for row i: ``asked`` is ``known``.
    """
    middle = known.mean(axis=0)
    known, asked = known - middle, asked - middle  # smaller numbers cancel less
    squares = np.einsum("ij,ij->i", known, known)
    block = max(1, BLOCK_CELLS // max(1, len(known)))
    near, rows = [], []
    for start in range(0, len(asked), block):
        part = asked[start : start + block]
        apart = squares - 2.0 * (part @ known.T) + np.einsum("ij,ij->i", part, part)[:, None]
        if skip_itself:
            apart[np.arange(len(part)), start + np.arange(len(part))] = np.inf
        few = np.argpartition(apart, min(k, len(known)) - 1, axis=1)[:, :k]
        values = np.take_along_axis(apart, few, 1)
        order = np.argsort(values, axis=1, kind="stable")
        found, chosen = np.take_along_axis(values, order, 1), np.take_along_axis(few, order, 1)
        # What is left of the distance of equals is rounding.
        sizes = squares[chosen] + np.einsum("ij,ij->i", part, part)[:, None]
        near.append(np.sqrt(np.where(found > 1e-12 * sizes, found, 0.0)))
        rows.append(chosen)
    return np.concatenate(near), np.concatenate(rows)


def nearest_others(known: np.ndarray, asked: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and positions of the k nearest known rows, leaving one equal row out.

    So a learned row scores the same when it is asked again. Distances are exact.

    Parameters
    ----------
    known : numpy.ndarray of shape (n, d), n > k
    asked : numpy.ndarray of shape (m, d)
    """
    rows = nearest(known, asked, k + 1)[1]
    apart = np.sqrt(((asked[:, None, :] - known[rows]) ** 2).sum(axis=2))
    order = np.argsort(apart, axis=1, kind="stable")
    apart, rows = np.take_along_axis(apart, order, 1), np.take_along_axis(rows, order, 1)
    itself = apart[:, :1] == 0.0
    return (
        np.where(itself, apart[:, 1:], apart[:, :-1]),
        np.where(itself, rows[:, 1:], rows[:, :-1]),
    )
