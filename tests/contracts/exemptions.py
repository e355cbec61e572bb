"""Every exemption from the contracts, with its reason. Its length is pinned: it may shrink."""

from __future__ import annotations

__all__ = ["EXEMPT", "SCALE_FREE"]

#: (test, detector): reason.
EXEMPT: dict[tuple[str, str], str] = {
    ("spike", "pyod:hdbscan"): "two odd rows side by side are a cluster's noise like any other: "
    "all noise scores alike",
    (
        "spike",
        "pyod:deep_svdd",
    ): "it learns the two odd rows too, and their squared distances rule the "
    "training: they end up nearer to the centre than another row (2nd and 4th of 400)",
}

#: Detectors whose scores do not change with the units of the columns.
SCALE_FREE = [
    "copod",
    "ecod",
    "hbos",
    "pca",
    "pyod:mad",
    "pyod:pca",
    "iforest",
    "pyod:iforest",
    "sklearn:iforest",
]
