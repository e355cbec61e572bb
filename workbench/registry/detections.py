"""Results of a team: each keeps the fitted model, the scores and the state of the data it saw."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection

from workbench.core.errors import ModelError
from workbench.core.progress import Progress
from workbench.core.registry import DataVersion, KeptData, KeptDetection
from workbench.registry._access import check_name, known, new_id, pages, reference
from workbench.registry._claims import claimed
from workbench.registry._memory import Memory
from workbench.registry._sealing import open_sealed, seal
from workbench.registry.datasets import find_data, find_data_version, open_data
from workbench.store import registry as store
from workbench.store.artifacts import artifact, draft, keep
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.labels import add_labels
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

if TYPE_CHECKING:
    from workbench.core.dataset import DatasetRecord
    from workbench.core.label import Label
    from workbench.workflow.detection import Detection

__all__ = [
    "Request",
    "change_detection",
    "check_request",
    "find_detection",
    "keep_detection",
    "label_data",
    "label_rows",
    "list_detections",
    "may_label",
    "open_detection",
    "remove_detection",
    "run_detection",
    "set_threshold",
    "store_model",
]

_opened = Memory(8)


@dataclass(frozen=True)
class Request:
    """What to run on which data: the same words as :func:`workbench.detect`.

    Attributes
    ----------
    dataset : str
    version : int or None
        By default the newest.
    detector, name : str
    params : mapping
        Of the detector.
    options : mapping
        contamination, threshold, fdr, reference, seconds, random_state.
    """

    dataset: str
    version: int | None = None
    detector: str = "auto"
    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def check_request(who: Identity, asked: Request) -> DataVersion:
    """Return the data that a run would see, or say at once what would not work.

    Raises
    ------
    NotAllowed
        Their role does not run detectors.
    NotFound
        There are no such data that they may see.
    UnknownName, ParameterError
        There is no such detector, or it has no such parameter.
    """
    from workbench.workflow.detecting import check_params

    allow(who, "detections:run")
    version = find_data_version(who, asked.dataset, asked.version)
    if asked.name:
        check_name(asked.name)
    check_params(asked.detector, asked.params)
    return version


def run_detection(who: Identity, asked: Request, progress: Progress, *, by: Doer) -> KeptDetection:
    """Detect in kept data, and keep the result."""
    from workbench.workflow.detecting import detect
    from workbench.workflow.reference import parse_reference

    version = check_request(who, asked)
    data = open_data(who, asked.dataset, version.number)
    options = dict(asked.options)
    if isinstance(options.get("reference"), str):
        options["reference"] = parse_reference(options["reference"])
    found = detect(
        data, asked.detector, progress=progress.part(0.0, 0.9), **options, **dict(asked.params)
    )
    progress.step(0.95, "keeping the result")
    return keep_detection(who, found, asked.dataset, version.number, name=asked.name, by=by)


def keep_detection(
    who: Identity, found: Detection, dataset: str, version: int, *, name: str = "", by: Doer
) -> KeptDetection:
    """Keep a result on a version of kept data."""
    allow(who, "detections:run")
    data = find_data(who, dataset)
    title = check_name(name or f"{found.detector} on {data.name}"[:120])
    with ExitStack() as claims:
        model, sealed = store_model(found)
        claims.enter_context(claimed(model))  # what fails from here on leaves no file behind
        scores = _store_scores(found.scores.to_numpy())
        claims.enter_context(claimed(scores))
        one = KeptDetection(
            new_id(), who.user.id, title, dataset, version, found.detector, model, scores,
            sealed, _facts(found), datetime.now(UTC),
        )  # fmt: skip
        _add(who, one, by)
    return one


def _add(who: Identity, one: KeptDetection, by: Doer) -> None:
    told = {name: getattr(one, name) for name in ("name", "dataset", "version", "detector")}
    with writing() as connection:
        known(connection, who, KeptData, one.dataset)  # it may have been removed meanwhile
        store.add(connection, one)
        append(connection, by.did("detection.create", reference(one), after=told))
        artifact(one.model), artifact(one.scores)  # see keep_data


def store_model(found: Detection) -> tuple[str, str]:
    """Keep a fitted model as an artifact and return its SHA-256 and seal."""
    from workbench.workflow.foreign import ForeignModel
    from workbench.workflow.saving import save

    with tempfile.TemporaryDirectory(prefix="workbench-model-") as folder:
        digest = keep(save(found, Path(folder) / "model.wb").read_bytes())
    return digest, seal(digest, foreign=isinstance(found.model, ForeignModel))


def _store_scores(scores: np.ndarray) -> str:
    buffer = io.BytesIO()
    np.save(buffer, scores.astype(np.float64), allow_pickle=False)
    with draft() as file:
        file.write(buffer.getvalue())
        return file.keep()


def _facts(found: Detection) -> dict[str, Any]:
    from workbench.workflow.exporting import plain

    facts: dict[str, Any] = plain(
        {
            "rows": len(found),
            "anomalies": len(found.records),
            "anomalous_rows": int(found.is_anomaly.sum()),
            "bands": found.bands,
            "threshold": vars(found.threshold),
            "params": found.params,
            "reason": found.reason,
            "seconds": found.seconds,
            "notices": list(found.notices),
            "fingerprint": found.dataset.fingerprint,
        }
    )
    return facts


def list_detections(
    who: Identity, *, dataset: str = "", detector: str = "", **asked: Any
) -> Page[KeptDetection]:
    """Return a part of the results that somebody may see."""
    table = store.DETECTIONS
    where = [table.c.dataset == dataset] if dataset else []
    where += [table.c.detector == detector] if detector else []
    with reading() as connection:
        return pages(connection, who, KeptDetection, where=where, **asked)


def find_detection(who: Identity, detection: str) -> KeptDetection:
    """Return a result by id; NotFound where there is none that they may see."""
    with reading() as connection:
        found: KeptDetection = known(connection, who, KeptDetection, detection)
        return found


def open_detection(who: Identity, detection: str) -> Detection:
    """Return a kept result as ``wb.detect`` gave it: nothing is fitted or scored again.

    Raises
    ------
    NotFound
        There is none that they may see, or its data were removed.
    ModelError
        Its model's file was altered, or the data are others than it saw.
    """
    one = find_detection(who, detection)
    data = open_data(who, one.dataset, one.version)
    found: Detection = _opened.get((one.id, one.model), lambda: _rebuilt(one, data))
    return found


def _rebuilt(one: KeptDetection, data: Any) -> Detection:
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import ScoredRows

    model = open_sealed(one.model, one.seal)
    if data.fingerprint != one.facts["fingerprint"]:
        raise ModelError("The data are not those that this result was made from.")
    scores = np.load(artifact(one.scores), allow_pickle=False)
    if scores.shape != (len(data),):
        raise ModelError("The scores of this result do not fit its data.")
    rows = ScoredRows(scores, None, (), one.facts["seconds"])  # type: ignore[arg-type]
    return replace(Detection.of(model, data, rows), notices=tuple(one.facts["notices"]))


def set_threshold(
    who: Identity, detection: str, rule: Any, params: Mapping[str, Any], *, by: Doer
) -> KeptDetection:
    """Put a result under another threshold; nothing is fitted or scored again."""
    found = open_detection(who, detection)
    with reading() as connection:
        known(connection, who, KeptDetection, detection, "detections:run")
    moved = found.with_threshold(rule, **dict(params))
    model, sealed = store_model(moved)
    with claimed(model), writing() as connection:
        one: KeptDetection = known(connection, who, KeptDetection, detection, "detections:run")
        new = replace(one, model=model, seal=sealed, facts=_facts(moved))
        values = {"model": new.model, "seal": new.seal, "facts": new.facts}
        store.change(connection, KeptDetection, detection, **values)
        before = {"threshold": one.facts["threshold"]["value"]}
        after = {"threshold": new.facts["threshold"]["value"]}
        append(connection, by.did("detection.threshold", reference(one), before, after))
    return new


def change_detection(who: Identity, detection: str, name: str, *, by: Doer) -> KeptDetection:
    """Give a result another name."""
    with writing() as connection:
        one: KeptDetection = known(connection, who, KeptDetection, detection, "detections:run")
        new = replace(one, name=check_name(name))
        store.change(connection, KeptDetection, detection, name=new.name)
        before, after = {"name": one.name}, {"name": new.name}
        append(connection, by.did("detection.change", reference(one), before, after))
    return new


def label_rows(
    who: Identity,
    detection: str,
    rows: Sequence[int],
    verdict: str | None,
    *,
    comment: str = "",
    tag: str = "",
    by: Doer,
) -> list[Label]:
    """Say what rows are, under one's own name; all of them or none."""
    data, about = open_detection(who, detection).dataset, f"detection:{detection}"
    return label_data(who, about, data, rows, verdict, comment=comment, tag=tag, by=by)


def may_label(who: Identity, about: str) -> None:
    """Go on only where somebody may say what rows are.

    Parameters
    ----------
    who : Identity
    about : str
        "detection:ID", "dataset:ID" (a "/VERSION" may follow), or a sample.

    Raises
    ------
    NotAllowed
        Their role does not label, or the object is another's and open to them for reading only.
    NotFound
        There is none that they may see.
    """
    with reading() as connection:
        _check_label(connection, who, about)


def _check_label(connection: Connection, who: Identity, about: str) -> None:
    allow(who, "labels:write")
    noun, _, id_ = about.partition(":")
    kind = {"detection": KeptDetection, "dataset": KeptData}.get(noun)
    if kind is not None:
        known(connection, who, kind, id_.partition("/")[0], "labels:write")


def label_data(
    who: Identity,
    about: str,
    data: DatasetRecord,
    rows: Sequence[int],
    verdict: str | None,
    *,
    comment: str = "",
    tag: str = "",
    by: Doer,
) -> list[Label]:
    """Say what rows of data are that somebody looks at; ``about`` as for :func:`may_label`."""
    from workbench.workflow.labelling import labels_of

    said = labels_of(data, rows, verdict, comment=comment, tag=tag, author=who.user.name)
    with writing() as connection:
        _check_label(connection, who, about)
        add_labels(data.fingerprint, said, connection=connection)
        told = {"rows": list(rows)[:100], "count": len(rows), "verdict": verdict or ""}
        append(connection, by.did("label.write", about, after=told))
    return said


def remove_detection(who: Identity, detection: str, *, by: Doer) -> None:
    """Remove a result; models that were registered from it stay."""
    with writing() as connection:
        one = known(connection, who, KeptDetection, detection, "detections:run")
        store.drop(connection, KeptDetection, detection)
        append(connection, by.did("detection.remove", reference(one), {"name": one.name}))
