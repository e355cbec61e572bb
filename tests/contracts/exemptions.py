"""Every exemption from the contracts, with its reason. Its length is pinned: it may shrink."""

from __future__ import annotations

__all__ = ["EXEMPT", "SCALE_FREE"]

_SMOOTHED = (
    "what is left over of a node is smoothed along its edges: a hub's is spread over its "
    "neighbours, and a node without edges keeps all of its own"
)

#: (test, detector): reason.
EXEMPT: dict[tuple[str, str], str] = {
    ("spike", "pygod:anomalous"): _SMOOTHED,
    ("spike", "pygod:cola"): "a node is held against one stranger drawn by the seed: a contrast of "
    "two, not a distance",
    ("spike", "pygod:radar"): _SMOOTHED,
    ("spike", "pyod:hdbscan"): "two odd rows side by side are a cluster's noise like any other: "
    "all noise scores alike",
    ("spike", "pyod:deep_svdd"): "it learns the two odd rows too, and their squared distances rule "
    "the training: they end up nearer to the centre than another row (2nd and 4th of 400)",
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
