"""Puts the lines of Python into a server page."""

from __future__ import annotations

from workbench.view.components._mirror import mirror_of
from workbench.view.components.code import Code

__all__ = ["Code", "CodePanel"]

CodePanel = mirror_of(Code)
