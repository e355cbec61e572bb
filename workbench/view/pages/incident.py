"""Incident: what was odd, against what was expected; what was done, and said, and by whom."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.charts.live import LiveChart
from workbench.core.anomaly import band
from workbench.core.incident import EVENT_WORDS, OUTCOME_WORDS, OUTCOMES, Event, Incident
from workbench.core.markdown import markdown
from workbench.registry import incidents as kept
from workbench.registry.cases import points_around
from workbench.registry.orders import find_order, order
from workbench.registry.reports import ReportRequest, check_report, list_reports
from workbench.team.access import may
from workbench.view.components.figures import FiguresState
from workbench.view.components.incident_cards import ACTIONS, next_step
from workbench.view.components.views import panel
from workbench.view.pages._manage import (
    ManagePage,
    button,
    facts,
    query_of_page,
    select,
    table,
)
from workbench.view.pages._shell import WIDE
from workbench.view.presence import Presence
from workbench.view.wording import SHAPES, html, number, plural, when

__all__ = ["IncidentPage", "incident_page"]

#: Milliseconds between two looks at what others did: their word shows up within two seconds.
AGAIN = 1_000
MOST_EVENTS, MOST_SIMILAR = 200, 8
#: Reports on this incident that are named, the newest.
MOST_REPORTS = 5
#: Who looks at which incident; for all pages of this process.
HERE = Presence()
SNOOZES = {"for an hour": 1, "for four hours": 4, "for a day": 24, "for a week": 168}
#: Outcomes as one says them while resolving.
_AS = {"": "not said", **OUTCOME_WORDS}


class IncidentPage(ManagePage):
    """One incident."""

    url, title, need = "incident", "Incident", "monitors:read"
    about = "What was odd, what was done, and who looks after it."

    def parts(self) -> list[Any]:
        """Return the parts, from top to bottom."""
        self.id, self._shown = self.query.get("id", ""), (-1, -1, -1)
        self._ordered = ""
        self.incident: Incident | None = self.do(
            lambda: kept.find_incident(self.engine.who, self.id)
        )
        if self.incident is None:
            return [self.words('<p><a href="incidents">To all incidents</a></p>')]
        self.names = self.engine.names()
        self.headline, self.why, self.others = self.words(), self.words(), self.words()
        self.timeline, self.similar, self.reports = self.words(), self.words(), self.words()
        self.chart = LiveChart(self.query.get("theme") == "dark")
        self.figures = FiguresState(called="values around it")
        self.values = self.card(
            pn.pane.Bokeh(self.chart.figure, sizing_mode="stretch_width", margin=0),
            panel(self.figures, **WIDE),
            heading="Values around it",
        )  # fmt: skip
        forms, saying, writing = self._forms(), self._comment_form(), self._report_form()
        self._draw()
        self.show()
        self._name_reports()
        pn.state.onload(self._begin)
        return [
            self.card(self.headline, *forms, self.others),
            self.card(self.why, heading="Why"),
            self.values,
            self.card(*saying, self.timeline, heading="What happened"),
            self.card(self.similar, heading="Similar ones before"),
            *([self.card(*writing, self.reports, heading="Post-mortem")] if writing else []),
        ]  # fmt: skip

    # ---- what is seen ---------------------------------------------------------------------------

    def show(self) -> None:
        """Show the incident as it is now, where anything changed."""
        self.incident = one = kept.find_incident(self.engine.who, self.id)
        events = kept.list_events(self.engine.who, self.id, sort="-number", limit=MOST_EVENTS)
        watchers = kept.list_watchers(self.engine.who, self.id)
        now = (one.version, events.items[0].number if events.items else 0, len(watchers))
        if now == self._shown:
            return
        self._shown = now
        self.headline.object = self._headline(one, watchers)
        self.why.object = _why(one)
        self.timeline.object = self._lines(events.items)
        self.similar.object = self._similar(one)
        self._offer(one, watchers)

    def _headline(self, one: Incident, watchers: list[str]) -> str:
        word = band(one.severity)
        shape = html(SHAPES.get(word, ""))
        told_band = f'<i aria-hidden="true">{shape}</i>{html(word)} {one.severity:.0f}'
        chip = f'<span class="chip" data-band="{html(word)}">{told_band}</span>'
        whose = self.names.get(one.assignee or "", "nobody")
        until = f", until {when(one.snoozed_until)}" if one.snoozed_until else ""
        eyes = ", ".join(self.names.get(user, "somebody") for user in watchers)
        told = {
            "State": one.state + until,
            "Whose": whose, "From": when(one.started), "To": when(one.latest),
            "Opened": when(one.opened), "Firings": plural(one.firings, "firing"),
            "What it was": one.outcome or "nobody said yet",
            "Watched by": eyes or "nobody",
        }  # fmt: skip
        step = next_step(one, opened=True)
        following = f"<p><b>Next:</b> {html(step)}</p>" if step else ""
        others = self.way("incidents", monitor=one.monitor, state="all")
        ways = (
            f'<p><a href="{self.way("live", monitor=one.monitor)}">Its monitor, live</a> · '
            f'<a href="{others}">Others of this monitor</a> · '
            f'<a href="{self.way("incidents")}">All incidents</a></p>'
        )
        return f"<h2>{html(one.title, 200)}</h2><p>{chip}</p>{facts(told)}{following}{ways}"

    def _draw(self) -> None:
        one = self.incident
        if one is None:
            return
        found = self.quietly(lambda: points_around(self.engine.who, one))
        self.values.visible = found is not None
        if found is None:
            return
        points, first, last = found
        parts = one.detail.get("parts", {})
        names = sorted(parts, key=lambda name: -parts[name]) or list(one.detail.get("actual", {}))
        shown = next((name for name in names if name in points.features), points.features[0])
        self.chart.show(shown, points, one.entity if one.entity in set(points.entity) else "")
        ends = points.time[[0, -1]].astype("datetime64[us]").astype(float) / 1e3
        start, end = (at.timestamp() * 1e3 for at in (first, last))
        start, end = max(start, ends[0]), min(end, ends[1])
        if start < end:  # one point alone has no span of its own
            self.chart.look(start, end)
        self.figures.follow(self.chart)

    def _lines(self, events: list[Event]) -> str:
        lines = "".join(self._line(one) for one in events)
        return f'<ol class="timeline" reversed>{lines}</ol>' if lines else "<p>Nothing yet.</p>"

    def _line(self, one: Event) -> str:
        who = self.names.get(one.actor, "") or ("" if not one.actor else "somebody")
        word = EVENT_WORDS.get(one.kind, one.kind)
        told = f"{html(who)} {html(word)}" if who else html(word.capitalize())
        body = dict(one.body)
        if one.kind == "assigned":
            told += f" to {html(self.names.get(body.get('user') or '', 'nobody'))}"
        for name in ("reason", "outcome", "until", "channel"):
            if body.get(name):
                value = _moment(body[name]) if name == "until" else str(body[name])
                told += f", {html(name)} {html(value, 200)}"
        text = body.get("text") or body.get("comment") or ""
        said = markdown(text, self.names.values()) if text else ""
        return f"<li><time>{html(when(one.at))}</time> {told}{said}</li>"

    def _similar(self, one: Incident) -> str:
        others = kept.similar_incidents(self.engine.who, one)
        if not others:
            return "<p>There was none like it before.</p>"
        rows = "".join(
            f'<li><a href="{self.way("incident", id=other.id)}">{html(other.title, 120)}</a>, '
            f"{html(when(other.started))}: {html(other.outcome or other.state)}</li>"
            for other in others[:MOST_SIMILAR]
        )
        known = [other.outcome for other in others if other.outcome]
        false = sum(outcome == "false alarm" for outcome in known)
        told = (
            f"<p>{false} of {plural(len(known), 'judged one')} were false alarms.</p>"
            if known
            else ""
        )
        return f"{told}<ul>{rows}</ul>"

    # ---- what is done ---------------------------------------------------------------------------

    def _forms(self) -> list[Any]:
        who, one = self.engine.who, self.incident
        self.acts: dict[str, Any] = {}
        self.watching = button("Watch", self._watch)
        if one is None or not may(who, "incidents:write", f"monitor:{one.monitor}", one.owner):
            return [self.line(self.watching)]
        for key, words in {key: told for pairs in ACTIONS.values() for key, told in pairs}.items():
            strong = key == "acknowledge"
            self.acts[key] = button(words, partial(self._act, key), strong=strong)
        narrow: Any = {"max_width": 220, "styles": {"flex": "1 1 150px"}}
        people = {"nobody": "", **{name: id_ for id_, name in self.names.items()}}
        self.outcome = select("Resolve as", {_AS[one]: one for one in OUTCOMES}, **narrow)
        self.whose = select("Whose", people, value=one.assignee or "", **narrow)
        self.quiet = select("Snooze", {"choose for how long": 0, **SNOOZES}, **narrow)
        self.whose.param.watch(lambda event: self._assign(event.new), "value")
        self.quiet.param.watch(lambda event: self._snooze(event.new), "value")
        return [
            self.line(*self.acts.values(), self.watching),
            self.line(self.outcome, self.whose, self.quiet),
        ]

    def _offer(self, one: Incident, watchers: list[str]) -> None:
        if not hasattr(self, "acts"):
            return
        can = dict(ACTIONS[one.state])
        for key, act in self.acts.items():
            act.visible = key in can
        mine = self.engine.who.user.id in watchers
        self.watching.label = "Do not watch" if mine else "Watch"
        if self.acts:
            self._quiet = True
            self.whose.value = one.assignee or ""
            self.quiet.value = 0
            self.outcome.visible = self.quiet.visible = one.state != "resolved"
            self._quiet = False

    _quiet = False

    def _act(self, action: str) -> None:
        who, by = self.engine.who, self.engine.by
        does = {
            "acknowledge": lambda: kept.acknowledge_incident(who, self.id, by=by),
            "resolve": lambda: kept.resolve_incident(who, self.id, self.outcome.value, by=by),
            "reopen": lambda: kept.reopen_incident(who, self.id, by=by),
        }[action]
        if self.do(does) is not None:
            self.do(self.show)

    def _assign(self, user: str) -> None:
        if not self._quiet:
            by = self.engine.by
            self.do(lambda: kept.assign_incident(self.engine.who, self.id, user or None, by=by))
            self.do(self.show)

    def _snooze(self, hours: int) -> None:
        if not self._quiet and hours:
            until, by = datetime.now(UTC) + timedelta(hours=hours), self.engine.by
            self.do(lambda: kept.snooze_incident(self.engine.who, self.id, until, by=by))
            self.do(self.show)

    def _watch(self) -> None:
        mine = self.engine.who.user.id in kept.list_watchers(self.engine.who, self.id)
        act = kept.unwatch_incident if mine else kept.watch_incident
        self.do(lambda: act(self.engine.who, self.id))
        self.do(self.show)

    def _comment_form(self) -> list[Any]:
        if not may(self.engine.who, "labels:write"):
            return []
        self.comment = pmui.TextAreaInput(
            label="Comment",
            placeholder="What do you know about it? @name tells somebody; Markdown works.",
            max_length=20_000, rows=3, auto_grow=True, **WIDE,
        )  # fmt: skip
        return [self.comment, self.line(button("Comment", self._say, strong=True))]

    def _say(self) -> None:
        text = self.comment.value.strip()
        if not text:
            self.say("Write something first.", wrong=True)
            return
        by = self.engine.by
        made = self.do(lambda: kept.comment_on_incident(self.engine.who, self.id, text, by=by))
        if made is not None:
            self.comment.value = ""
            self.do(self.show)

    # ---- the post-mortem ------------------------------------------------------------------------

    def _report_form(self) -> list[Any]:
        who = self.engine.who
        if not may(who, "reports:run"):
            return [self.words()] if may(who, "reports:read") else []
        about = self.words(
            "<p>What it was and how bad, what was done and how long that took, the values against "
            "what was expected, why, and what was like it: on one page, to hand on or to keep.</p>"
        )
        self.writes = {
            form: button(words, partial(self._write, form), strong=form == "html")
            for form, words in (("html", "Write post-mortem"), ("pdf", "As PDF"))
        }
        return [about, self.line(*self.writes.values())]

    def _write(self, form: str) -> None:
        def ordered() -> Any:
            who, asked = self.engine.who, ReportRequest(f"incident:{self.id}", form)
            check_report(who, asked)
            return order(who, "report", vars(asked), by=self.engine.by)

        job = self.do(ordered)
        if job is not None:
            self._ordered = job.id
            self._tell_report()

    def _tell_report(self) -> None:
        """Say how far the report is that was ordered here."""
        if not self._ordered:
            return
        job = find_order(self.engine.who, self._ordered)
        going = job.state in ("queued", "running")
        for one in self.writes.values():
            one.disabled = going
        if going:
            far = (
                f"{100 * job.fraction:.0f} %, {job.stage}" if job.state == "running" else job.stage
            )
            words = (
                f"It is being written ({far}). It stands here when it is done, and you may go on."
            )
            self._name_reports(f'<p role="status">{html(words)}</p>')
            return
        self._ordered = ""
        if job.state == "done":
            self._name_reports('<p role="status">It is written.</p>')
            return
        why = str((job.error or {}).get("detail", "")) or "It was cancelled."
        self._name_reports(f'<p role="alert">It could not be written: {html(why, 600)}</p>')

    def _name_reports(self, above: str = "") -> None:
        """Show the reports on this incident that one may see, the newest first."""
        who = self.engine.who
        if not may(who, "reports:read"):
            return
        page = list_reports(who, subject=f"incident:{self.id}", limit=MOST_REPORTS)
        rows = "".join(
            f'<li><a href="api/v1/reports/{html(one.id)}/file" download>'
            f"{html(one.name, 120)} ({html(one.format)})</a>, {html(when(one.created))}</li>"
            for one in page.items
        )
        none = "" if above else "<p>None was written yet, or none is open to you.</p>"
        told = above + (f"<ul>{rows}</ul>" if rows else none)
        if told != self.reports.object:
            self.reports.object = told

    # ---- others ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        pn.state.add_periodic_callback(lambda: self.quietly(self._look), AGAIN)

    def _look(self) -> None:
        self.show()
        self._tell_report()
        others = HERE.sign(self.id, self.engine.account())
        told = f"<p>{html(_and(others))} looking at this.</p>" if others else ""
        if told != self.others.object:
            self.others.object = told

    def _dress(self, *given: Any) -> None:
        super()._dress(*given)
        if hasattr(self, "chart"):
            self.chart.dress(bool(self.page.dark_theme))


def _why(one: Incident) -> str:
    detail = one.detail
    actual, expected = detail.get("actual", {}), detail.get("expected", {})
    parts = sorted(detail.get("parts", {}).items(), key=lambda part: -part[1])
    names = [name for name, _ in parts] or list(actual)
    told = f"<p>{html(detail.get('text', ''), 500)}</p>"
    whole = sum(max(part, 0.0) for _, part in parts) or 1.0
    shares = dict(parts)
    rows = [
        [name, number(actual.get(name)),
         f"{number(expected[name][0])} to {number(expected[name][1])}" if name in expected else "–",
         f"{100 * max(shares[name], 0.0) / whole:.0f} %" if name in shares else "–"]
        for name in names[:12]
    ]  # fmt: skip
    if rows:
        told += table(["Feature", "Was", "Expected", "Share of the score"], rows, "Why it is odd")
    if detail.get("score") is not None:
        told += (
            f"<p>Score {number(detail['score'])}, threshold {number(detail.get('threshold'))}.</p>"
        )
    return told


def _moment(told: Any) -> str:
    """Return a moment that a body of JSON holds as people write it."""
    try:
        return when(datetime.fromisoformat(str(told)))
    except ValueError:
        return str(told)


def _and(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"


def incident_page(engine: Any) -> Any:
    """Return the page for whoever looks."""
    return IncidentPage(engine, query_of_page()).page
