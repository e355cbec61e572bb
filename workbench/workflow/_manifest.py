"""What the manifest of a model file says, each word of the type that it must have."""

from __future__ import annotations

import json
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from workbench.core.detection import Threshold
from workbench.core.errors import ModelError
from workbench.core.severity import SeverityScale
from workbench.explainers.expectation import Expectation
from workbench.preparation.encoding import Plan

__all__ = ["FORMAT", "Manifest", "read_manifest"]

FORMAT = "workbench.model/1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)


class Roles(_Part):
    """Columns that are no features."""

    time: str | None
    label: str | None
    entity: str | None


class Axis(_Part):
    """First time and usual step of training."""

    origin: float
    step: float


class Level(_Part):
    """How the scores of one detector compare with those of its siblings."""

    centre: float
    spread: float


class Preparations(_Part):
    """From columns to numbers."""

    plans: list[Plan]
    left_out: dict[str, str]
    flat: bool


class Sampled(_Part):
    """Which columns the kept training rows have, and the checksum of their member."""

    columns: list[str]
    sha256: str


class Manifest(_Part):
    """Everything about a model that is neither detectors nor scores."""

    format: str
    detector: str
    params: dict[str, Any]
    kind: Literal["tabular", "series", "graph", "text"]
    roles: Roles
    axis: Axis
    preparation: Preparations
    units: dict[str, Level]
    threshold: Threshold
    scale: SeverityScale
    expectations: dict[str, Expectation]
    provenance: dict[str, Any]
    sha256: dict[str, str]
    #: Beside the checksums of the others: who knows nothing of a sample reads the file without it.
    sample: Sampled | None = None

    @field_validator("threshold", mode="before")
    @classmethod
    def _without_end(cls, value: Any) -> Any:
        # JSON has no infinity: a threshold that nothing passes is written as null.
        if isinstance(value, dict) and value.get("value", 0.0) is None:
            return {**value, "value": np.inf}
        return value


def read_manifest(raw: bytes, name: str) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ModelError
        It is none, from a newer version, or says what cannot be.
    """
    try:
        told = json.loads(raw)
        known = told["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"'{name}' is damaged: its manifest cannot be read.") from error
    if known != FORMAT:
        raise ModelError(
            f"'{name}' has format {str(known)[:60]!r}; this version reads {FORMAT!r}. Update "
            "anomaly-workbench, or save the model again."
        )
    try:
        return Manifest.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:80]
        raise ModelError(
            f"'{name}' is damaged: '{place}' in its manifest is wrong ({first['msg']}). Save the "
            "model again."
        ) from error
