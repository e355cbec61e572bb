"""Optional parts: import them when needed, and say how to get them when they are missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from workbench.core.errors import MissingExtra

__all__ = ["require"]


def require(module: str, *, extra: str, why: str) -> ModuleType:
    """Return an optional module, or say which extra installs it.

    Parameters
    ----------
    module : str
        Name to import.
    extra : str
        The extra of ``anomaly-workbench`` that installs it.
    why : str
        What it is needed for, as in "to show widgets".

    Raises
    ------
    MissingExtra
        The module is not installed.

    Examples
    --------
    >>> require("json", extra="notebook", why="to show an example").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"{module} is needed {why}: pip install 'anomaly-workbench[{extra}]'"
        ) from error
