"""Tables that we made ourselves, kept as Parquet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from workbench.store.artifacts import draft

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["kept_table"]


def kept_table(frame: pd.DataFrame) -> str:
    """Keep a table; return the SHA-256 of its artifact."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    with draft() as file:
        file.write(buffer.getvalue())
        return file.keep()
