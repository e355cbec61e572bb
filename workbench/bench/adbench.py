"""Tables as ADBench keeps them."""

from __future__ import annotations

from pathlib import Path

from workbench.bench._arrays import read_arrays, to_frame
from workbench.bench.base import Case, Suite

__all__ = ["Adbench"]


class Adbench(Suite):
    """Takes a folder of npz files with the arrays X (n, d) and y (n,), as ADBench publishes them.

    References
    ----------
    Han et al.: ADBench, anomaly detection benchmark, NeurIPS 2022.
    """

    endings = (".npz",)

    def _read(self, path: Path) -> Case:
        values, labels = read_arrays(path, ("X", "y"))
        return Case(to_frame(values), labels, "tabular")
