"""Reports of a team: made from results or data, kept as files, downloaded by who may."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.core.registry import KeptReport
from workbench.registry._access import check_name, known, new_id, pages, reference
from workbench.registry._claims import claimed
from workbench.registry.datasets import open_data
from workbench.registry.detections import open_detection
from workbench.store import registry as store
from workbench.store.artifacts import keep
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = [
    "FORMATS",
    "ReportRequest",
    "check_report",
    "find_report",
    "list_reports",
    "make_report",
    "remove_report",
]

FORMATS = ("html", "pdf", "ipynb")


@dataclass(frozen=True)
class ReportRequest:
    """What a report is about, and how it is made.

    Attributes
    ----------
    subject : str
        "detection:ID" or "dataset:ID".
    format : {"html", "pdf", "ipynb"}
    template : str
        By default the one that fits.
    name : str
    params : mapping
        What the template may be told.
    """

    subject: str
    format: str = "html"
    template: str = ""
    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


def check_report(who: Identity, asked: ReportRequest) -> Any:
    """Return what the report is about, or say at once what would not work."""
    from workbench.reports.templates import template_for
    from workbench.workflow.handover import holds

    allow(who, "reports:run")
    if asked.format not in FORMATS:
        raise ParameterError(f"format is one of {', '.join(FORMATS)}, found {asked.format[:20]!r}.")
    if asked.name:
        check_name(asked.name)
    kind, _, id_ = asked.subject.partition(":")
    if kind == "detection":
        what: Any = open_detection(who, id_)
    elif kind == "dataset":
        what = open_data(who, id_)
    else:
        raise ParameterError("subject is 'detection:ID' or 'dataset:ID'.")
    template_for(holds(what), asked.template or None).schema.validate(dict(asked.params))
    return what


def make_report(who: Identity, asked: ReportRequest, progress: Progress, *, by: Doer) -> KeptReport:
    """Make a report and keep it."""
    from workbench.workflow.exporting import plain
    from workbench.workflow.reporting import report

    what = check_report(who, asked)
    with tempfile.TemporaryDirectory(prefix="workbench-kept-report-") as folder:
        path = Path(folder) / f"report.{asked.format}"
        made = report(
            what, path, template=asked.template or None, progress=progress.part(0.0, 0.95),
            **dict(asked.params),
        )  # fmt: skip
        digest = keep(path.read_bytes())
        facts = plain({"summary": made.facts, "bytes": path.stat().st_size})
    name = check_name(
        asked.name
        or f"{made.template} of {what.dataset.name if hasattr(what, 'dataset') else what.name}"[
            :120
        ]
    )
    kept = KeptReport(
        new_id(), who.user.id, name, asked.subject, made.template, asked.format, digest, facts,
        datetime.now(UTC),
    )  # fmt: skip
    with claimed(digest), writing() as connection:
        store.add(connection, kept)
        told = {"name": name, "subject": asked.subject, "format": asked.format}
        append(connection, by.did("report.create", reference(kept), after=told))
    return kept


def list_reports(who: Identity, **asked: Any) -> Page[KeptReport]:
    """Return a part of the reports that somebody may see."""
    with reading() as connection:
        return pages(connection, who, KeptReport, **asked)


def find_report(who: Identity, report: str) -> KeptReport:
    """Return a report by id; NotFound where there is none that they may see."""
    with reading() as connection:
        found: KeptReport = known(connection, who, KeptReport, report)
        return found


def remove_report(who: Identity, report: str, *, by: Doer) -> None:
    """Remove a report."""
    with writing() as connection:
        one = known(connection, who, KeptReport, report, "reports:run")
        store.drop(connection, KeptReport, report)
        append(connection, by.did("report.remove", reference(one), {"name": one.name}))
