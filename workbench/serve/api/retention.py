"""How long what is kept, and forgetting what is older."""

from __future__ import annotations

from fastapi import Response
from pydantic import Field

from workbench.registry.retention import KIND, retention_rules
from workbench.serve.api._jobs import Accepted, accepted
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer

__all__ = ["api"]

api = Nouns("retention", "How long what is kept.")


class Rule(Answer):
    """How long something is kept."""

    what: str = Field(description="incidents, firings, reports, runs, jobs or audit")
    setting: str = Field(description="Variable that says so.")
    days: int | None = Field(description="null: for ever.")
    expired: int = Field(description="How many would go now.")


@api.operation("GET", "/retention", "settings:write", summary="Read how long what is kept")
def list_retention(who: Who) -> list[Rule]:
    """Say how long what is kept, and how much of it would go now; nothing is changed."""
    return [Rule.model_validate(one) for one in retention_rules(who)]


@api.operation("POST", "/retention/run", "settings:write", status=202, summary="Forget what is old")
def run_retention(response: Response, who: Who, by: By) -> Accepted:
    """Forget what is older than the settings let it become, now; it is done each night anyway."""
    return accepted(KIND, {}, who, by, response)
