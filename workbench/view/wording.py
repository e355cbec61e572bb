"""The words of :mod:`workbench.core.wording`, where pages and components look for them."""

from __future__ import annotations

from workbench.core.wording import SHAPES as SHAPES
from workbench.core.wording import (
    axis_of,
    count,
    html,
    number,
    plural,
    text,
    value,
    when,
)

__all__ = ["SHAPES", "axis_of", "count", "html", "number", "plural", "text", "value", "when"]
