"""Where the template notebooks are, what each is about, and what it may be told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.core.errors import ParameterError, UnknownName, suggest
from workbench.reports.parameters import Schema, read_schema_of

__all__ = ["Template", "get_template", "template_for", "templates"]

#: In a wheel, the templates lie inside of the package; in a checkout, with the other notebooks.
_PLACES = (
    Path(__file__).parent / "templates",
    Path(__file__).parents[2] / "notebooks" / "reports",
)
#: The template that is taken when nobody names one, by what the report is about.
_DEFAULTS = {
    "detection": "anomaly_report",
    "dataset": "data_quality_report",
    "comparison": "model_comparison_report",
    "incident": "post_mortem_report",
    "monitor": "watch_report",
}


@dataclass(frozen=True)
class Template:
    """A notebook that makes a report when it is run.

    Attributes
    ----------
    name : str
        Its file's name without ending.
    path : Path
    takes : str
        "detection", "dataset", "comparison", "incident" or "monitor".
    about : str
        What a reader gets from it.
    """

    name: str
    path: Path
    takes: str
    about: str

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """The notebook as plain values; take a deep copy before changing it."""
        return _read(self.path)

    @cached_property
    def schema(self) -> Schema:
        """What the template may be told."""
        cells = [cell for cell in self.notebook["cells"] if "parameters" in _tags(cell)]
        if len(cells) != 1:
            raise ParameterError(f"'{self.name}' must have one cell tagged 'parameters'.")
        return read_schema_of(self.name, cells[0]["source"])


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for cell in read["cells"]:
        cell["source"] = "".join(cell["source"])  # kept as lines in the file
    return read


def templates() -> list[Template]:
    """Return every template, by name.

    Examples
    --------
    >>> [item.name for item in templates()][:2]
    ['anomaly_report', 'data_quality_report']
    """
    for place in _PLACES:
        paths = sorted(place.glob("*.ipynb"))
        if paths:
            return [_template(path) for path in paths]
    return []


def _template(path: Path) -> Template:
    facts = _read(path)["metadata"]["workbench"]
    return Template(path.stem, path, facts["takes"], facts["about"])


def get_template(name: str) -> Template:
    """Return the template of this name; the ending "_report" may be left out.

    Raises
    ------
    UnknownName
        There is none.

    Examples
    --------
    >>> get_template("monitoring").takes
    'detection'
    """
    known = {item.name: item for item in templates()}
    found = known.get(name) or known.get(f"{name}_report")
    if found is None:
        raise UnknownName(
            f"There is no report template {name!r}.{suggest(name, known)} "
            f"Known: {', '.join(known)}."
        )
    return found


def template_for(holds: str, name: str | None) -> Template:
    """Return the template to take for what the report is about.

    Parameters
    ----------
    holds : {"detection", "dataset", "comparison", "incident", "monitor"}
    name : str or None
        None for the one that is made for it.

    Raises
    ------
    ParameterError
        The template is about something else.
    """
    found = get_template(name or _DEFAULTS[holds])
    # What is wrong with the data of a detection is a fair question too.
    if found.takes != holds and not (found.takes == "dataset" and holds == "detection"):
        raise ParameterError(
            f"'{found.name}' is about {_one(found.takes)}, and this is {_one(holds)}. "
            f"Take '{_DEFAULTS[holds]}'."
        )
    return found


def _one(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
