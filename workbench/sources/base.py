"""What a source is, and what it hands over."""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.network import Network

__all__ = ["RawTable", "Source", "scheme_of"]


@dataclass(frozen=True)
class RawTable:
    """A table as it was read, before anybody says what its columns mean.

    Attributes
    ----------
    frame : pandas.DataFrame
        Text as ``str``, times as ``datetime64``, whole numbers as ``int64``, other numbers (and
        whole numbers with gaps) as ``float64``, yes/no as ``bool`` or ``boolean``. Column names
        are unique strings.
    name : str
        What people call it: the file name, "sample:pump", "table".
    notices : tuple of str
        What was decided while reading, in words.
    warnings : dict of str to str
        Those among the notices that nobody should overlook, by column.
    roles : dict
        What the source knows about its columns, if anything: any of ``"kind"``, ``"time"``,
        ``"label"``, ``"entity"`` (each a str) and ``"exclude"`` (a list of column names).
    network : Network or None
        Edges between the rows, which are nodes then.
    """

    frame: pd.DataFrame
    name: str
    notices: tuple[str, ...] = ()
    roles: dict[str, Any] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    network: Network | None = None


class Source(ABC):
    """Reads one kind of data into a :class:`RawTable`; one file in this folder is one source.

    Attributes
    ----------
    name : str
        Its public name, the same as its file's.
    suffixes : tuple of str
        File endings that it reads, in lower case, with the dot.
    schemes : tuple of str
        What stands before the colon in addresses that it reads, as in ``sample:pump``.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()
    schemes: ClassVar[tuple[str, ...]] = ()

    def accepts(self, source: Any) -> bool:
        """Return whether this source reads ``source``; by default decided by its ending."""
        if not isinstance(source, (str, os.PathLike)):
            return False
        scheme = scheme_of(source)
        if scheme:
            return scheme in self.schemes
        return os.fsdecode(source).lower().endswith(self.suffixes) if self.suffixes else False

    @abstractmethod
    def read(self, source: Any, *arguments: Any, **options: Any) -> RawTable:
        """Read ``source`` and return it with what was noticed."""

    @classmethod
    def doc(cls) -> str:
        """Return the first line of the documentation."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]


def scheme_of(source: Any) -> str:
    """Return what stands before the colon of an address, in lower case; "" for a path.

    Examples
    --------
    >>> scheme_of("postgresql+psycopg://host/db"), scheme_of("sample:pump"), scheme_of("C:/a.csv")
    ('postgresql', 'sample', '')
    """
    if not isinstance(source, str):
        return ""
    scheme, colon, rest = source.partition(":")
    known = rest.startswith("//") or scheme.lower() == "sample"
    if not (colon and known and len(scheme) > 1 and scheme.replace("+", "").isalnum()):
        return ""
    return scheme.partition("+")[0].lower()
