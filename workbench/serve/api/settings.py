"""Settings of the server, as they are in force."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workbench.core.settings import Settings, settings
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
    known = settings()
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(known, name)
        secret = "Secret" in str(field.annotation)
        lines.append(
            Setting(
                name=name,
                value=None
                if secret
                else (value if isinstance(value, (int, float, bool, type(None))) else str(value)),
                usual=name not in known.model_fields_set,
                about=field.description or "",
                variable=f"WORKBENCH_{name.upper()}",
            )
        )
    return lines
