"""What the server keeps for a team: data, results and models, each with an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

__all__ = [
    "DataVersion",
    "KeptData",
    "KeptDetection",
    "KeptModel",
    "KeptReport",
    "ModelVersion",
    "SavedView",
    "Stage",
]

Stage = Literal["candidate", "champion", "archived"]


@dataclass(frozen=True)
class KeptData:
    """Data under a name, in versions that do not change.

    Attributes
    ----------
    id, owner, name, note : str
        ``owner`` is a user's id.
    created : datetime.datetime
    latest : int
        Number of the newest version, from 1.
    """

    id: str
    owner: str
    name: str
    note: str
    created: datetime
    latest: int


@dataclass(frozen=True)
class DataVersion:
    """One state of the data, as a file that is kept byte by byte.

    Attributes
    ----------
    dataset : str
    number : int
    artifact : str
        SHA-256 of the file.
    file : str
        Its name, made harmless.
    source : dict
        Where it came from, without secrets.
    roles : dict
        How ``wb.load`` was told to read it: ``time``, ``label``, ``entity``, ``exclude`` …
    facts : dict
        Rows, columns, bytes, kind, features, fingerprint, notices.
    author : str
    created : datetime.datetime
    """

    dataset: str
    number: int
    artifact: str
    file: str
    source: dict[str, Any]
    roles: dict[str, Any]
    facts: dict[str, Any]
    author: str
    created: datetime


@dataclass(frozen=True)
class KeptDetection:
    """A result: the model that made it, and its scores.

    Attributes
    ----------
    id, owner, name : str
    dataset : str
    version : int
    detector : str
    model, scores : str
        SHA-256 of the two files.
    seal : str
        HMAC of the model's file: it was written by this house.
    facts : dict
        Rows, anomalies, threshold, parameters, seconds, notices.
    created : datetime.datetime
    """

    id: str
    owner: str
    name: str
    dataset: str
    version: int
    detector: str
    model: str
    scores: str
    seal: str
    facts: dict[str, Any]
    created: datetime


@dataclass(frozen=True)
class KeptModel:
    """A model under a name, in versions of which one is the champion.

    Attributes
    ----------
    id, owner, name, note : str
    created : datetime.datetime
    latest : int
    deployed : int or None
        Version that its scoring endpoint is pinned to.
    """

    id: str
    owner: str
    name: str
    note: str
    created: datetime
    latest: int
    deployed: int | None


@dataclass(frozen=True)
class ModelVersion:
    """One fitted model.

    Attributes
    ----------
    model : str
    number : int
    artifact, seal : str
        SHA-256 and HMAC of the file.
    detection : str
        Result that it comes from; empty for one from outside.
    detector : str
    stage : {"candidate", "champion", "archived"}
    facts : dict
        Kind, features, threshold, metrics, bytes.
    note, author : str
    created : datetime.datetime
    promoted : datetime.datetime or None
        When it became the champion last.
    """

    model: str
    number: int
    artifact: str
    seal: str
    detection: str
    detector: str
    stage: Stage
    facts: dict[str, Any]
    note: str
    author: str
    created: datetime
    promoted: datetime | None


@dataclass(frozen=True)
class SavedView:
    """A page's state under a name: the page and the query of its address."""

    id: str
    owner: str
    name: str
    page: str
    query: str
    created: datetime


@dataclass(frozen=True)
class KeptReport:
    """A report that was made.

    Attributes
    ----------
    id, owner, name : str
    subject : str
        What it is about: "detection:ID", "dataset:ID", "incident:ID" or "monitor:ID".
    template : str
    format : {"html", "pdf", "ipynb"}
    artifact : str
        SHA-256 of the file.
    facts : dict
        Its summary for machines, and bytes.
    created : datetime.datetime
    """

    id: str
    owner: str
    name: str
    subject: str
    template: str
    format: str
    artifact: str
    facts: dict[str, Any]
    created: datetime
