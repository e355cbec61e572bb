"""The REST interface under ``/api/v1``: one file a noun, found by itself."""

from __future__ import annotations

import importlib
import pkgutil

from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """Return the ``api`` of every file here; those that begin with "_" are no nouns."""
    names = sorted(item.name for item in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if name[0] != "_"]
    return [module.api for module in modules]
