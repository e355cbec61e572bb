"""How fast pages feel: told by browsers, read by administrators."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.registry import vitals as kept
from workbench.serve.api._operations import Nouns, Who
from workbench.serve.api._shapes import Answer, Asked
from workbench.serve.metrics import seen
from workbench.serve.pages import PAGES
from workbench.serve.rules import SIGNED_IN

__all__ = ["api"]

api = Nouns("vitals", "How fast pages feel to those who use them.")


class Measure(Asked):
    """What a browser measured of one page."""

    page: Annotated[str, Field(max_length=40, examples=["explore"])]
    name: Literal["TTFB", "FCP", "LCP", "INP", "CLS"]
    value: float = Field(ge=0, le=600, description="Seconds; of CLS, the shift.")


class Measures(Asked):
    """What a browser measured."""

    vitals: list[Measure] = Field(min_length=1, max_length=10)


class Vital(Answer):
    """One measure of one page."""

    page: str
    name: str
    visits: int
    value: float = Field(description="Third quartile: seconds; of CLS, the shift.")
    verdict: str


@api.operation("POST", "/vitals", SIGNED_IN, status=204, summary="Tell how fast a page was")
def tell_vitals(asked: Measures, who: Who) -> None:
    """Take what a browser measured; who it was is not kept."""
    for one in asked.vitals:
        if one.page in PAGES:
            kept.note_vital(one.page, one.name, one.value)
            seen(one.page, one.name, one.value)


@api.operation("GET", "/vitals", "metrics:read", summary="Read how fast pages are")
def list_vitals(who: Who) -> list[Vital]:
    """List the third quartile of each measure of each page, since this process began."""
    return [Vital.model_validate(one) for one in kept.read_vitals()]
