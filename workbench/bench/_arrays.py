"""Arrays of an npz file, without running anything that may be hidden in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.errors import DataError, UnreadableFile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_arrays", "to_frame"]


def read_arrays(path: Path, *ways: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Return values (n, d) and labels (n,) under the first pair of names that the file has.

    Raises
    ------
    UnreadableFile
        It is no npz file of plain arrays.
    DataError
        None of the pairs is in it, or the lengths differ.
    """
    try:
        # NumPy leaves a file that it opened itself open when the archive is damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            for values, labels in ways:
                if values in kept.files and labels in kept.files:
                    return _paired(kept[values], kept[labels], path)
            found = ", ".join(kept.files) or "nothing"
    except DataError:
        raise
    except Exception as error:  # a damaged archive fails in many ways
        raise UnreadableFile(f"'{path.name}' is not an npz file of plain arrays: {error}") from None
    wanted = " or ".join(f"{values} with {labels}" for values, labels in ways)
    raise DataError(f"'{path.name}' needs the arrays {wanted}, found {found}.")


def _paired(values: np.ndarray, labels: np.ndarray, path: Path) -> tuple[np.ndarray, np.ndarray]:
    rows = len(values)
    values = np.asarray(values, dtype=np.float64).reshape(rows, -1)
    if len(labels) != rows:
        raise DataError(f"'{path.name}' has {rows:,} rows and {len(labels):,} labels.")
    # Some collections label each column; a row is odd when one of them is.
    marks = np.asarray(labels, dtype=np.float64).reshape(rows, -1).max(axis=1)
    return values, (marks > 0).astype(np.float64)


def to_frame(values: np.ndarray) -> pd.DataFrame:
    """Return a table with columns called x1, x2, …."""
    import pandas as pd

    return pd.DataFrame(values, columns=[f"x{place + 1}" for place in range(values.shape[1])])
