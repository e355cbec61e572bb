"""Puts a component's ESM file and what it shares with others together into one text.

A component's file begins with ``import { el, number } from "./_draw.js";``. Editors and Node read
that as it stands; in a notebook and on a server page there is nobody to ask for another file, so
the shared file takes the place of the import: no bundler, no second request.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["esm"]

HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(_[a-z]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|let|function|class|async)", re.MULTILINE)


@cache
def esm(name: str) -> str:
    """Return the module of a component as one text that imports nothing.

    Parameters
    ----------
    name : str
        The file beside this one, without its ending: "lanes".
    """
    taken: list[str] = []

    def take(file: str) -> str:
        if file in taken:
            return ""
        taken.append(file)
        words = (HERE / file).read_text(encoding="utf-8")
        shared = "".join(take(other) for other in _IMPORT.findall(words))
        return shared + _EXPORT.sub("", _IMPORT.sub("", words))

    return take(f"{name}.js")
