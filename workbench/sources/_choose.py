"""Finds the source that reads what somebody passed."""

from __future__ import annotations

import inspect
import os
from typing import Any

from workbench.core.catalog import Catalog
from workbench.core.errors import ParameterError, suggest
from workbench.sources._files import check_file
from workbench.sources.base import Source, scheme_of

__all__ = ["check_options", "source_for"]


def source_for(source: Any, name: str | None, catalog: Catalog[Source]) -> Source:
    """Return the source that reads ``source``, the one called ``name`` if given.

    Raises
    ------
    ParameterError
        No source reads such a thing; the message says what can be read.
    """
    if name is not None:
        return catalog.get(name)()
    for each in catalog.names():
        candidate = catalog.get(each)()
        if candidate.accepts(source):
            return candidate
    raise _nobody(source, catalog)


def _nobody(source: Any, catalog: Catalog[Source]) -> Exception:
    if not isinstance(source, (str, os.PathLike)):
        return ParameterError(
            f"An object of type {type(source).__name__} cannot be read. Pass a path, a "
            "DataFrame, an array, a dict of columns or a list of dicts."
        )
    scheme = scheme_of(source)
    if scheme in ("http", "https", "ftp", "s3", "gs", "file"):
        return ParameterError(
            f"Addresses that begin with {scheme}:// are not read. Download the file first and "
            "pass its path."
        )
    if scheme:
        known = sorted(s for each in catalog.names() for s in catalog.get(each).schemes)
        return ParameterError(
            f"Nothing reads addresses that begin with '{scheme}:'.{suggest(scheme, known)} "
            f"Known: {', '.join(known)}."
        )
    path = check_file(source)
    endings = sorted(s for each in catalog.names() for s in catalog.get(each).suffixes)
    single = sorted({s for s in endings if s.count(".") == 1})
    return ParameterError(
        f"'{path.name}' has the ending '{path.suffix}', which tells no format."
        f"{suggest(path.suffix, single)} Known: {', '.join(single)}. "
        'Or say what it is, for example format="csv".'
    )


def check_options(source: Source, options: dict[str, Any]) -> None:
    """Refuse options that the source does not know.

    Raises
    ------
    ParameterError
        There is no such option; the message proposes the nearest one.
    """
    parameters = inspect.signature(source.read).parameters.values()
    if any(item.kind is item.VAR_KEYWORD for item in parameters):
        return
    known = [item.name for item in parameters if item.kind is item.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            listed = f"It knows: {', '.join(known)}." if known else "It knows no options."
            listed += " wb.load itself takes time, label, entity, features, exclude, kind and name."
            raise ParameterError(
                f"The source '{source.name}' has no option '{option}'."
                f"{suggest(option, known)} {listed}"
            )
