"""NumPy files: one array on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from workbench.core.errors import DataError, LimitExceeded
from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse
from workbench.sources.base import RawTable, Source

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Npy", "read_array"]


class Npy(Source):
    """Read a NumPy array from a .npy file: one row a row, columns x0, x1 and so on."""

    name: ClassVar[str] = "npy"
    suffixes: ClassVar[tuple[str, ...]] = (".npy",)

    def read(self, source: Any, *, names: list[str] | None = None) -> RawTable:
        """Read the file at ``source``.

        Parameters
        ----------
        source : str or path
            The file.
        names : list of str, optional
            Names for the columns.
        """
        path = check_file(source)
        table, notes = parse("workbench.sources.npy:read_array", path, names=names)
        notices = list(notes["notices"])
        return RawTable(to_frame(table, path.name, notices), path.name, tuple(notices))


def read_array(
    path: str, name: str, limit: int, names: list[str] | None
) -> tuple[pa.Table, dict[str, Any]]:
    """Return the array as a table; runs in the worker, which caps memory and time.

    Raises
    ------
    DataError
        The array has another shape, or holds something else than numbers.
    LimitExceeded
        The array is larger than ``limit`` bytes.
    """
    import numpy as np
    import pyarrow as pa

    values = np.load(path, mmap_mode="r", allow_pickle=False)
    if values.dtype.kind not in "iufb" or values.ndim not in (1, 2):
        raise DataError(
            f"'{name}' holds {values.dtype} in {values.ndim} dimensions. Save numbers in one or "
            "two dimensions."
        )
    if values.nbytes > limit:
        raise LimitExceeded(f"'{name}' unpacks to {values.nbytes:,} bytes; {limit:,} are allowed.")
    values = values.reshape(len(values), -1)
    names = names or [f"x{place}" for place in range(values.shape[1])]
    if len(names) != values.shape[1]:
        raise DataError(f"'{name}' has {values.shape[1]} columns, found {len(names)} names.")
    columns = [np.ascontiguousarray(values[:, place]) for place in range(values.shape[1])]
    return pa.table(dict(zip(names, columns, strict=True))), {"notices": []}
