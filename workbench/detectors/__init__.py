"""Single detectors behind one contract; one file is one detector."""

from workbench.core.catalog import Catalog
from workbench.detectors._graph import GraphDetector
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors._state import pack, unpack
from workbench.detectors.base import Detector, Tags

__all__ = [
    "DETECTORS",
    "Detector",
    "GraphDetector",
    "OnlineDetector",
    "Range",
    "Tags",
    "over",
    "pack",
    "unpack",
]

#: All detectors: own files of this room, the families of three libraries ("pyod:abod"), and entry
#: points in the group "workbench.detectors".
DETECTORS: Catalog[Detector] = Catalog(
    "workbench.detectors",
    "workbench.detectors.base:Detector",
    "detector",
    families=("pygod", "pyod", "sklearn"),
)
