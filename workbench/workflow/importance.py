"""Which features carry the scores of a whole detection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection

__all__ = ["Importance", "importance"]

#: Rows explained, where detectors explain themselves, and where parts are sampled.
ROWS, FEW_ROWS = 1_000, 30
#: Rows scored for each row whose parts are sampled.
SAMPLED_ROWS = 600


@dataclass(frozen=True, eq=False)
class Importance:
    """Which features carry the scores.

    Attributes
    ----------
    table : pandas.DataFrame
        One line a feature, the most important for the anomalies first: ``feature``,
        ``anomalies`` and ``all_rows`` (mean absolute contribution to the score, over the
        anomalies' peaks and over rows from everywhere), ``share`` (of ``anomalies``, in all).
    anomalies, rows : int
        How many of each were explained.
    words : str
        How the figures were made.
    """

    table: pd.DataFrame
    anomalies: int
    rows: int
    words: str

    def chart(self, *, dark: bool = False) -> Any:
        """Return a Bokeh figure with two bars a feature.

        Examples
        --------
        >>> import workbench as wb
        >>> type(wb.detect("sample:breast-cancer", "ecod").importance().chart()).__name__
        'figure'
        """
        from workbench.charts.feature_importance import feature_importance

        return feature_importance(self.table, dark=dark)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "features": self.table.to_dict(orient="records"),
            "anomalies": self.anomalies,
            "rows": self.rows,
            "words": self.words,
        }

    def __str__(self) -> str:
        return f"{self.table.to_string(index=False, float_format='{:.3g}'.format)}\n{self.words}"

    def _repr_html_(self) -> str:
        from html import escape

        table = self.table.to_html(index=False, float_format="{:.3g}".format, escape=True)
        return f"{table}<p><small>{escape(self.words)}</small></p>"


def importance(found: Detection, rows: int | None = None) -> Importance:
    """Return mean absolute contributions; see :meth:`Detection.importance`."""
    from workbench.core.errors import ParameterError
    from workbench.workflow._details import peak_parts
    from workbench.workflow.explaining import parts_of_rows, samples_parts

    if rows is not None and rows < 1:
        raise ParameterError(f"rows must be at least 1, found {rows}.")
    sampled = samples_parts(found)
    count = min(rows or (FEW_ROWS if sampled else ROWS), len(found))
    places = np.unique(np.linspace(0, len(found) - 1, count).astype(int))
    peaks = list(peak_parts(found).values())[: FEW_ROWS if sampled and rows is None else None]
    everywhere = np.abs(parts_of_rows(found, places, SAMPLED_ROWS)).mean(axis=0)
    odd = np.abs(np.array(peaks)).mean(axis=0) if peaks else np.full(len(everywhere), np.nan)
    leading = odd if peaks else everywhere
    table = pd.DataFrame(
        {
            "feature": found.matrix.features,
            "anomalies": odd,
            "all_rows": everywhere,
            "share": leading / (leading.sum() or 1.0),
        }
    )
    order = np.argsort(-leading, kind="stable")
    return Importance(
        table.iloc[order].reset_index(drop=True),
        len(peaks),
        len(places),
        f"Mean absolute contributions to the score of '{found.detector}', over the peaks of "
        f"{len(peaks)} anomalies and over {len(places):,} rows evenly spread. They describe this "
        "model; they are not causes.",
    )
