"""``wb.load`` as people call it: what nobody should overlook is said aloud."""

from __future__ import annotations

import warnings
from functools import wraps
from typing import Any

from workbench.core.errors import DataWarning
from workbench.workflow import dataset
from workbench.workflow.dataset import Dataset

__all__ = ["load", "tell"]


@wraps(dataset.load)
def load(*args: Any, **options: Any) -> Dataset:  # noqa: D103 - wraps brings its docstring
    return tell(dataset.load(*args, **options))


def tell(data: Dataset) -> Dataset:
    """Say the warnings of ``data`` as Python says warnings, and return it.

    The other faces show them in their own way: the command line on standard error, a page beside
    the result.
    """
    for text in data.warnings:
        warnings.warn(text, DataWarning, stacklevel=3)
    return data
