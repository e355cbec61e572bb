"""The published shape of every document that ``--json`` prints (JSON Schema, draft 2020-12)."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from workbench.core.errors import UnknownName, suggest

__all__ = ["read_schema", "schema_names"]


def schema_names() -> list[str]:
    """Return the names of all documents: "detection", "explanation" and so on.

    Examples
    --------
    >>> "detection" in schema_names()
    True
    """
    folder = resources.files("workbench.cli") / "schemas"
    found = (item.name for item in folder.iterdir())
    return sorted(name.removesuffix(".json") for name in found if name.endswith(".json"))


def read_schema(name: str) -> dict[str, Any]:
    """Return the schema of a document; its "format" member is ``workbench.NAME/1``.

    Parameters
    ----------
    name : str
        One of :func:`schema_names`.

    Raises
    ------
    UnknownName
        No document has this name.

    Examples
    --------
    >>> read_schema("detection")["properties"]["format"]["const"]
    'workbench.detection/1'
    """
    known = schema_names()
    if name not in known:
        raise UnknownName(
            f"There is no document '{name}'.{suggest(name, known)} Known: {', '.join(known)}."
        )
    file = resources.files("workbench.cli") / "schemas" / f"{name}.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema
