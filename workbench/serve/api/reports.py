"""Reports: ordered as jobs, read and downloaded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from fastapi.responses import FileResponse
from pydantic import Field

from workbench.registry import reports as kept
from workbench.serve.api._jobs import Accepted, accepted
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    FreeWords,
    Id,
    Limit,
    Line,
    Listed,
    Next,
    Search,
    Sort,
)

__all__ = ["api"]

api = Nouns("reports", "Reports of results, data, incidents and monitors.")
_ID = r"[0-9a-f]{32}"
Subject = Annotated[
    str,
    Query(
        pattern=rf"^((detection|dataset|incident|monitor):{_ID})?$",
        description="Only those about it.",
    ),
]


class Report(Answer):
    """A report that was made."""

    id: str
    name: str
    owner: str
    subject: str
    template: str
    format: str
    created: datetime
    facts: dict[str, Any]


class Order(Asked):
    """What a report is about, how it is made, and who gets it."""

    subject: Annotated[str, Field(pattern=rf"^(detection|dataset|incident|monitor):{_ID}$")]
    format: Literal["html", "pdf", "ipynb"] = "html"
    template: Annotated[str, Field(max_length=80)] = ""
    name: Line = Field(default="", max_length=120)
    params: FreeWords = Field(default_factory=dict, examples=[{"title": "Week 12"}])
    detector: Annotated[
        str,
        Field(max_length=80, description="Run on the newest data for a template about a result."),
    ] = ""
    channels: list[Annotated[str, Field(pattern=rf"^{_ID}$")]] = Field(
        default_factory=list,
        max_length=20,
        description="Channels that carry files (mail) and that it is sent by; takes the "
        "permission monitors:write.",
    )
    file: Line = Field(
        default="", max_length=200,
        description="Name in the folder for reports of the server; '{date}' stands for the day.",
    )  # fmt: skip


@api.operation("GET", "/reports", "reports:read", summary="List reports")
def list_reports(
    who: Who,
    subject: Subject = "",
    limit: Limit = 50,
    after: Next = "",
    q: Search = "",
    sort: Sort = "-created",
) -> Listed[Report]:
    """List the reports that one may see."""
    found = kept.list_reports(who, subject=subject, limit=limit, after=after, search=q, sort=sort)
    return Listed[Report].model_validate(found)


@api.operation("POST", "/reports", "reports:run", status=202, summary="Order a report")
def create_report(asked: Order, response: Response, who: Who, by: By) -> Accepted:
    """Start making a report; the job's result names it."""
    words = asked.model_dump()
    kept.check_report(who, kept.ReportRequest(**words))
    return accepted("report", words, who, by, response)


@api.operation("GET", "/reports/{report}", "reports:read", summary="Read about a report")
def read_report(report: Id, who: Who) -> Report:
    """Return what is known of a report, with its summary."""
    return Report.model_validate(kept.find_report(who, report))


@api.operation(
    "GET", "/reports/{report}/file", "reports:read", summary="Download a report",
    response_class=FileResponse,
)  # fmt: skip
def download_report(report: Id, who: Who) -> Response:
    """Give the file. It is never shown within our pages: it holds what somebody else wrote."""
    from workbench.store.artifacts import artifact

    one = kept.find_report(who, report)
    return FileResponse(
        artifact(one.artifact), filename=f"report.{one.format}",
        media_type="application/octet-stream",
    )  # fmt: skip


@api.operation("DELETE", "/reports/{report}", "reports:run", status=204, summary="Remove a report")
def remove_report(report: Id, who: Who, by: By) -> None:
    """Remove a report."""
    kept.remove_report(who, report, by=by)
