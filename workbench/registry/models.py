"""Models of a team: versions with stages, one champion each, and an endpoint that scores."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from workbench.core.errors import (
    LimitExceeded,
    ModelError,
    NotFound,
    ParameterError,
    WorkbenchError,
)
from workbench.core.registry import KeptModel, ModelVersion
from workbench.registry._access import check_name, check_note, known, new_id, pages, reference
from workbench.registry._claims import claimed
from workbench.registry._memory import Memory
from workbench.registry._sealing import open_sealed, seal
from workbench.registry.detections import find_detection, open_detection
from workbench.store import registry as store
from workbench.store.artifacts import artifact, keep
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.monitors import follow_champion
from workbench.store.paging import Page
from workbench.team.access import Identity, allow, may
from workbench.team.doer import Doer

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Model

__all__ = [
    "change_model",
    "deploy",
    "find_model",
    "find_model_version",
    "import_model",
    "list_models",
    "model_versions",
    "open_model_version",
    "opened_version",
    "promote",
    "register",
    "remove_model",
    "retire",
    "roll_back",
    "score",
    "scoring_version",
]

_opened = Memory(16)
#: Versions that scored within the last second, and when they were looked up.
_recent: dict[tuple[str, int | None], tuple[KeptModel, ModelVersion]] = {}
_seen: dict[tuple[str, int | None], float] = {}
FRESH, MOST_RECENT = 1.0, 500
#: Rows that a model from outside is tried out on.
TRIED = 64


def register(
    who: Identity, detection: str, *, name: str = "", model: str = "", note: str = "", by: Doer
) -> tuple[KeptModel, ModelVersion]:
    """Keep a result's model under a name, or as the next version of a model.

    Parameters
    ----------
    who : Identity
    detection : str
        Result that it comes from.
    name : str
        Of a new model; or
    model : str
        Id of a known one.
    note : str
    by : Doer
    """
    one, found = find_detection(who, detection), open_detection(who, detection)
    facts = _facts(found.model)
    if found.dataset.label is not None:
        facts["metrics"] = found.evaluate().to_dict()
    version = ModelVersion(
        "", 1, one.model, one.seal, one.id, one.detector, "candidate", facts, check_note(note),
        who.user.id, datetime.now(UTC), None,
    )  # fmt: skip
    return _keep(who, version, name, model, by)


def import_model(
    who: Identity, path: Path, *, name: str, note: str = "", by: Doer
) -> tuple[KeptModel, ModelVersion]:
    """Take in a model from outside: only who may, only types on the list, looked at apart first.

    Raises
    ------
    NotAllowed
        Their role does not import models.
    ModelError, LimitExceeded
        The file is no model of ours, or does harm; nothing was kept.
    """
    from workbench.workflow.foreign import open_foreign

    allow(who, "models:import")
    digest = keep(path.read_bytes())
    with claimed(digest):
        model = open_foreign(artifact(digest))
        _try_out(model)
        facts = _facts(model) | {"imported": True}
        version = ModelVersion(
            "", 1, digest, seal(digest, foreign=True), "", model.detector, "candidate", facts,
            check_note(note), who.user.id, datetime.now(UTC), None,
        )  # fmt: skip
        return _keep(who, version, name, "", by)


def _try_out(model: Model) -> None:
    """Let a model score made-up rows: what does not fit together is found before it is kept."""
    import numpy as np
    import pandas as pd

    made = np.random.default_rng(0).normal(size=(TRIED, len(model.features)))
    frame = pd.DataFrame(made, columns=list(model.features))
    if model.time is not None:
        frame[model.time] = model.origin + model.step * np.arange(TRIED)
    if model.entity is not None:
        frame[model.entity] = next(iter(model.units), "")
    try:
        model.score(frame)
    except (ModelError, LimitExceeded):
        raise
    except WorkbenchError:
        pass  # made-up rows may be none that it takes


def _facts(model: Model) -> dict[str, Any]:
    from workbench.workflow.exporting import plain

    facts: dict[str, Any] = plain(
        {
            "kind": model.kind,
            "features": list(model.features),
            "entity": model.entity,
            "time": model.time,
            "params": model.params,
            "threshold": vars(model.threshold),
            "rows": model.provenance.get("rows"),
            "versions": model.provenance.get("versions"),
        }
    )
    return facts


def _keep(
    who: Identity, version: ModelVersion, name: str, model: str, by: Doer
) -> tuple[KeptModel, ModelVersion]:
    if bool(name) == bool(model):
        raise ParameterError("Say either the name of a new model or the id of a known one.")
    allow(who, "models:write")
    _forget()
    try:
        with writing() as connection:
            if model:
                kept: KeptModel = known(connection, who, KeptModel, model, "models:write")
                kept = replace(kept, latest=kept.latest + 1)
                store.change(connection, KeptModel, model, latest=kept.latest)
            else:
                now = datetime.now(UTC)
                kept = KeptModel(new_id(), who.user.id, check_name(name), "", now, 1, None)
                store.add(connection, kept)
            version = replace(version, model=kept.id, number=kept.latest)
            store.add(connection, version)
            told = {"name": kept.name, "version": version.number, "sha256": version.artifact}
            append(connection, by.did("model.register", reference(kept), after=told))
    except IntegrityError as error:
        raise ParameterError("Another version was added at the same time. Try again.") from error
    return kept, version


def list_models(who: Identity, **asked: Any) -> Page[KeptModel]:
    """Return a part of the models that somebody may see."""
    with reading() as connection:
        return pages(connection, who, KeptModel, **asked)


def find_model(who: Identity, model: str) -> KeptModel:
    """Return a model by id; NotFound where there is none that they may see."""
    with reading() as connection:
        found: KeptModel = known(connection, who, KeptModel, model)
        return found


def model_versions(who: Identity, model: str) -> list[ModelVersion]:
    """Return all versions, the newest first."""
    with reading() as connection:
        known(connection, who, KeptModel, model)
        return store.versions_of(connection, ModelVersion, model)


def find_model_version(who: Identity, model: str, number: int | None = None) -> ModelVersion:
    """Return a version; by default the one deployed, else the champion, else the newest."""
    with reading() as connection:
        kept = known(connection, who, KeptModel, model)
        return _version(connection, kept, number)


def _version(connection: Connection, kept: KeptModel, number: int | None) -> ModelVersion:
    if number is None:
        number = kept.deployed
    if number is None:
        versions = store.versions_of(connection, ModelVersion, kept.id)
        champions = [version for version in versions if version.stage == "champion"]
        return (champions or versions)[0]
    found: ModelVersion | None = store.find_version(connection, ModelVersion, kept.id, number)
    if found is None:
        raise NotFound(f"'{kept.name}' has no version {number}: it has 1 to {kept.latest}.")
    return found


def scoring_version(who: Identity, model: str, number: int | None = None) -> ModelVersion:
    """Return the version that scores, as it was within the last second.

    Who asks a hundred times a second is not looked up a hundred times. What changes in this
    process is seen at once, and whether they may see the model is asked each time.
    """
    kept, version = _recent.get((model, number), (None, None))
    seen = _seen.get((model, number), 0.0)
    if kept is None or version is None or time.monotonic() - seen > FRESH:
        with reading() as connection:
            kept = known(connection, who, KeptModel, model)
            version = _version(connection, kept, number)
        if len(_recent) >= MOST_RECENT:
            _forget()
        _seen[model, number] = time.monotonic()
        _recent[model, number] = (kept, version)
    elif not may(who, "models:read", reference(kept), kept.owner):
        raise NotFound(f"There is no model '{model[:40]}' that you may see.")
    return version


def _forget() -> None:
    _recent.clear()
    _seen.clear()


def open_model_version(who: Identity, model: str, number: int | None = None) -> Model:
    """Return a fitted model, opened once and kept in memory."""
    return opened_version(find_model_version(who, model, number))


def opened_version(version: ModelVersion) -> Model:
    """Return the fitted model of a version that somebody may see."""
    made: Model = _opened.get(
        (version.artifact, version.seal), lambda: open_sealed(version.artifact, version.seal)
    )
    return made


def score(who: Identity, model: str, frame: pd.DataFrame, number: int | None = None) -> Detection:
    """Score rows with a model; columns are matched by name."""
    return open_model_version(who, model, number).score(frame)


def promote(who: Identity, model: str, number: int, *, by: Doer) -> ModelVersion:
    """Make a version the champion; the one before is archived."""
    _forget()
    with writing() as connection:
        kept = known(connection, who, KeptModel, model, "models:promote")
        return _crown(connection, kept, _version(connection, kept, number), "promote", by)


def roll_back(who: Identity, model: str, *, by: Doer) -> ModelVersion:
    """Make the champion before this one the champion again.

    Raises
    ------
    ParameterError
        There was none.
    """
    _forget()
    with writing() as connection:
        kept = known(connection, who, KeptModel, model, "models:promote")
        versions = store.versions_of(connection, ModelVersion, model)
        before = [one for one in versions if one.promoted is not None and one.stage != "champion"]
        if not before:
            raise ParameterError(f"'{kept.name}' had no other champion to go back to.")
        last = max(before, key=lambda one: one.promoted)
        return _crown(connection, kept, last, "roll-back", by)


def _crown(
    connection: Connection, kept: KeptModel, chosen: ModelVersion, action: str, by: Doer
) -> ModelVersion:
    before = None
    for one in store.versions_of(connection, ModelVersion, kept.id):
        if one.stage == "champion" and one.number != chosen.number:
            before = one.number
            store.change_version(connection, kept.id, one.number, stage="archived")
    new = replace(chosen, stage="champion", promoted=datetime.now(UTC))
    values = {"stage": new.stage, "promoted": new.promoted}
    store.change_version(connection, kept.id, new.number, **values)
    follow_champion(connection, kept.id)
    told = ({"champion": before}, {"champion": new.number})
    append(connection, by.did(f"model.{action}", reference(kept), *told))
    return new


def retire(who: Identity, model: str, number: int, *, by: Doer) -> ModelVersion:
    """Archive a version: it stays, and is no candidate any more."""
    _forget()
    with writing() as connection:
        kept = known(connection, who, KeptModel, model, "models:write")
        found = _version(connection, kept, number)
        if found.stage == "champion":
            raise ParameterError(
                f"Version {number} is the champion of '{kept.name}'. Promote another one first."
            )
        store.change_version(connection, model, number, stage="archived")
        told = ({"stage": found.stage}, {"stage": "archived", "version": number})
        append(connection, by.did("model.archive", reference(kept), *told))
    return replace(found, stage="archived")


def deploy(who: Identity, model: str, number: int | None, *, by: Doer) -> KeptModel:
    """Pin the scoring endpoint to a version; None lets it follow the champion."""
    _forget()
    with writing() as connection:
        kept: KeptModel = known(connection, who, KeptModel, model, "models:promote")
        if number is not None:
            _version(connection, kept, number)
        store.change(connection, KeptModel, model, deployed=number)
        if number != kept.deployed:  # monitors score with what is deployed
            follow_champion(connection, model)
        told = ({"version": kept.deployed}, {"version": number})
        append(connection, by.did("model.deploy", reference(kept), *told))
    return replace(kept, deployed=number)


def change_model(
    who: Identity, model: str, *, name: str | None = None, note: str | None = None, by: Doer
) -> KeptModel:
    """Give a model another name or note."""
    with writing() as connection:
        kept: KeptModel = known(connection, who, KeptModel, model, "models:write")
        new = replace(
            kept,
            name=kept.name if name is None else check_name(name),
            note=kept.note if note is None else check_note(note),
        )
        store.change(connection, KeptModel, model, name=new.name, note=new.note)
        before, after = ({"name": one.name, "note": one.note} for one in (kept, new))
        append(connection, by.did("model.change", reference(kept), before, after))
    return new


def remove_model(who: Identity, model: str, *, by: Doer) -> None:
    """Remove a model with all its versions."""
    _forget()
    with writing() as connection:
        kept = known(connection, who, KeptModel, model, "models:write")
        store.drop(connection, KeptModel, model)
        append(connection, by.did("model.remove", reference(kept), {"name": kept.name}))
