"""The catalog: what can detect, and how a threshold can be set."""

from __future__ import annotations

import inspect
from typing import Any

from fastapi import Path
from pydantic import Field

from workbench.core.errors import NotFound, UnknownName
from workbench.serve.api._operations import Nouns
from workbench.serve.api._shapes import Answer
from workbench.serve.rules import SIGNED_IN

__all__ = ["api"]

api = Nouns("detectors", "What can detect.")


class Detector(Answer):
    """A detector of the catalog."""

    name: str
    kinds: str
    good_at: str
    cost: str
    library: str
    exact_explanation: bool
    online: bool
    extra: str
    paper: str
    parameters: str


class Rule(Answer):
    """A rule that sets a threshold."""

    name: str
    about: str
    params: dict[str, Any] = Field(description="Its parameters with their defaults.")


@api.operation("GET", "/detectors", SIGNED_IN, summary="List detectors")
def list_detectors(kind: str = "") -> list[Detector]:
    """List all detectors, or those for one kind of data."""
    from workbench.workflow.listing import catalog

    lines = catalog().to_dict("records")
    return [
        Detector.model_validate({str(key): value for key, value in line.items()})
        for line in lines
        if not kind or kind in str(line["kinds"]).split(", ")
    ]


@api.operation("GET", "/detectors/{name}", SIGNED_IN, summary="Read about a detector")
def read_detector(name: str = Path(max_length=80)) -> Detector:
    """Return one detector of the catalog."""
    from workbench.detectors import DETECTORS

    try:
        DETECTORS.get(name)
    except UnknownName as error:
        raise NotFound(str(error)) from error
    return next(one for one in list_detectors() if one.name == name)


@api.operation("GET", "/thresholds", SIGNED_IN, summary="List threshold rules")
def list_thresholds() -> list[Rule]:
    """List the rules that set a threshold."""
    from workbench.thresholds import RULES
    from workbench.workflow.exporting import plain

    lines = []
    for name in RULES.names():
        kind: Any = RULES.get(name)
        about = (inspect.getdoc(kind) or "").partition("\n")[0]
        params = {
            key: None if item.default is inspect.Parameter.empty else item.default
            for key, item in inspect.signature(kind).parameters.items()
        }
        lines.append(Rule(name=name, about=about, params=plain(params)))
    return lines
