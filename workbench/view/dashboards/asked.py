"""What the address of a dashboard asks for: words to read with care, for anybody can write them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl

from workbench.core.errors import UnknownName, suggest
from workbench.core.settings import settings
from workbench.view.engine import samples
from workbench.view.uploads import ENDINGS

__all__ = ["asked", "data_address", "offered", "served_folder"]

MOST_FIELDS, MOST_FILES = 30, 200


def asked(words: str | None = None) -> dict[str, str]:
    """Return the query of the address, as Voilà hands it to the kernel; the last of a name counts.

    Parameters
    ----------
    words : str, optional
        The query itself, by default that of this dashboard; outside of Voilà there is none.

    Examples
    --------
    >>> asked("data=sample%3Apump&detector=auto")
    {'data': 'sample:pump', 'detector': 'auto'}
    """
    words = os.environ.get("QUERY_STRING", "") if words is None else words
    try:
        return dict(parse_qsl(words, max_num_fields=MOST_FIELDS))
    except ValueError:  # more fields than any dashboard has
        return {}


def served_folder() -> Path:
    """Return the folder whose files may be opened by name: the setting ``folder``, else here."""
    return (settings().folder or Path.cwd()).resolve()


def data_address(source: str) -> str:
    """Return what to load for "sample:NAME" or the name of a file in the served folder.

    Raises
    ------
    UnknownName
        It is neither; a link, a hidden file or a path that leaves the folder counts as unknown.
    """
    if source.startswith("sample:"):
        return source
    known = _files()
    if source in known:
        return str(served_folder() / source)
    raise UnknownName(
        f"'{source[:80]}' is no sample and no file of the served folder."
        f"{suggest(source, [*known, *offered().values()])} Choose one from the list."
    )


def offered() -> dict[str, str]:
    """Return what can be looked at, by its label: samples first, then files."""
    made = {f"{name} (sample)": f"sample:{name}" for name in samples()}
    return made | {name: name for name in _files()}


def _files() -> list[str]:
    folder = served_folder()
    if not folder.is_dir():
        return []
    plain = (
        item.name
        for item in folder.iterdir()
        if item.name.lower().endswith(ENDINGS) and not item.name.startswith(".")
        if item.is_file() and not item.is_symlink()
    )
    return sorted(plain)[:MOST_FILES]
