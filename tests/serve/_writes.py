"""Requests that keep something: what a disk without room must refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._server import PASSWORD
from ._steps import CSV

__all__ = ["writes"]


def writes(made: dict[str, str]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return requests that keep something, by what they are."""
    table = {"files": {"file": ("d.csv", CSV + b"5,5,0\n")}, "data": {"label": "odd"}}
    found, model = f"/detections/{made['found']}", f"/models/{made['model']}"
    body: Callable[..., dict[str, Any]] = lambda **words: {"json": words}  # noqa: E731
    imported = {"files": {"file": ("m.wb", Path(made["wb"]).read_bytes())}, "data": {"name": "m"}}
    once = body(name="v", page="explore") | {"headers": {"idempotency-key": "k1"}}
    return {
        "upload": ("POST", "/datasets", table),
        "version": ("POST", f"/datasets/{made['data']}/versions", table),
        "sample": ("POST", "/datasets/from-source", body(name="s", source="sample:pump")),
        "rename": ("PATCH", f"/datasets/{made['data']}", body(name="other")),
        "detection": ("POST", "/detections", body(dataset=made["data"], detector="ecod")),
        "comparison": ("POST", "/comparisons", body(dataset=made["data"], detectors=["ecod"])),
        "learning": ("POST", f"{found}/learn", {}),
        "threshold": ("PUT", f"{found}/threshold", body(rule="mad")),
        "label": ("POST", f"{found}/labels", body(rows=[1], verdict="normal")),
        "register": ("POST", "/models", body(detection=made["found"], name="again")),
        "import": ("POST", "/models/import", imported),
        "promote": ("POST", f"{model}/versions/2/promote", {}),
        "deploy": ("PUT", f"{model}/deployment", body(version=1)),
        "archive": ("POST", f"{model}/versions/2/archive", {}),
        "report": ("POST", "/reports", body(subject=f"detection:{made['found']}", format="html")),
        "token": (
            "POST",
            "/tokens",
            body(name="k", scopes=["models:read"])
            | {"headers": {"authorization": f"Bearer {made['access']}"}},
        ),
        "view": ("POST", "/views", body(name="v", page="explore")),
        "user": ("POST", "/users", body(name="new", role="viewer", password=PASSWORD)),
        "demotion": ("PATCH", f"/users/{made['user']}", body(role="analyst")),
        "group": ("POST", "/groups", body(name="g")),
        "role": ("POST", "/roles", body(name="r", permissions=["models:read"])),
        "once": ("POST", "/views", once),
        "sign-in": ("POST", "/auth/token", body(username="viewer", password=PASSWORD)),
    }
