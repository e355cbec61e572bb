"""Long work that the server does for somebody: each kind of job with the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from workbench.core.errors import NotSignedIn
from workbench.core.job import Job
from workbench.core.progress import Progress
from workbench.registry import detections, reports
from workbench.registry.datasets import find_data_version, open_data
from workbench.registry.models import open_model_version
from workbench.registry.retention import HOUSE, KIND, forget_old
from workbench.registry.retraining import retrain
from workbench.store import accounts
from workbench.store.database import reading
from workbench.team.access import Identity, house, identity_of
from workbench.team.doer import SYSTEM, Doer

__all__ = ["KINDS", "Work"]

Work = Callable[[Identity, Mapping[str, Any], Progress, Doer], dict[str, Any]]


def _detection(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    kept = detections.run_detection(who, detections.Request(**words), progress, by=by)
    return {"detection": kept.id}


def _comparison(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    from workbench.workflow.comparing import compare
    from workbench.workflow.exporting import plain

    asked = detections.Request(words["dataset"], words["version"])
    version = detections.check_request(who, asked)
    data = open_data(who, asked.dataset, version.number)
    options = {
        name: words[name]
        for name in ("contamination", "seconds", "random_state")
        if words.get(name) is not None
    }
    found: Any = compare(data, words["detectors"], progress=progress.part(0.0, 0.9), **options)
    kept = {
        name: detections.keep_detection(who, one, asked.dataset, version.number, by=by).id
        for name, one in found.detections.items()
    }
    document: dict[str, Any] = plain(found.to_dict())
    return {"detections": kept, "comparison": document}


def _tuning(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    from workbench.store.trials import drop_trials
    from workbench.workflow.tuning import tune

    asked = detections.Request(words["dataset"], words["version"], name=words["name"])
    version = detections.check_request(who, asked)
    data = open_data(who, asked.dataset, version.number)
    names = ("trials", "seconds", "detectors", "objective", "random_state")
    options = {name: words[name] for name in names if words.get(name) is not None}
    # Trials lie under the job: whoever begins it anew after a crash goes on from them.
    study = by.request
    found = tune(data, study=study, progress=progress.part(0.0, 0.9), **options)
    kept = detections.keep_detection(
        who, found.detection, asked.dataset, version.number, name=asked.name, by=by
    )
    drop_trials(study)
    return {"detection": kept.id, "tuning": found.to_dict()}


def _learning(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    from workbench.workflow.exporting import plain
    from workbench.workflow.learning import learn

    one = detections.find_detection(who, words["detection"])
    learned = learn(detections.open_detection(who, one.id), progress=progress.part(0.0, 0.9))
    kept = detections.keep_detection(who, learned, one.dataset, one.version, by=by)
    return {"detection": kept.id, "provenance": plain(learned.provenance.get("learned", {}))}


def _scoring(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    version = find_data_version(who, words["dataset"], words["data_version"]).number
    data = open_data(who, words["dataset"], version)
    model = open_model_version(who, words["model"], words["version"])
    found = model.score(data, progress=progress.part(0.0, 0.9))
    kept = detections.keep_detection(
        who, found, words["dataset"], version, name=words["name"], by=by
    )
    return {"detection": kept.id}


def _retraining(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    return retrain(who, words["monitor"], progress, promote=words["promote"], by=by)


def _report(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    kept = reports.make_report(who, reports.ReportRequest(**words), progress, by=by)
    return {"report": kept.id}


def _retention(
    who: Identity, words: Mapping[str, Any], progress: Progress, by: Doer
) -> dict[str, Any]:
    return {"forgotten": forget_old(who, progress, by=by)}


_WORK: dict[str, Work] = {
    "detection": _detection,
    "comparison": _comparison,
    "tuning": _tuning,
    "learning": _learning,
    "scoring": _scoring,
    "retraining": _retraining,
    "report": _report,
    KIND: _retention,
}


def _done(kind: str) -> Callable[[Job, Progress], dict[str, Any]]:
    def do(job: Job, progress: Progress) -> dict[str, Any]:
        request = f"job:{job.id}"
        if job.owner == HOUSE:  # no account has that id: the house ordered it itself
            return _WORK[kind](house(), job.params, progress, replace(SYSTEM, request=request))
        # What somebody may do is asked when the work begins, not when it was ordered.
        with reading() as connection:
            user = accounts.find_user(connection, id=job.owner)
            if user is None or not user.active:
                raise NotSignedIn("Whoever ordered this has no account any more.")
            who = identity_of(connection, user, request)
        return _WORK[kind](who, job.params, progress, Doer(f"user:{user.id}", request))

    return do


#: What the runner of the server takes on.
KINDS = {kind: _done(kind) for kind in _WORK}
