"""An own folder of files of any format."""

from __future__ import annotations

from pathlib import Path

from workbench.bench.base import Case, Suite
from workbench.core.errors import ColumnError, ParameterError, suggest
from workbench.preparation.labels import as_labels

__all__ = ["Files"]


class Files(Suite):
    """Takes your own folder: files of any format that ``wb.load`` reads, with one label column.

    A file with a ``time`` column is a series, any other a table; without ``time`` every file is
    a table.
    """

    endings = (
        ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".jsonl", ".xlsx",
    )  # fmt: skip

    def _read(self, path: Path) -> Case:
        from workbench.sources import read

        if self.label is None:
            raise ParameterError("The suite 'files' needs to know the label column: label='…'.")
        frame = read(path).frame
        for role in (self.label, self.time):
            if role is not None and role not in frame.columns:
                found = ", ".join(map(str, frame.columns[:8]))
                raise ColumnError(
                    f"'{path.name}' has no column '{role}'.{suggest(role, frame.columns)} "
                    f"Found: {found}."
                )
        labels = as_labels(frame[self.label])
        kind = "tabular" if self.time is None else "series"
        return Case(frame.drop(columns=self.label), labels, kind, self.time)
