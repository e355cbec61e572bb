"""OpenAPI links: what an answer names can be asked about, so a reader can follow the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["link"]

Document = dict[str, Any]


def link(document: Document, prefix: str) -> None:
    """Add to each answer that names an object the operations that take this object.

    A path's ``{dataset}`` is an object of ``/datasets``: lists name the first of theirs, and
    operations that make one name it. Links follow from the paths and schemas alone, so a new
    operation has its links by itself.

    Parameters
    ----------
    document : dict
        As OpenAPI 3.1 has it; changed in place.
    prefix : str
        Before every path.
    """
    operations = [
        (path.removeprefix(prefix), method, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    for noun in sorted(_nouns(path for path, _, _ in operations)):
        takers = [told["operationId"] for path, _, told in operations if f"{{{noun}}}" in path]
        bodies = [told["operationId"] for _, _, told in operations
                  if _needs_only(document, told, noun)]  # fmt: skip
        for path, method, told in operations:
            if path.partition("/{")[0] == f"/{noun}s" or method == "post":
                for answer, where in _named(document, told, noun, at_home=path == f"/{noun}s"):
                    _add(answer, noun, where, takers, bodies)


def _nouns(paths: Iterator[str]) -> set[str]:
    known = set(paths)
    names = {part[1:-1] for path in known for part in path.split("/") if part.startswith("{")}
    return {name for name in names if f"/{name}s" in known}


def _add(answer: Document, noun: str, where: str, takers: list[str], bodies: list[str]) -> None:
    links = answer.setdefault("links", {})
    expression = f"$response.body#{where}"
    for name in takers:
        links[name] = {"operationId": name, "parameters": {noun: expression}}
    for name in bodies:
        links[name] = {"operationId": name, "requestBody": {noun: expression}}


def _named(
    document: Document, told: Document, noun: str, *, at_home: bool
) -> Iterator[tuple[Document, str]]:
    """Yield the answers of an operation that name an object, and where its id stands in them."""
    for status, answer in told["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if not str(status).startswith("2") or schema is None:
            continue
        schema, where = _resolved(document, schema), ""
        if "items" in schema.get("properties", {}):
            schema, where = _resolved(document, schema["properties"]["items"]), "/items"
        if schema.get("type") == "array":
            schema, where = _resolved(document, schema["items"]), f"{where}/0"
        if noun in schema.get("properties", {}):
            inner = _resolved(document, schema["properties"][noun])
            if _key(inner):
                yield answer, f"{where}/{noun}/{_key(inner)}"
        elif (at_home or schema.get("title", "").lower() == noun) and _key(schema):
            yield answer, f"{where}/{_key(schema)}"


def _key(schema: Document) -> str:
    """Return the name of what tells an object from others."""
    known = schema.get("properties", {})
    return next((name for name in ("id", "name") if name in known), "")


def _needs_only(document: Document, told: Document, noun: str) -> bool:
    """Return whether a body with this one name is enough for an operation."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolved(document, content.get("schema", {}))
    return bool(schema.get("required", []) == [noun])


def _resolved(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
