"""``wb.compare``: several detectors on the same data, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.errors import ParameterError, WorkbenchError
from workbench.core.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.detection import Detection

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Detections of several detectors on one dataset.

    Attributes
    ----------
    detections : dict of str to Detection
    failures : dict of str to str
        Detectors that could not work on the data, with the reason.
    """

    detections: dict[str, Detection]
    failures: dict[str, str]

    @property
    def table(self) -> pd.DataFrame:
        """One line a detector: anomalies, seconds, agreement, and metrics where labels are."""
        import pandas as pd

        correlation = self.correlation
        lines = []
        for name, found in self.detections.items():
            others = correlation[name].drop(name)
            line: dict[str, Any] = {
                "detector": name,
                "anomalies": len(found.records),
                "seconds": found.seconds,
                "mean_rank_correlation": float(others.mean()) if len(others) else float("nan"),
            }
            lines.append(line | _labelled(found))
        return pd.DataFrame(lines).set_index("detector")

    @property
    def correlation(self) -> pd.DataFrame:
        """Spearman's rank correlation of the scores, detector by detector."""
        import pandas as pd

        scores = {name: found.scores.to_numpy() for name, found in self.detections.items()}
        return pd.DataFrame(scores).rank().corr().fillna(0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "detectors": self.table.reset_index().to_dict(orient="records"),
            "correlation": self.correlation.to_dict(),
            "failures": self.failures,
        }

    def __repr__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        return str(self.table.to_html(float_format="{:.3f}".format))


def _labelled(found: Detection) -> dict[str, float]:
    import numpy as np

    from workbench.metrics.points import average_precision, roc_auc
    from workbench.preparation.labels import as_labels

    if found.dataset.label is None:
        return {}
    labels, scores = as_labels(found.dataset.frame[found.dataset.label]), found.scores.to_numpy()
    if len(np.unique(labels[~np.isnan(labels)])) < 2:
        return {}
    return {
        "roc_auc": roc_auc(labels, scores),
        "average_precision": average_precision(labels, scores),
    }


def compare(
    data: Any,
    detectors: Sequence[str],
    *,
    progress: Progress | None = None,
    **options: Any,
) -> Comparison:
    """Run several detectors on the same data.

    Parameters
    ----------
    data : as for ``wb.detect``
    detectors : sequence of str
        Names of ``wb.catalog()``.
    progress : Progress, optional
    **options
        As for ``wb.detect``: contamination, threshold, reference, random_state.

    Returns
    -------
    Comparison
        A detector that cannot work on the data is listed under ``failures``.

    Raises
    ------
    ParameterError
        No detector was named, or one twice. WorkbenchError when none of them can work.

    Examples
    --------
    >>> import workbench as wb
    >>> list(wb.compare("sample:breast-cancer", ["ecod", "pca"]).table.index)
    ['ecod', 'pca']
    """
    from workbench.detectors import DETECTORS
    from workbench.workflow.dataset import as_dataset
    from workbench.workflow.detecting import detect

    names = [detectors] if isinstance(detectors, str) else list(detectors)
    if not names or len(set(names)) != len(names):
        raise ParameterError(f"Name each detector to compare once, found {names}.")
    for name in names:
        if name != "auto":
            DETECTORS.get(name)  # a mistyped name is told before the work begins
    progress = progress or Progress()
    data = as_dataset(data)
    detections: dict[str, Detection] = {}
    failures: dict[str, str] = {}
    for number, name in enumerate(names):
        part = progress.part(number / len(names), (number + 1) / len(names))
        part.step(0.0, name)
        try:
            detections[name] = detect(data, name, progress=part, **options)
        except ParameterError:
            raise
        except WorkbenchError as error:
            if progress.cancelled:
                raise
            failures[name] = str(error)
    if not detections:
        raise ParameterError(f"No detector can work on these data. {'; '.join(failures.values())}")
    return Comparison(detections, failures)
