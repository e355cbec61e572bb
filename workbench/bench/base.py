"""The contract of a suite: which files of a folder it takes, and what is in one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Case", "Suite"]


@dataclass(frozen=True, eq=False)
class Case:
    """One labelled file: what detectors see, and what they are judged by.

    Attributes
    ----------
    frame : pandas.DataFrame
        The data without labels.
    labels : numpy.ndarray of shape (n,)
        1 anomaly, 0 normal, NaN unknown. Never shown to a detector.
    kind : str
        "tabular" or "series".
    time : str or None
        Column with the time.
    """

    frame: pd.DataFrame
    labels: np.ndarray
    kind: str
    time: str | None = None

    def capped(self, rows: int, random_state: int) -> Case:
        """Return at most ``rows`` rows: a random sample of a table, one stretch of a series.

        The stretch of a series lies around one of its labelled events, drawn by the seed.

        Raises
        ------
        DataError
            What is left is all of one kind.
        """
        total = len(self.labels)
        if total <= rows:
            return self
        random = np.random.default_rng(random_state)
        if self.kind == "series":
            odd = np.flatnonzero(self.labels > 0)
            middle = int(random.choice(odd)) if odd.size else int(random.integers(total))
            start = min(max(middle - rows // 2, 0), total - rows)
            some = np.arange(start, start + rows)
        else:
            some = np.sort(random.choice(total, rows, replace=False))
        labels = self.labels[some]
        if not ((labels > 0).any() and (labels == 0).any()):
            raise DataError(
                f"{rows:,} of its {total:,} rows, sampled, hold one kind of label only. Allow more "
                "rows."
            )
        return replace(self, frame=self.frame.iloc[some].reset_index(drop=True), labels=labels)


class Suite(ABC):
    """Lists the files of one kind of collection, and reads one at a time.

    Parameters
    ----------
    folder : Path
        Where the files are; folders inside of it are looked through too.
    label, time : str, optional
        Columns with a role, where the suite does not know them itself.
    """

    #: Endings of the files that it takes, in lower case.
    endings: tuple[str, ...] = ()

    def __init__(self, folder: Path, label: str | None = None, time: str | None = None) -> None:
        self.folder = Path(folder)
        self.label = label
        self.time = time

    @classmethod
    def name(cls) -> str:
        """Return the public name: the name of the file."""
        return cls.__module__.rpartition(".")[2]

    def paths(self) -> list[Path]:
        """Return the files of the collection, sorted by name.

        Raises
        ------
        ParameterError
            The folder is not there, or holds no file that the suite takes.
        """
        if not self.folder.is_dir():
            raise ParameterError(f"'{self.folder}' is not a folder. Name the one with the files.")
        found = [
            path
            for path in self.folder.rglob("*")
            if path.is_file() and path.name.lower().endswith(self.endings)
        ]
        if not found:
            raise ParameterError(
                f"'{self.folder}' holds no file for the suite '{self.name()}': it takes "
                f"{', '.join(self.endings)}."
            )
        return sorted(found)

    def set_name(self, path: Path) -> str:
        """Return what a file is called in results: its place in the folder, without endings."""
        place = path.relative_to(self.folder).as_posix()
        for ending in sorted(self.endings, key=len, reverse=True):
            if place.lower().endswith(ending):
                return place[: -len(ending)]
        return place

    def read(self, path: Path) -> Case:
        """Return what is in a file.

        Raises
        ------
        DataError
            It cannot be read, or does not say which rows are anomalies.
        """
        case = self._read(path)
        positive = case.labels > 0
        if not positive.any() or not (case.labels == 0).any():
            which = "normal" if not positive.any() else "an anomaly"
            raise DataError(f"Every labelled row is {which}: nothing can be ranked against it.")
        return case

    @abstractmethod
    def _read(self, path: Path) -> Case: ...
