"""Reads the nodes and edges of a GraphML file; runs in the worker."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from workbench.core.errors import DataError, UnreadableFile
from workbench.sources._files import snapshot

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_graphml"]


def read_graphml(
    *, path: str, name: str, limit: int, weight: str
) -> tuple[pa.Table, dict[str, Any]]:
    """Return the edges as a table of start, end and weight.

    The notes hold the names of the nodes, and their attributes as columns.
    """
    import pyarrow as pa

    data, _ = snapshot(path)
    if not data.strip():
        raise DataError(f"'{name}' is empty.")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UnreadableFile(
            f"'{name}' declares its own entities, which graphs do not need and attacks do. "
            "Remove the DOCTYPE."
        )
    try:
        nodes, edges, known = _walk(data, weight)
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableFile(f"'{name}' is not proper GraphML: {error}.") from None
    if not nodes:
        raise UnreadableFile(f"'{name}' holds no GraphML nodes.")
    position = {node: index for index, node in enumerate(nodes)}
    if len(position) < len(nodes):
        raise UnreadableFile(f"'{name}' names a node twice.")
    for start, end, _ in edges:
        for node in (start, end):
            if node not in position:
                position[node] = len(position)
    table = pa.table(
        {
            "start": pa.array([position[edge[0]] for edge in edges], pa.int64()),
            "end": pa.array([position[edge[1]] for edge in edges], pa.int64()),
            "weight": pa.array([edge[2] for edge in edges], pa.float64()),
        }
    )
    names = list(dict.fromkeys(attribute for about in known for attribute in about))
    known += [{}] * (len(position) - len(nodes))
    columns = {attribute: [about.get(attribute) for about in known] for attribute in names}
    return table, {"notices": [], "nodes": list(position), "attributes": columns}


_Edges = list[tuple[str, str, float]]
_Known = list[dict[str, Any]]


def _walk(data: bytes, weight: str) -> tuple[list[str], _Edges, _Known]:
    nodes: list[str] = []
    edges: _Edges = []
    known: _Known = []
    kinds: dict[str, tuple[str, str]] = {}
    weight_key = weight
    events = ElementTree.iterparse(io.BytesIO(data), events=("end",))  # noqa: S314 - no entities
    for _, element in events:
        tag = element.tag.rpartition("}")[2]
        if tag == "key" and element.get("for") == "edge" and element.get("attr.name") == weight:
            weight_key = element.get("id", weight)
        elif tag == "key" and element.get("for") in ("node", "all"):
            key = element.get("id", "")
            kinds[key] = (element.get("attr.name", key), element.get("attr.type", "string"))
        elif tag == "node":
            nodes.append(element.get("id", ""))
            told = [(kinds.get(item.get("key", "")), item.text) for item in element]
            known.append({kind[0]: _value(words, kind[1]) for kind, words in told if kind})
            element.clear()
        elif tag == "edge":
            found = [item.text for item in element if item.get("key") == weight_key]
            value = float(found[0]) if found and found[0] else 1.0
            edges.append((element.get("source", ""), element.get("target", ""), value))
            element.clear()
    return nodes, edges, known


def _value(words: str | None, kind: str) -> Any:
    """Return an attribute as its key declares it; None where nothing is written."""
    words = (words or "").strip()
    if not words:
        return None
    if kind == "boolean":
        return words.lower() in ("true", "1")
    return float(words) if kind in ("int", "long", "float", "double") else words
