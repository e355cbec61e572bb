"""Optional parts: import them when needed, and say how to get them when they are missing."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from workbench.core.errors import MissingExtra

__all__ = ["demand", "require"]


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
        raise _missing(module, extra, why) from error


def demand(module: str, *, extra: str, why: str) -> None:
    """Say which extra installs a module where it is missing, without importing it.

    Parameters as for :func:`require`.

    Raises
    ------
    MissingExtra
        The module is not installed.
    """
    if importlib.util.find_spec(module) is None:
        raise _missing(module, extra, why)


def _missing(module: str, extra: str, why: str) -> MissingExtra:
    return MissingExtra(f"{module} is needed {why}: pip install 'anomaly-workbench[{extra}]'")
