"""Where data come from: one file in this folder is one source.

The door of the room is :func:`read`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbench.core.catalog import Catalog
from workbench.sources.base import RawTable, Source

if TYPE_CHECKING:
    from workbench.sources.sample import SampleInfo

__all__ = ["RawTable", "Source", "catalog", "read", "sample_names", "samples"]


@lru_cache(maxsize=1)
def catalog() -> Catalog[Source]:
    """Return the catalog of sources; listing it imports none of them."""
    return Catalog("workbench.sources", "workbench.sources.base:Source", "source")


def read(
    source: Any,
    *,
    format: str | None = None,  # noqa: A002 - the word that people look for
    **options: Any,
) -> RawTable:
    """Get a table from a file, a database, a sample or an object in memory, whatever it is.

    Parameters
    ----------
    source : str, path or object
        A file (CSV, TSV, text, also compressed; Parquet, JSON lines, Excel, DuckDB, GraphML),
        a database address (``"sqlite:///plant.db"``, with ``query=`` or ``table=``),
        ``"sample:pump"``, or an object: DataFrame, Series, Polars, Arrow, NumPy, dict, list of
        dicts, networkx graph.
    format : str, optional
        Name of the source to use; by default the ending of the file or the type tells.
    **options
        Options of that source, for example ``sheet=`` for Excel.

    Returns
    -------
    RawTable
        The frame, its name, what was noticed, and roles that the source knows.

    Raises
    ------
    UnreadableFile
        The file is missing, damaged or not what it claims to be.
    DataError
        It holds no table.
    LimitExceeded
        It needs more memory or time than the settings allow.
    ParameterError
        An option is wrong.
    UnknownName
        No source, or no sample, has this name.

    Examples
    --------
    >>> table = read({"flow": [1, 2, 3]})
    >>> table.frame.shape
    (3, 1)
    """
    from workbench.sources import _choose

    chosen = _choose.source_for(source, format, catalog())
    _choose.check_options(chosen, options)
    return chosen.read(source, **options)


def sample_names() -> list[str]:
    """Return the names of the samples, for ``read("sample:NAME")``."""
    return [sample.name for sample in samples()]


def samples() -> tuple[SampleInfo, ...]:
    """Return what each sample is: name, rows, kind, description, licence and origin."""
    from workbench.sources.sample import SAMPLES

    return SAMPLES
