"""Words that requests and answers share."""

from __future__ import annotations

import math
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = [
    "Answer",
    "Asked",
    "FreeWords",
    "Id",
    "Limit",
    "Line",
    "Lines",
    "Listed",
    "Name",
    "Next",
    "Number",
    "Problem",
    "Search",
    "Sort",
]

T = TypeVar("T")
MOST_DEPTH = 20


class Asked(BaseModel):
    """What comes in: nothing that is not known."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Answer(BaseModel):
    """What goes out."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character NUL")
    return text


def _finite(value: Any, depth: int = 0) -> Any:
    if depth > MOST_DEPTH:
        raise ValueError(f"must not be nested deeper than {MOST_DEPTH}")
    if isinstance(value, dict):
        for key, item in value.items():
            _finite(key, depth + 1), _finite(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _finite(item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must not hold NaN or infinities")
    elif isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("must not hold whole numbers beyond 64 bits")
    elif isinstance(value, str):
        _without_nul(value).encode("utf-8")
    return value


#: A line of text.
Line = Annotated[str, Field(max_length=4000), AfterValidator(_without_nul)]
#: Several lines of text.
Lines = Annotated[str, Field(max_length=20_000), AfterValidator(_without_nul)]
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_without_nul)]
#: Anything that JSON can say, within bounds.
FreeWords = Annotated[dict[str, Any], Field(max_length=200), AfterValidator(_finite)]

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="An id.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of a version, from 1.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Most items of this page.")]
Next = Annotated[
    str, Query(max_length=2000, description="`next` of the page before.", alias="after")
]
Search = Annotated[
    str,
    Query(max_length=120, description="Part of the name.", alias="q"),
    AfterValidator(_without_nul),
]
Sort = Annotated[
    str,
    Query(pattern="^-?(name|created)$", description="name or created; '-' before it: descending."),
]


class Listed(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str = Field(description="What to ask `after` for the next page; empty at the end.")
    total: int = Field(description="How many there are in all pages.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request: str = Field(description="Id of the request, as the log has it.")
    errors: list[dict[str, str]] = Field(default_factory=list)
