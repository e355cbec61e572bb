"""Series as NAB, TSB-AD and the UCR archive keep them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.bench._arrays import read_arrays, to_frame
from workbench.bench.base import Case, Suite
from workbench.core.errors import ColumnError
from workbench.preparation.labels import as_labels

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Series"]

_LABELS = ("label", "is_anomaly", "anomaly")
_TIMES = ("timestamp", "datetime", "time")
#: Columns that tell about the anomaly, and so must not be seen.
_LEAKS = ("changepoint",)


class Series(Suite):
    """Takes a folder of labelled series: CSV as of NAB or TSB-AD, npz with test and label.

    A CSV has a column called label, Label, anomaly or is_anomaly, and may have a timestamp; all
    other columns are values. An npz has test (n, d) and label (n,), or value and label. A
    stretch for training, where there is one, is not used: detectors find their way in the
    series itself.

    References
    ----------
    Lavin, Ahmad: The Numenta anomaly benchmark, ICMLA 2015; Liu, Paparrizos: The elephant in
    the room (TSB-AD), NeurIPS 2024.
    """

    endings = (".csv", ".csv.gz", ".npz")

    def _read(self, path: Path) -> Case:
        if path.name.lower().endswith(".npz"):
            values, marks = read_arrays(path, ("test", "label"), ("value", "label"))
            return Case(to_frame(values), marks, "series")
        from workbench.sources import read

        frame = read(path).frame
        label = self.label or _named(frame, _LABELS)
        if label is None or label not in frame.columns:
            found = ", ".join(map(str, frame.columns[:8]))
            raise ColumnError(
                f"'{path.name}' has no column '{label or 'label'}'. Found: {found}. "
                "Name it with label='…'."
            )
        labels = as_labels(frame[label])
        time = self.time or _named(frame, _TIMES)
        leaks = [name for name in frame.columns if str(name).lower() in _LEAKS]
        return Case(frame.drop(columns=[label, *leaks]), labels, "series", time)


def _named(frame: pd.DataFrame, wanted: tuple[str, ...]) -> str | None:
    by_name = {str(name).lower(): str(name) for name in reversed(list(frame.columns))}
    return next((by_name[name] for name in wanted if name in by_name), None)
