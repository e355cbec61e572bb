"""Settings of the server, as they are in force."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workbench.core.settings import told_settings
from workbench.serve.api._operations import Nouns
from workbench.serve.api._shapes import Answer

__all__ = ["api"]

api = Nouns("settings", "Settings of the server.")


class Setting(Answer):
    """One setting."""

    name: str
    value: Any = Field(description="null for what is secret.")
    usual: bool = Field(description="Whether it is as it comes.")
    about: str
    variable: str


@api.operation("GET", "/settings", "settings:write", summary="Read settings")
def list_settings() -> list[Setting]:
    """List settings with their meaning; secrets are left out."""
    return [Setting.model_validate(one) for one in told_settings()]
