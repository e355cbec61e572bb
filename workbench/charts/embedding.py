"""Places rows of many columns in a plane by UMAP, so that like rows lie together."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.charts.scatter import scaled_features
from workbench.core.extras import require

__all__ = ["has_umap", "umap_plane"]

Floats = npt.NDArray[np.float64]

#: Rows that the embedding is learned from; the others are placed into it.
MOST_LEARNED = 10_000


def has_umap() -> bool:
    """Return whether umap-learn is installed; it is not imported."""
    return find_spec("umap") is not None


def umap_plane(
    frame: Any, features: tuple[str, ...], *, random_state: int = 0
) -> tuple[Floats, Floats]:
    """Return a place in the plane for each row.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    features : tuple of str
        Columns to look at; those that are not numeric are left out.
    random_state : int
        The same number gives the same plane.

    Raises
    ------
    MissingExtra
        umap-learn is not installed.

    References
    ----------
    McInnes, Healy, Melville: UMAP, 2018.
    """
    umap = require("umap", extra="embedding", why="to place rows by UMAP")
    table = scaled_features(frame, features)
    some = np.arange(len(table))
    if len(table) > MOST_LEARNED:
        some = np.sort(np.random.default_rng(random_state).choice(some, MOST_LEARNED, False))
    model = umap.UMAP(n_components=2, random_state=random_state, n_jobs=1)
    plane = np.empty((len(table), 2))
    plane[some] = model.fit_transform(table[some])
    rest = np.setdiff1d(np.arange(len(table)), some)
    if rest.size:
        plane[rest] = model.transform(table[rest])
    return plane[:, 0], plane[:, 1]
