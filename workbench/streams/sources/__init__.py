"""Live sources: one file is one source."""

from workbench.core.catalog import Catalog
from workbench.streams.base import Source

__all__ = ["SOURCES"]

SOURCES: Catalog[Source] = Catalog(
    "workbench.streams.sources", "workbench.streams.base:Source", "live source"
)
