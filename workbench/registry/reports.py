"""Reports of a team: made from results, data or live watching, kept as files, and delivered."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from workbench.alerts.channels import CHANNELS
from workbench.core.channel import KeptChannel, Outgoing
from workbench.core.errors import NotAllowed, NotFound, ParameterError, StoreError
from workbench.core.message import Attachment, Message
from workbench.core.progress import Progress
from workbench.core.registry import KeptReport
from workbench.core.settings import settings
from workbench.registry import detections
from workbench.registry._access import check_name, known, new_id, pages, reference
from workbench.registry._claims import claimed
from workbench.registry.cases import HOURS, open_case, open_period
from workbench.registry.datasets import open_data
from workbench.registry.detections import open_detection
from workbench.store import channels
from workbench.store import registry as store
from workbench.store.artifacts import keep
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

if TYPE_CHECKING:
    from workbench.reports.summary import Report
    from workbench.reports.templates import Template

__all__ = [
    "FORMATS",
    "SUBJECTS",
    "ReportRequest",
    "check_report",
    "find_report",
    "list_reports",
    "make_report",
    "remove_report",
]

FORMATS = ("html", "pdf", "ipynb")
#: What a report can be about.
SUBJECTS = ("detection", "dataset", "incident", "monitor")
MOST_CHANNELS = 20
_TYPES = {"html": "text/html", "pdf": "application/pdf", "ipynb": "application/x-ipynb+json"}
_FILE = re.compile(r"[\w][\w .,+{}-]{0,199}")


@dataclass(frozen=True)
class ReportRequest:
    """What a report is about, how it is made, and who gets it.

    Attributes
    ----------
    subject : str
        One of :data:`SUBJECTS` and an id: "detection:ID", "dataset:ID" (the newest version),
        "incident:ID", "monitor:ID".
    format : {"html", "pdf", "ipynb"}
    template : str
        By default the one that fits.
    name : str
    params : mapping
        What the template may be told. Of a monitor: ``hours``, how long a while it is about.
    detector : str
        For a template about a result where the subject is data: what is run on the newest
        version; by default "auto".
    channels : sequence of str
        Ids of channels that it is sent by; they must carry files, as mail does.
    file : str
        Name of a file in the folder that is open for reports; "{date}" stands for the day.
    """

    subject: str
    format: str = "html"
    template: str = ""
    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    detector: str = ""
    channels: Sequence[str] = ()
    file: str = ""


def check_report(who: Identity, asked: ReportRequest) -> Any:
    """Return what the report is about, or say at once what would not work.

    Raises
    ------
    NotAllowed, NotFound
        They may not make or send it, or do not see what it is about.
    ParameterError, UnknownName
        Something cannot be: the template, a parameter, a channel that carries no files, a name.
    """
    allow(who, "reports:run")
    if asked.format not in FORMATS:
        raise ParameterError(f"format is one of {', '.join(FORMATS)}, found {asked.format[:20]!r}.")
    if asked.name:
        check_name(asked.name)
    with reading() as connection:
        _ways(connection, who, asked)
    _target(asked)
    what = _subject(who, asked)
    _template(who, asked, what).schema.validate(dict(asked.params))
    return what


def _subject(who: Identity, asked: ReportRequest) -> Any:
    kind, _, id_ = asked.subject.partition(":")
    if kind == "detection":
        return open_detection(who, id_)
    if kind == "dataset":
        return open_data(who, id_)
    if kind == "incident":
        return open_case(who, id_)
    if kind == "monitor":
        hours = asked.params.get("hours", HOURS)
        good = isinstance(hours, (int, float)) and not isinstance(hours, bool)
        if not good or not 0.1 <= hours <= 8784:
            raise ParameterError(f"hours must lie from 0.1 to 8784, found {str(hours)[:40]!r}.")
        return open_period(who, id_, float(hours))
    raise ParameterError(f"subject is {', '.join(f'{one}:ID' for one in SUBJECTS)}.")


def _template(who: Identity, asked: ReportRequest, what: Any) -> Template:
    """Return the template; one about a result may be asked for data, which are looked at then."""
    from workbench.reports.templates import get_template, template_for
    from workbench.workflow.handover import holds

    kind = holds(what)
    if kind == "dataset" and (asked.detector or asked.template):
        chosen = get_template(asked.template or "anomaly_report")
        if chosen.takes == "detection":
            run = detections.Request(_id(asked), detector=asked.detector or "auto")
            detections.check_request(who, run)
            return chosen
    if asked.detector:
        raise ParameterError("A detector is run for a report about data: 'dataset:ID'.")
    return template_for(kind, asked.template or None)


def _id(asked: ReportRequest) -> str:
    return asked.subject.partition(":")[2]


def _ways(connection: Connection, who: Identity, asked: ReportRequest) -> list[KeptChannel]:
    """Return the channels that it is sent by."""
    if not asked.channels:
        return []
    allow(who, "monitors:write")  # as whatever else speaks on a channel of the house
    if len(asked.channels) > MOST_CHANNELS:
        raise ParameterError(f"{MOST_CHANNELS} channels are the most for one report.")
    found = []
    for one in dict.fromkeys(asked.channels):
        channel = channels.find_channel(connection, id=one)
        if channel is None:
            raise NotFound(f"There is no channel '{one[:40]}'.")
        if not CHANNELS.get(channel.kind).carries_files:
            can = [name for name in CHANNELS.names() if CHANNELS.get(name).carries_files]
            raise ParameterError(
                f"The channel '{channel.name}' ({channel.kind}) carries no files. These do: "
                f"{', '.join(can)}."
            )
        found.append(channel)
    return found


def _target(asked: ReportRequest) -> Path | None:
    """Return where the file goes, None where none is wanted."""
    if not asked.file:
        return None
    folder = settings().report_folder
    if folder is None:
        raise NotAllowed(
            "No folder is open for reports: an administrator names one with "
            "WORKBENCH_REPORT_FOLDER."
        )
    name = asked.file.replace("{date}", f"{datetime.now(UTC):%Y-%m-%d}")
    if not _FILE.fullmatch(asked.file) or set("{}") & set(name):
        raise ParameterError(
            "file is a name without a folder, such as 'pumps-{date}.html', found "
            f"{asked.file[:60]!r}."
        )
    if not name.endswith(f".{asked.format}"):
        raise ParameterError(f"file must end with '.{asked.format}', found {asked.file[:60]!r}.")
    if not folder.is_dir():
        raise StoreError("The folder for reports (WORKBENCH_REPORT_FOLDER) is not there.")
    return folder / name


def make_report(who: Identity, asked: ReportRequest, progress: Progress, *, by: Doer) -> KeptReport:
    """Make a report, keep it, and put it on its way to who shall get it.

    The work of a job that is begun once more after a crash is not done twice: the report is kept
    under an id that follows from the job, together with the messages.
    """
    from workbench.workflow.exporting import plain
    from workbench.workflow.reporting import report

    id_ = _report_id(by)
    with reading() as connection:
        before: KeptReport | None = store.find(connection, KeptReport, id_)
    if before is not None:
        return before
    what = check_report(who, asked)
    chosen = _template(who, asked, what)
    subject = what
    if chosen.takes == "detection" and asked.subject.startswith("dataset:"):
        what, progress = _looked_at(what, asked, progress), progress.part(0.5, 1.0)
    with tempfile.TemporaryDirectory(prefix="workbench-kept-report-") as folder:
        path = Path(folder) / f"report.{asked.format}"
        made = report(
            what, path, template=chosen.name, progress=progress.part(0.0, 0.95),
            **dict(asked.params),
        )  # fmt: skip
        content = path.read_bytes()
    digest = keep(content)
    facts = plain({"summary": made.facts, "bytes": len(content)})
    about = subject.dataset.name if hasattr(subject, "dataset") else subject.name
    live = asked.subject.startswith(("incident:", "monitor:"))  # their titles say what it is
    title = made.facts.get("title") if live else f"{made.template} of {about}"
    name = check_name(asked.name or _line(str(title)))
    kept = KeptReport(
        id_, who.user.id, name, asked.subject, made.template, asked.format, digest, facts,
        datetime.now(UTC),
    )  # fmt: skip
    with claimed(digest):
        _write(asked, content)
        with writing() as connection:
            store.add(connection, kept)
            ways = _ways(connection, who, asked)
            _send(connection, kept, made, ways)
            told: dict[str, Any] = {"name": name, "subject": asked.subject, "format": asked.format}
            told |= {"channels": [one.id for one in ways]} if ways else {}
            told |= {"file": asked.file} if asked.file else {}
            append(connection, by.did("report.create", reference(kept), after=told))
    return kept


def _report_id(by: Doer) -> str:
    if not by.request.startswith("job:"):
        return new_id()
    return hashlib.sha256(f"report of {by.request}".encode()).hexdigest()[:32]


def _line(text: str) -> str:
    """Return text as a name can be: one printable line that is not too long."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:120].strip() or "report"


def _looked_at(data: Any, asked: ReportRequest, progress: Progress) -> Any:
    from workbench.workflow.detecting import detect

    return detect(data, asked.detector or "auto", progress=progress.part(0.0, 0.5))


def _write(asked: ReportRequest, content: bytes) -> None:
    """Write it to the folder that is open for reports, whole or not at all."""
    from workbench.workflow.exporting import write_whole

    path = _target(asked)
    if path is not None:
        write_whole(path, lambda scratch: _bytes(scratch, content))


def _bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _send(
    connection: Connection, kept: KeptReport, made: Report, ways: Sequence[KeptChannel]
) -> None:
    """Put a message with the report into the outbox for each channel."""
    address = settings().address
    words = re.sub(r"[^\w.-]+", "-", kept.name).strip("-.")[:80] or "report"
    file = Attachment(f"{words}.{kept.format}", kept.artifact, _TYPES[kept.format])
    for one in ways:
        id_ = hashlib.sha256(f"{kept.id} {one.id}".encode()).hexdigest()[:32]
        message = Message(
            id=id_, reason="report", incident="", monitor="", name=kept.name,
            title=str(made.facts.get("title", kept.name)),
            text=str(made.facts.get("headline", "")), kind="report", entity="", severity=0.0,
            bands=(), firings=0, started=kept.created, latest=kept.created, at=kept.created,
            link=f"{address}/api/v1/reports/{kept.id}/file" if address else "",
            attachments=(file,),
        )  # fmt: skip
        channels.add_outgoing(
            connection,
            Outgoing(id_, "", one.id, message.document(), "waiting", 0, kept.created, "",
                     kept.created),
        )  # fmt: skip


def list_reports(who: Identity, *, subject: str = "", **asked: Any) -> Page[KeptReport]:
    """Return a part of the reports that somebody may see; ``subject``: only those about it."""
    where = [store.REPORTS.c.subject == subject] if subject else []
    with reading() as connection:
        return pages(connection, who, KeptReport, where=where, **asked)


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
