"""Records in Arrow's stream format; called in a process of its own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from workbench.core.errors import DataError, LimitExceeded

__all__ = ["read_stream"]


def read_stream(path: str, most: int) -> Any:
    """Return the table of a file in Arrow's stream format.

    Raises
    ------
    DataError
        It is none.
    LimitExceeded
        It has more than ``most`` rows.
    """
    batches, rows = [], 0
    try:
        with pa.OSFile(path) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                batch.validate(full=True)
                rows += batch.num_rows
                if rows > most:
                    raise LimitExceeded(f"One request brings at most {most:,} records.")
                batches.append(batch)
            return pa.Table.from_batches(batches, reader.schema)
    except pa.ArrowException as error:
        raise DataError(f"The records are no Arrow stream: {error}.") from error
