"""How good the ranking is, said no stronger than the labels allow."""

from __future__ import annotations

from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.core.wording import number
from workbench.reports.pieces import Piece, join, paragraph, table

__all__ = ["evaluation"]

#: Rows beyond which agreement and stability, which fit several detectors anew, are left to you.
MANY_ROWS = 50_000


def evaluation(found: Any, wanted: bool = True) -> Piece:
    """Return metrics by the label, or the plain statement that no accuracy can be claimed.

    Parameters
    ----------
    found : Detection
    wanted : bool
        Whether to spend time on it.
    """
    labelled = found.dataset.label is not None
    if not wanted:
        return paragraph("The evaluation was not asked for.", "quiet")
    if not labelled and len(found) > MANY_ROWS:
        return paragraph(
            "No labels, so no accuracy can be claimed. Agreement with other detectors and "
            f"stability are left out at {len(found):,} rows; found.evaluate() computes them."
        )
    try:
        told = found.evaluate()
    except WorkbenchError as error:
        return paragraph(f"The ranking cannot be evaluated: {error}")
    lines = [
        [item.name.replace("_", " "), f"{item.value:.3f}", _between(item), item.meaning]
        for item in told.metrics
    ]
    statement = paragraph(told.statement)
    if not lines:
        return statement
    shown = table(["metric", "value", "95 %" if told.labelled else "range", "meaning"], lines, [1])
    facts = {item.name: item.value for item in told.metrics} if told.labelled else {}
    both = join([statement, shown])
    return Piece(both.markup, both.words, {"labelled": told.labelled, "metrics": facts})


def _between(item: Any) -> str:
    return "" if item.low is None else f"{number(item.low)} to {number(item.high)}"
