"""Work that comes again and again: when, what, and whether it does at the moment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Body, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError

from workbench.core.schedule import Schedule as Kept
from workbench.jobs.schedule import coming_times
from workbench.registry import schedules as kept
from workbench.serve.api._jobs import Accepted, Job
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer, Asked, FreeWords, Id, Limit, Listed, Next
from workbench.serve.api.detections import Comparison, Run, Tuning, request_of
from workbench.serve.api.models import Batch
from workbench.serve.api.reports import Order
from workbench.serve.rules import SIGNED_IN

__all__ = ["api"]

api = Nouns("schedules", "Work that comes again and again.")
Cron = Annotated[
    str,
    Field(
        max_length=200,
        description="Minute, hour, day, month, weekday, as Debian's cron has them.",
        examples=["0 7 * * MON-FRI"],
    ),
]
Every = Annotated[
    int, Field(ge=60, le=366 * 24 * 3600, description="Or: seconds from one time to the next.")
]
Zone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])]
Times = Annotated[int, Query(ge=1, le=50, description="How many.")]
_DATA = "8431e0c80b6f4f7bb0f6f53a8a1f1a11"


class When(Asked):
    """When it comes: by cron in a time zone, or every so many seconds."""

    cron: Cron = ""
    every: Every | None = None
    zone: Zone = "UTC"


class Scoring(Batch):
    """Kept data to score with a model; without numbers the newest data, and the version in use."""

    model: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class DetectionAgain(When):
    """A run of a detector that comes again."""

    kind: Literal["detection"]
    params: Run


class ComparisonAgain(When):
    """A comparison that comes again."""

    kind: Literal["comparison"]
    params: Comparison


class TuningAgain(When):
    """A search for a detector that comes again."""

    kind: Literal["tuning"]
    params: Tuning


class ScoringAgain(When):
    """Scoring that comes again."""

    kind: Literal["scoring"]
    params: Scoring


class ReportAgain(When):
    """A report that comes again."""

    kind: Literal["report"]
    params: Order = Field(examples=[{"subject": f"dataset:{_DATA}", "format": "pdf"}])


New = Annotated[
    DetectionAgain | ComparisonAgain | TuningAgain | ScoringAgain | ReportAgain,
    Field(discriminator="kind"),
]
_NEW: TypeAdapter[Any] = TypeAdapter(New)
_EXAMPLE = {
    "kind": "report", "params": {"subject": f"dataset:{_DATA}", "format": "pdf"},
    "cron": "0 7 * * MON-FRI", "zone": "Europe/Berlin",
}  # fmt: skip


class Change(Asked):
    """What shall be otherwise; ``cron`` takes the place of ``every``, and the other way about."""

    params: FreeWords | None = None
    cron: Cron | None = None
    every: Every | None = None
    zone: Zone | None = None


class Schedule(Answer):
    """Work that comes again."""

    id: str
    kind: str
    owner: str
    params: dict[str, Any]
    cron: str
    every: int | None
    zone: str
    enabled: bool = Field(description="False while it is paused.")
    next: datetime | None = Field(description="When it comes next; none while it is paused.")
    latest: datetime | None = Field(description="When it last gave a job.")
    job: str | None = Field(description="Id of that job.")
    created: datetime


class Coming(Answer):
    """Times in UTC."""

    times: list[datetime]


def _shown(one: Kept) -> Schedule:
    told = Schedule.model_validate(one)
    if one.kind == "detection":  # in the words that it was asked for with
        told.params = {**one.params, **one.params.get("options", {})}
        told.params.pop("options", None)
    return told


def _words(asked: Any) -> dict[str, Any]:
    """Return what each job is ordered with."""
    if isinstance(asked, DetectionAgain):
        return dict(vars(request_of(asked.params)))
    words: dict[str, Any] = asked.params.model_dump()
    return words


@api.operation("GET", "/schedules", SIGNED_IN, summary="List schedules")
def list_schedules(who: Who, limit: Limit = 50, after: Next = "") -> Listed[Schedule]:
    """List one's own schedules, the newest first; administrators see all."""
    page = kept.list_orders_again(who, limit=limit, after=after)
    return Listed[Schedule](
        items=[_shown(one) for one in page.items], next=page.next, total=page.total
    )


@api.operation("POST", "/schedules", SIGNED_IN, status=201, summary="Order work that comes again")
def create_schedule(
    asked: Annotated[New, Body(examples=[_EXAMPLE])], response: Response, who: Who, by: By
) -> Schedule:
    """Order work that comes again; its kind says which permission that needs."""
    made = kept.order_again(
        who, asked.kind, _words(asked), cron=asked.cron, every=asked.every, zone=asked.zone, by=by
    )
    response.headers["location"] = f"/api/v1/schedules/{made.id}"
    return _shown(made)


@api.operation("GET", "/schedules/coming", SIGNED_IN, summary="Try times")
def preview_times(
    cron: Annotated[str, Query(max_length=200)] = "",
    every: Annotated[int | None, Query(ge=60, le=366 * 24 * 3600)] = None,
    zone: Annotated[str, Query(max_length=64)] = "UTC",
    count: Times = 5,
) -> Coming:
    """Say when something would come, before it is ordered."""
    return Coming(times=coming_times(cron, every, zone, count=count))


@api.operation("GET", "/schedules/{schedule}", SIGNED_IN, summary="Read about a schedule")
def read_schedule(schedule: Id, who: Who) -> Schedule:
    """Say what comes, when, and which job it gave last."""
    return _shown(kept.find_order_again(who, schedule))


@api.operation("GET", "/schedules/{schedule}/coming", SIGNED_IN, summary="List coming times")
def list_coming(schedule: Id, who: Who, count: Times = 5) -> Coming:
    """Say when it comes; nothing while it is paused."""
    one = kept.find_order_again(who, schedule)
    if not one.enabled or one.next is None:
        return Coming(times=[])
    later = coming_times(one.cron, one.every, one.zone, count=count, now=one.next)
    return Coming(times=[one.next, *later][:count])


@api.operation("PATCH", "/schedules/{schedule}", SIGNED_IN, summary="Change a schedule")
def change_schedule(schedule: Id, asked: Change, who: Who, by: By) -> Schedule:
    """Change what comes, or when."""
    words: dict[str, Any] | None = None
    if asked.params is not None:
        kind = kept.find_order_again(who, schedule).kind
        try:
            words = _words(_NEW.validate_python({"kind": kind, "params": asked.params}))
        except ValidationError as error:
            told = [{**one, "loc": ("body", *one["loc"][1:])} for one in error.errors()]
            raise RequestValidationError(told) from error
    changed = kept.change_order(
        who, schedule, params=words, cron=asked.cron, every=asked.every, zone=asked.zone, by=by
    )
    return _shown(changed)


@api.operation(
    "DELETE", "/schedules/{schedule}", SIGNED_IN, status=204, summary="Remove a schedule"
)
def remove_schedule(schedule: Id, who: Who, by: By) -> None:
    """Remove a schedule; jobs that it gave stay."""
    kept.remove_order(who, schedule, by=by)


@api.operation("POST", "/schedules/{schedule}/pause", SIGNED_IN, summary="Pause a schedule")
def pause_schedule(schedule: Id, who: Who, by: By) -> Schedule:
    """Let nothing come until it is resumed."""
    return _shown(kept.change_order(who, schedule, enabled=False, by=by))


@api.operation("POST", "/schedules/{schedule}/resume", SIGNED_IN, summary="Resume a schedule")
def resume_schedule(schedule: Id, who: Who, by: By) -> Schedule:
    """Let it come again, the next time counted from now."""
    return _shown(kept.change_order(who, schedule, enabled=True, by=by))


@api.operation("POST", "/schedules/{schedule}/run", SIGNED_IN, status=202, summary="Run it now")
def run_schedule(schedule: Id, response: Response, who: Who, by: By) -> Accepted:
    """Order its work once more, now; 422 while its last job still waits or runs."""
    job = kept.order_now(who, schedule, by=by)
    response.headers["location"] = f"/api/v1/jobs/{job.id}"
    return Accepted(job=Job.model_validate(job))
