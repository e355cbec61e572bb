"""Saved views: a page's state under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from workbench.registry import views as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    Id,
    Limit,
    Line,
    Listed,
    Name,
    Next,
    Search,
    Sort,
)

__all__ = ["api"]

api = Nouns("views", "Pages' states under names.")


class View(Answer):
    """A saved view."""

    id: str
    name: str
    owner: str
    page: str
    query: str
    created: datetime


class New(Asked):
    """A page with the query of its address."""

    name: Name = Field(examples=["Pump 7, March"])
    page: Annotated[str, Field(max_length=40)] = Field(examples=["explore"])
    query: Line = Field(default="", examples=["data=sample:pump&row=412"])


class Change(Asked):
    """Another name."""

    name: Name


@api.operation("GET", "/views", "datasets:read", summary="List views")
def list_views(
    who: Who, limit: Limit = 50, after: Next = "", q: Search = "", sort: Sort = "-created"
) -> Listed[View]:
    """List the views that one may see."""
    found = kept.list_views(who, limit=limit, after=after, search=q, sort=sort)
    return Listed[View].model_validate(found)


@api.operation("POST", "/views", "datasets:read", status=201, summary="Save a view")
def create_view(asked: New, response: Response, who: Who, by: By) -> View:
    """Keep a page's state under a name."""
    view = kept.save_view(who, asked.name, asked.page, asked.query, by=by)
    response.headers["location"] = f"/api/v1/views/{view.id}"
    return View.model_validate(view)


@api.operation("GET", "/views/{view}", "datasets:read", summary="Read a view")
def read_view(view: Id, who: Who) -> View:
    """Return a view."""
    return View.model_validate(kept.find_view(who, view))


@api.operation("PATCH", "/views/{view}", "datasets:read", summary="Rename a view")
def change_view(view: Id, asked: Change, who: Who, by: By) -> View:
    """Give a view another name."""
    return View.model_validate(kept.change_view(who, view, asked.name, by=by))


@api.operation("DELETE", "/views/{view}", "datasets:read", status=204, summary="Remove a view")
def remove_view(view: Id, who: Who, by: By) -> None:
    """Remove a view."""
    kept.remove_view(who, view, by=by)
