"""What every operation of the REST interface needs: the one table that the matrix is judged by."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._server import PASSWORD

__all__ = [
    "ANYBODY", "CSV", "DOORS", "OPERATIONS", "RELATIONS", "SIGNED_IN", "Needs", "expected", "holds",
    "opens",
]  # fmt: skip

ANYBODY, SIGNED_IN = "anybody", "signed in"
#: The smallest role that holds a permission; each role holds what the smaller ones hold.
LEAST = {
    "datasets:read": "viewer", "detections:read": "viewer", "models:read": "viewer",
    "reports:read": "viewer", "users:read": "viewer", "monitors:read": "viewer",
    "datasets:write": "analyst", "detections:run": "analyst", "labels:write": "analyst",
    "models:write": "analyst", "reports:run": "analyst",
    "models:promote": "operator", "monitors:write": "operator", "incidents:write": "operator",
    "models:import": "admin", "users:write": "admin", "audit:read": "admin",
    "settings:write": "admin", "metrics:read": "admin",
}  # fmt: skip
_ORDER = ("viewer", "analyst", "operator", "admin")
#: How somebody can stand to an object of each kind; other kinds have no owner.
RELATIONS = {
    **dict.fromkeys(
        ("dataset", "detection", "model", "report", "view", "incident", "stream", "monitor"),
        ("own", "other", "read", "write"),
    ),
    **dict.fromkeys(("job", "schedule", "token", "session", "device"), ("own", "other")),
}
Ids = Mapping[str, str]
CSV = "a,b,odd\n" + "".join(f"{row % 7},{row * 3 % 11},{int(row == 17)}\n" for row in range(40))


@dataclass(frozen=True)
class Needs:
    """What an operation needs.

    Attributes
    ----------
    permission : str
        As the document has it under ``x-permission``.
    kind : str
        Of the object that it acts on; "" for none that belongs to somebody.
    level : {"read", "write", "give", "mine"}
        What a grant must open: reading, writing, nothing (only who owns it or manages users opens
        it to others), nothing at all (not even administrators reach another's).
    also : str
        Permission that an object of somebody else's takes in addition.
    behind : str
        Permission that is asked for behind the door: what is ordered there says which.
    send : callable
        Makes what is sent, as httpx calls it, from the ids of the objects.
    fresh : bool
        Whether it changes its object so much that no other request may see it.
    ok : int
        Status of success; 0 for the one in the document.
    """

    permission: str
    kind: str = ""
    level: str = "read"
    also: str = ""
    behind: str = ""
    send: Callable[[Ids], dict[str, Any]] = lambda ids: {}
    fresh: bool = False
    ok: int = 0


def holds(role: str, permission: str) -> bool:
    """Return whether a role holds a permission."""
    return _ORDER.index(role) >= _ORDER.index(LEAST[permission])


def expected(needs: Needs, role: str, relation: str, success: int) -> int:
    """Return the status that somebody ("" for nobody) must get for an object."""
    good = needs.ok or success
    if needs.permission == ANYBODY:
        return good
    if not role:
        return 401
    if needs.permission != SIGNED_IN and not holds(role, needs.permission):
        return 403
    lacks = bool(needs.behind) and not holds(role, needs.behind)
    if lacks and (needs.kind != "schedule" or relation == "own"):
        return 403  # of another's schedule nothing is told, not even what it would take
    if not needs.kind or relation == "own":
        return good
    if needs.level == "mine":
        return 404
    if role == "admin":
        return good
    if relation == "other":
        return 404
    short = needs.level == "give" or (needs.level == "write" and relation == "read")
    return 403 if short or (needs.also and not holds(role, needs.also)) else good


def _json(**body: Any) -> Callable[[Ids], dict[str, Any]]:
    """Return what sends a body; "$dataset" in it stands for the id of the dataset."""

    def send(ids: Ids) -> dict[str, Any]:
        text = json.dumps(body)
        for name, value in ids.items():
            text = text.replace(f"${name}", value)
        return {"content": text, "headers": {"content-type": "application/json"}}

    return send


def _again(kind: str, **params: Any) -> Callable[[Ids], dict[str, Any]]:
    return _json(kind=kind, params=params, cron="0 7 * * MON-FRI")


def _query(**params: Any) -> Callable[[Ids], dict[str, Any]]:
    return lambda ids: {"params": params}


def _file(name: str, **data: str) -> Callable[[Ids], dict[str, Any]]:
    return lambda ids: {"files": {"file": (name, CSV)}, "data": data}


def _model(ids: Ids) -> dict[str, Any]:
    return {"files": {"file": ("m.wb", bytes.fromhex(ids["wb"]))}}


def _grant(object: str) -> Callable[[Ids], dict[str, Any]]:  # noqa: A002
    return _json(subject="user:owner", object=object, level="read")


_OPEN = Needs(SIGNED_IN)
_READ = {
    kind: Needs(f"{kind}s:read", kind)
    for kind in ("dataset", "detection", "model", "report")
}  # fmt: skip
_VIEW = {"kind": "view", "level": "write", "also": "datasets:write"}
_MANAGE = Needs("users:write")
_INCIDENT = Needs("monitors:read", "incident")
_ACT = Needs("incidents:write", "incident", "write", fresh=True)
_STREAM, _MONITOR = Needs("monitors:read", "stream"), Needs("monitors:read", "monitor")
_BROWSER = {"endpoint": "https://push.example/1", "p256dh": "BA", "auth": "AA"}
_RECORD = {"time": "2026-11-25T12:00:00Z", "a": 1.0}

#: Every operation of the document by its operationId; "#" begins another case of the same one.
OPERATIONS: dict[str, Needs] = {
    # health and the document
    "healthz": Needs(ANYBODY),
    "readyz": Needs(ANYBODY),
    "read_openapi": _OPEN,
    # auth
    "sign_in": Needs(ANYBODY, send=_json(username="owner", password=PASSWORD)),
    "refresh": Needs(ANYBODY, send=_json(refresh_token="nonsense"), ok=401),
    "revoke": Needs(ANYBODY, send=_json(refresh_token="nonsense")),
    "me": _OPEN,
    "sign_out": _OPEN,
    "list_own_sessions": _OPEN,
    "end_own_session": Needs(SIGNED_IN, "session", "mine", fresh=True),
    "change_password": Needs(SIGNED_IN, send=_json(old=PASSWORD, new="short"), ok=422),
    "list_tokens": _OPEN,
    "create_token": Needs(SIGNED_IN, send=_json(name="matrix", scopes=["models:read"])),
    "revoke_token": Needs(SIGNED_IN, "token", "mine", fresh=True),
    # notifications: only a browser adds or renews itself
    "read_push_key": _OPEN,
    "list_devices": _OPEN,
    "add_device": Needs(SIGNED_IN, send=_json(**_BROWSER), ok=403),
    "renew_device": Needs(SIGNED_IN, send=_json(**_BROWSER), ok=403),
    "remove_device": Needs(SIGNED_IN, "device", "mine", fresh=True),
    "try_device": Needs(SIGNED_IN, "device", "mine"),
    "read_quiet_hours": _OPEN,
    "set_quiet_hours": Needs(SIGNED_IN, send=_json(zone="UTC", start="22:00", until="07:00")),
    "end_quiet_hours": _OPEN,
    # data
    "list_datasets": Needs("datasets:read"),
    "create_dataset": Needs("datasets:write", send=_file("d.csv", label="odd")),
    "fetch_dataset": Needs("datasets:write", send=_json(name="p", source="sample:pump")),
    "read_dataset": _READ["dataset"],
    "change_dataset": Needs("datasets:write", "dataset", "write", send=_json(note="seen")),
    "remove_dataset": Needs("datasets:write", "dataset", "write", fresh=True),
    "list_versions": _READ["dataset"],
    "add_version": Needs(
        "datasets:write", "dataset", "write", send=_file("d.csv", label="odd"), fresh=True
    ),
    "read_version": _READ["dataset"],
    "download_version": _READ["dataset"],
    "profile_dataset": _READ["dataset"],
    "preview_rows": _READ["dataset"],
    # results
    "list_detections": Needs("detections:read"),
    "create_detection": Needs(
        "detections:run", "dataset", send=_json(dataset="$dataset", detector="ecod")
    ),
    "create_comparison": Needs(
        "detections:run", "dataset", send=_json(dataset="$dataset", detectors=["ecod", "knn"])
    ),
    "create_tuning": Needs(
        "detections:run",
        "dataset",
        send=_json(dataset="$dataset", detectors=["ecod"], trials=1),
    ),
    "read_detection": _READ["detection"],
    "change_detection": Needs("detections:run", "detection", "write", send=_json(name="seen")),
    "remove_detection": Needs("detections:run", "detection", "write", fresh=True),
    "set_threshold": Needs(
        "detections:run", "detection", "write", send=_json(rule=0.5), fresh=True
    ),
    "read_document": _READ["detection"],
    "list_anomalies": _READ["detection"],
    "list_scores": _READ["detection"],
    "read_detection_snapshot": _READ["detection"],
    "explain_row": _READ["detection"],
    "evaluate_detection": _READ["detection"],
    "read_importance": _READ["detection"],
    "export_detection": _READ["detection"],
    "export_notebook": _READ["detection"],
    "list_labels": _READ["detection"],
    "create_labels": Needs(
        "labels:write", "detection", "write", send=_json(rows=[1], verdict="normal")
    ),
    "suggest_labels": _READ["detection"],
    "learn_detection": Needs("detections:run", "detection"),
    # the catalog
    "list_detectors": _OPEN,
    "read_detector": _OPEN,
    "list_thresholds": _OPEN,
    # models
    "list_models": Needs("models:read"),
    "register_model": Needs(
        "models:write", "detection", send=_json(detection="$detection", name="kept")
    ),
    "register_model#version": Needs(
        "models:write", "model", "write", send=_json(detection="$mine", model="$model")
    ),
    "import_model": Needs("models:import", send=_model),
    "read_model": _READ["model"],
    "change_model": Needs("models:write", "model", "write", send=_json(note="seen")),
    "remove_model": Needs("models:write", "model", "write", fresh=True),
    "list_model_versions": _READ["model"],
    "read_model_version": _READ["model"],
    "download_model": _READ["model"],
    "promote_version": Needs("models:promote", "model", "write", fresh=True),
    "archive_version": Needs("models:write", "model", "write", fresh=True),
    "roll_back": Needs("models:promote", "model", "write", fresh=True),
    "deploy_model": Needs("models:promote", "model", "write", send=_json(version=1)),
    "score_model": Needs("models:read", "model", send=_json(rows=[{"a": 1, "b": 2}])),
    "score_dataset": Needs("detections:run", "model", send=_json(dataset="$lent")),
    "score_dataset#data": Needs("detections:run", "dataset", send=_json(dataset="$dataset")),
    # reports and views
    "list_reports": Needs("reports:read"),
    "create_report": Needs("reports:run", "dataset", send=_json(subject="dataset:$dataset")),
    "create_report#detection": Needs(
        "reports:run", "detection", send=_json(subject="detection:$detection")
    ),
    "create_report#incident": Needs(
        "reports:run", "incident", send=_json(subject="incident:$incident")
    ),
    "create_report#monitor": Needs(
        "reports:run", "monitor", send=_json(subject="monitor:$monitor", params={"hours": 24.0})
    ),
    "read_report": _READ["report"],
    "download_report": _READ["report"],
    "remove_report": Needs("reports:run", "report", "write", fresh=True),
    "list_views": Needs("datasets:read"),
    "create_view": Needs("datasets:read", send=_json(name="v", page="explore")),
    "read_view": Needs("datasets:read", "view"),
    "change_view": Needs("datasets:read", **_VIEW, send=_json(name="seen")),
    "remove_view": Needs("datasets:read", **_VIEW, fresh=True),
    # jobs
    "list_own_jobs": _OPEN,
    "read_job": Needs(SIGNED_IN, "job"),
    "cancel_job": Needs(SIGNED_IN, "job"),
    "follow_job": Needs(SIGNED_IN, "job"),
    # schedules
    "list_schedules": _OPEN,
    "preview_times": Needs(SIGNED_IN, send=_query(cron="0 7 * * *", zone="Europe/Berlin")),
    "create_schedule": Needs(
        SIGNED_IN,
        "dataset",
        behind="reports:run",
        send=_again("report", subject="dataset:$dataset"),
    ),
    "create_schedule#detection": Needs(
        SIGNED_IN,
        "dataset",
        behind="detections:run",
        send=_again("detection", dataset="$dataset", detector="ecod"),
    ),
    "create_schedule#comparison": Needs(
        SIGNED_IN,
        "dataset",
        behind="detections:run",
        send=_again("comparison", dataset="$dataset", detectors=["ecod", "knn"]),
    ),
    "create_schedule#tuning": Needs(
        SIGNED_IN,
        "dataset",
        behind="detections:run",
        send=_again("tuning", dataset="$dataset", detectors=["ecod"], trials=1),
    ),
    "create_schedule#scoring": Needs(
        SIGNED_IN,
        "model",
        behind="detections:run",
        send=_again("scoring", model="$model", dataset="$lent"),
    ),
    "read_schedule": Needs(SIGNED_IN, "schedule"),
    "list_coming": Needs(SIGNED_IN, "schedule"),
    "change_schedule": Needs(SIGNED_IN, "schedule", send=_json(cron="0 8 * * *")),
    "change_schedule#params": Needs(
        SIGNED_IN,
        "schedule",
        behind="reports:run",
        send=_json(params={"subject": "dataset:$lent"}),
    ),
    "remove_schedule": Needs(SIGNED_IN, "schedule", fresh=True),
    "pause_schedule": Needs(SIGNED_IN, "schedule", fresh=True),
    "resume_schedule": Needs(SIGNED_IN, "schedule", behind="reports:run", fresh=True),
    "run_schedule": Needs(SIGNED_IN, "schedule", behind="reports:run", fresh=True),
    # live data
    "list_streams": Needs("monitors:read"),
    "list_live_sources": Needs("monitors:read"),
    "create_stream": Needs("monitors:write", send=_json(name="s$run"), fresh=True),
    "read_stream": _STREAM,
    "read_records": _STREAM,
    "change_stream": Needs("monitors:write", "stream", "write", send=_json(name="seen")),
    "send_records": Needs(
        "monitors:write", "stream", "write", send=lambda ids: {"json": [_RECORD]}, fresh=True
    ),
    "remove_stream": Needs("monitors:write", "stream", "write", fresh=True),
    "list_monitors": Needs("monitors:read"),
    "create_monitor": Needs(
        "monitors:write", "stream", send=_json(name="m$run", stream="$stream"), fresh=True
    ),
    "read_monitor": _MONITOR,
    "read_points": _MONITOR,
    "read_monitor_snapshot": _MONITOR,
    "change_monitor": Needs("monitors:write", "monitor", "write", send=_json(name="seen")),
    "remove_monitor": Needs("monitors:write", "monitor", "write", fresh=True),
    "retrain_monitor": Needs("models:write", "monitor", send=_json(promote=False)),
    "keep_watched_data": Needs("datasets:write", "monitor", send=_json(rows=100)),
    # alerts
    "list_incidents": Needs("monitors:read"),
    "act_on_incidents": Needs(
        "incidents:write", send=_json(incidents=["$incident"], verb="acknowledge")
    ),
    "read_incident": _INCIDENT,
    "read_incident_snapshot": _INCIDENT,
    "list_timeline": _INCIDENT,
    "list_incident_firings": _INCIDENT,
    "list_watchers": _INCIDENT,
    "watch_incident": _INCIDENT,
    "unwatch_incident": _INCIDENT,
    "comment_on_incident": Needs("labels:write", "incident", send=_json(text="seen by @ana")),
    "acknowledge_incident": _ACT,
    "reopen_incident": _ACT,
    "resolve_incident": replace(_ACT, send=_json(outcome="true")),
    "assign_incident": replace(_ACT, send=_json(user="$user")),
    "snooze_incident": replace(_ACT, send=_json(until="2099-01-01T08:00:00Z")),
    "list_channels": Needs("monitors:read"),
    "list_channel_kinds": Needs("monitors:read"),
    "create_channel": Needs("monitors:write", send=_json(name="c$run", kind="in_page"), fresh=True),
    "read_channel": Needs("monitors:read"),
    "change_channel": Needs("monitors:write", send=_json(enabled=True), fresh=True),
    "remove_channel": Needs("monitors:write", fresh=True),
    "try_channel": Needs("monitors:write"),
    "list_outbox": Needs("monitors:write"),
    "send_again": Needs("monitors:write", fresh=True),
    "list_silences": Needs("monitors:read"),
    "create_silence": Needs(
        "monitors:write", send=_json(reason="mended", until="2099-01-01T08:00:00Z")
    ),
    "read_silence": Needs("monitors:read"),
    "change_silence": Needs("monitors:write", send=_json(reason="still"), fresh=True),
    "remove_silence": Needs("monitors:write", fresh=True),
    # people, groups, roles, grants
    "list_users": Needs("users:read"),
    "create_user": Needs("users:write", send=_json(name="u$run", role="viewer"), fresh=True),
    "read_user": Needs("users:read"),
    "change_user": Needs("users:write", send=_json(email="u@plant.example"), fresh=True),
    "close_user": Needs("users:write", fresh=True),
    "preview_user": _MANAGE,
    "create_link": Needs("users:write", send=_query(kind="reset")),
    "list_user_sessions": _MANAGE,
    "list_identities": _MANAGE,
    "unlink_identity": Needs(
        "users:write",
        send=_json(issuer="https://login.plant.example", subject="$user"),
        fresh=True,
    ),
    "end_user_sessions": Needs("users:write", fresh=True),
    "list_permissions": _OPEN,
    "list_groups": Needs("users:read"),
    "create_group": Needs("users:write", send=_json(name="g$run"), fresh=True),
    "read_group": Needs("users:read"),
    "remove_group": Needs("users:write", fresh=True),
    "add_member": _MANAGE,
    "remove_member": _MANAGE,
    "list_roles": Needs("users:read"),
    "create_role": Needs(
        "users:write", send=_json(name="r$run", permissions=["models:read"]), fresh=True
    ),
    "remove_role": Needs("users:write", fresh=True),
    "list_grants": Needs("users:read"),
    "create_grant": Needs("users:read", "dataset", "give", send=_grant("dataset:$dataset")),
    "create_grant#model": Needs("users:read", "model", "give", send=_grant("model:$model")),
    "create_grant#report": Needs("users:read", "report", "give", send=_grant("report:$report")),
    "create_grant#view": Needs("users:read", "view", "give", send=_grant("dashboard:$view")),
    "remove_grant": Needs("users:read", "dataset", "give", send=_grant("dataset:$dataset")),
    # the house
    "list_entries": Needs("audit:read"),
    "read_head": Needs("audit:read"),
    "verify_entries": Needs("audit:read"),
    "export_entries": Needs("audit:read"),
    "list_settings": Needs("settings:write"),
    "list_retention": Needs("settings:write"),
    "run_retention": Needs("settings:write"),
    "read_metrics": Needs("metrics:read"),
    "tell_vitals": Needs(
        SIGNED_IN, send=_json(vitals=[{"page": "home", "name": "LCP", "value": 1.2}])
    ),
    "list_vitals": Needs("metrics:read"),
}

#: What every page needs, and with it its websocket.
DOORS = {
    "home": SIGNED_IN,
    "explore": "detections:read",
    "compare": "detections:read",
    "investigate": "detections:read",
    "live": "monitors:read",
    "incidents": "monitors:read",
    "incident": "monitors:read",
    "alerting": "monitors:read",
    "models": "models:read",
    "team": "users:write",
    "audit": "audit:read",
    "settings": SIGNED_IN,
    "speed": "metrics:read",
}


def opens(role: str, page: str) -> bool:
    """Return whether a role of the house opens a page."""
    return DOORS[page] == SIGNED_IN or holds(role, DOORS[page])
