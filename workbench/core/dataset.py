"""Data with meaning: a table that knows its time, label, entity and features."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.network import Network

__all__ = ["DatasetRecord", "Kind"]

Kind = Literal["tabular", "series", "graph", "text"]


@dataclass(frozen=True, eq=False)
class DatasetRecord:
    """A table and what its columns mean.

    Attributes
    ----------
    frame : pandas.DataFrame
        All columns as they were loaded; never changed.
    name : str
        What people call it.
    kind : {"tabular", "series", "graph", "text"}
        How its rows hang together.
    features : tuple of str
        Columns that a detector looks at.
    time, label, entity : str or None
        Columns with a role; none of them is a feature.
    excluded : dict of str to str
        Columns left out of the features, each with the reason.
    notices : tuple of str
        What was noticed while loading, in words.
    warnings : tuple of str
        Those among the notices that nobody should overlook; they come first among them.
    reading : dict
        Options that the source was read with, such as ``sheet`` or ``session``.
    kept : tuple of str and int, or None
        Id and version of data that a team's server keeps.
    network : Network or None
        Edges between the rows of a graph; a row is a node.
    """

    frame: pd.DataFrame
    name: str
    kind: Kind
    features: tuple[str, ...]
    time: str | None = None
    label: str | None = None
    entity: str | None = None
    excluded: dict[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reading: dict[str, Any] = field(default_factory=dict)
    kept: tuple[str, int] | None = None
    network: Network | None = None

    def __post_init__(self) -> None:
        if self.network is not None and self.network.size != len(self.frame):
            raise DataError(
                f"The network has {self.network.size:,} nodes and the table {len(self.frame):,} "
                "rows: take the edges among the rows that are left (network.among(rows))."
            )

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over names, types, values and edges (hexadecimal, 16 characters)."""
        import pandas as pd

        digest = hashlib.sha256()
        for column in self.frame.columns:
            values = self.frame[column]
            digest.update(f"{column}:{values.dtype}".encode("utf-8", "surrogatepass"))
            try:
                hashed = pd.util.hash_pandas_object(values, index=False)
            except TypeError:  # unhashable cells such as lists
                hashed = pd.util.hash_pandas_object(values.astype(str), index=False)
            digest.update(hashed.to_numpy().tobytes())
        if self.network is not None:
            digest.update(self.network.to_bytes())
        return digest.hexdigest()[:16]
