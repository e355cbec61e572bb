"""Small graphs for detectors that need edges beside a matrix."""

from __future__ import annotations

import numpy as np

from workbench.core.network import Network

__all__ = ["communities", "star"]


def communities(rows: int) -> Network:
    """Return nodes in a ring, each joined with its nearest, and some far ones; the last alone."""
    start, end = [], []
    for step, every in ((1, 1), (2, 1), (3, 1), (4, 1), (11, 7), (23, 5)):
        places = np.arange(0, max(rows - 1 - step, 0), every)
        start.append(places)
        end.append(places + step)
    return Network.of(rows, np.concatenate(start), np.concatenate(end))


def star(rows: int, middle: int) -> Network:
    """Return the same with one node that is joined with every fifth other, far and near."""
    plain = communities(rows)
    others = np.setdiff1d(np.arange(0, rows - 1, 5), [middle])
    start = np.concatenate([plain.start, np.full(len(others), middle)])
    return Network.of(rows, start, np.concatenate([plain.end, others]))
