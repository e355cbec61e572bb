"""One sentence that a manager understands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from workbench.core.explanation import Contribution
from workbench.explainers.expectation import show_number

__all__ = ["show_value", "write_sentence"]


def show_value(value: Any) -> str:
    """Return an original value as people read it."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if hasattr(value, "item"):
            return show_value(value.item())
        text = str(value)
        return text if len(text) <= 60 else f"{text[:57]}…"
    return show_number(value)


def write_sentence(
    subject: str, is_anomaly: bool, contributions: Sequence[Contribution], similar: str
) -> str:
    """Return why a row stands out, or that it does not.

    Parameters
    ----------
    subject : str
        What the row is called, for example "Row 12 (2026-03-01 10:00)".
    contributions : sequence of Contribution
        Largest first.
    similar : str
        What the leading feature is in similar normal rows, in words; may be empty.

    Examples
    --------
    >>> part = Contribution("flow", 93.0, 4.0, 0.8, 40.0, 60.0, "40 to 60", True)
    >>> write_sentence("Row 12", True, [part], "")
    'Row 12 stands out: flow is 93, expected 40 to 60 (80 % of the reason).'
    """
    leading = [part for part in contributions if part.share >= 0.15][:3] or list(contributions[:1])
    if not is_anomaly:
        return f"{subject} is within what is usual."
    if not leading:
        return f"{subject} stands out."
    reasons = "; ".join(_reason(part) for part in leading)
    text = f"{subject} stands out: {reasons}."
    if len(contributions) > 1 and not any(part.unusual or part.remark for part in leading):
        text = f"{subject} stands out by an unusual combination: {reasons}."
        if similar:
            text += f" In similar normal rows {leading[0].feature} is {similar}."
    return text


def _reason(part: Contribution) -> str:
    about = [f"expected {part.expected}"] if part.unusual and part.expected else []
    about += [part.remark] if part.remark else []
    text = ", ".join([f"{part.feature} is {show_value(part.value)}", *about])
    return f"{text} ({100 * part.share:.0f} % of the reason)"
