"""Whether what somebody passes is one dataset or several, and what each is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["datasets_by_name"]


def datasets_by_name(data: Any) -> dict[str, Any] | None:
    """Return datasets by name when ``data`` holds several; a list of rows is one."""
    if isinstance(data, Mapping):
        whole = {str(name): item for name, item in data.items() if _is_data(item)}
        return whole if whole and len(whole) == len(data) else None
    if not isinstance(data, (list, tuple)) or not data or not all(map(_is_data, data)):
        return None
    names: dict[str, Any] = {}
    for number, item in enumerate(data, 1):
        name = str(getattr(item, "name", None) or (_named(item) or f"set {number}"))
        names[name if name not in names else f"{name} ({number})"] = item
    return names


def _named(item: Any) -> str:
    if isinstance(item, Path):
        return item.name
    return (
        item
        if isinstance(item, str) and item.startswith("sample:")
        else (Path(item).name if isinstance(item, str) else "")
    )


def _is_data(item: Any) -> bool:
    """Tell what is a dataset of its own, not a row or a column of one."""
    from workbench.core.dataset import DatasetRecord

    if isinstance(item, (DatasetRecord, str, Path)):
        return True
    return type(item).__name__ in ("DataFrame", "LazyFrame", "Table")
