"""What a monitor found in a while: the pieces of the report that comes every day or week."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from workbench.core.anomaly import band
from workbench.core.incident import Incident
from workbench.core.period import Period
from workbench.core.points import Points
from workbench.core.stream import Monitor
from workbench.core.wording import SHAPES, html, lasting, number, plural, when
from workbench.reports.origin import python_lines
from workbench.reports.pieces import Piece, cards, fold, join, link, listed, paragraph, table

__all__ = [
    "features", "headline", "incidents", "monitor_facts", "monitor_lines", "of_one_entity",
    "origin", "over_time", "state",
]  # fmt: skip

MOST_BARS = 8
#: Whiles that have a name, in seconds.
_NAMED = {3_600: "hour", 86_400: "day", 604_800: "week"}


def headline(period: Period, title: str = "") -> Piece:
    """Return the title, how many incidents there were, and the leading figures."""
    some = period.incidents
    going = [one for one in some if one.state != "resolved"]
    false = sum(one.outcome == "false alarm" for one in some)
    whole = (period.end - period.start).total_seconds()
    top = some[0] if some else None
    while_ = _NAMED.get(round(whole), lasting(whole))
    words = f"{plural(len(some), 'incident')} in the last {while_}"
    words += f", {len(going)} still going on." if going else ", all of them over." if some else "."
    if top is not None:
        word = band(top.severity)
        words += f" The worst is {word} ({top.severity:.0f} of 100): {top.title}."
    share = f"{100 * period.anomalies / period.records:.2g} %" if period.records else "–"
    words += (
        f" {plural(period.anomalies, 'record')} of {period.records:,} were anomalous."
        if period.records
        else " No record came."
    )
    shown = [
        ("Incidents", f"{len(some):,}", f"{len(going):,} going on"),
        ("False alarms", f"{false:,}", f"of {sum(bool(one.outcome) for one in some):,} judged"),
        ("Records", f"{period.records:,}", f"{share} anomalous"),
        ("Worst", "–" if top is None else f"{SHAPES[band(top.severity)]} {top.severity:.0f} of 100",
         "" if top is None else band(top.severity)),
    ]  # fmt: skip
    heading = title or f"{period.name}: the last {while_}"
    facts = {
        "title": heading, "headline": words, "monitor": period.monitor.id, "incidents": len(some),
        "open": len(going), "false_alarms": false, "records": period.records,
        "anomalies": period.anomalies, "since": when(period.start), "until": when(period.end),
        "worst_severity": None if top is None else top.severity,
    }  # fmt: skip
    span = paragraph(f"From {when(period.start)} to {when(period.end)} UTC.", "quiet")
    made = join([Piece(f"<h1>{html(heading, 300)}</h1>", heading), paragraph(words, "lead"), span,
                 cards(shown)])  # fmt: skip
    return Piece(made.markup, made.words, facts)


def incidents(period: Period, most: int = 50) -> Piece:
    """Return the incidents as a table, the worst first, with who looks after each."""
    if not period.incidents:
        return paragraph("There was none.")
    lines = [_line(period, one) for one in period.incidents[:most]]
    head = ["severity", "since", "what", "firings", "state", "whose"]
    told = [table(head, lines, [3], "Incidents")]
    more = len(period.incidents) - most
    if more > 0:
        told.append(paragraph(f"And {more:,} more.", "quiet"))
    told += [
        link(period.links[one.id], one.title) for one in period.incidents[:10]
        if one.id in period.links
    ]  # fmt: skip
    return join(told)


def _line(period: Period, one: Incident) -> list[str]:
    word = band(one.severity)
    state = f"{one.state}, {one.outcome}" if one.outcome else one.state
    return [
        f"{SHAPES[word]} {one.severity:.0f} {word}", when(one.started),
        str(one.detail.get("text") or one.title), f"{one.firings:,}", state,
        period.names.get(one.assignee or "", "nobody"),
    ]  # fmt: skip


def over_time(period: Period) -> Piece:
    """Return how many records were anomalous in each part of the while, and how severe."""
    from workbench.reports.monitoring import columns

    points = period.points
    if points is None or not len(points):
        return paragraph("No record came, so there is nothing to draw.", "quiet")
    import pandas as pd

    times = pd.Series(pd.to_datetime(points.time))
    axis = points.time.astype("datetime64[us]").astype(np.int64) / 1e3
    drawn = columns(axis, times, points.anomalous, np.nan_to_num(points.severity))
    return join([drawn, _cut(period, points)])


def _cut(period: Period, points: Points) -> Piece:
    if len(points) >= period.records:
        return Piece("", "")
    return paragraph(f"Drawn: the newest {len(points):,} of {period.records:,} records.", "quiet")


def features(period: Period, most: int = 3) -> Piece:
    """Return which features gave to the scores of what was anomalous, and the leading ones."""
    from workbench.charts._bars_paper import shares_paper
    from workbench.charts._expected_paper import expected_paper

    points = period.points
    if points is None or len(points) < 2:
        return paragraph("There are too few records to draw.", "quiet")
    parts = np.nan_to_num(points.parts[points.anomalous]).clip(min=0.0).sum(axis=0)
    order = np.argsort(-parts, kind="stable")
    told = []
    if parts.sum() > 0:
        shares = [(points.features[at], float(parts[at] / parts.sum())) for at in order[:MOST_BARS]]
        bars = [(name, share, f"{100 * share:.0f} %") for name, share in shares]
        words = "Share of the scores of anomalous records"
        told.append(Piece(shares_paper(bars, words, most=1.0), words))
    worst = int(np.argmax(np.nan_to_num(points.severity, nan=-1.0)))
    entity = str(points.entity[worst])
    one = of_one_entity(points, entity)
    if len(set(points.entity)) > 1:
        told.append(paragraph(f"Drawn: {entity}, with the most severe record.", "quiet"))
    if len(one) >= 2:
        names = [points.features[at] for at in order[:most]]
        told += [Piece(expected_paper(one, name), f"Chart of {name}") for name in names]
    return join(told)


def state(period: Period) -> Piece:
    """Return how the monitor is: whether it watches, what it promises, whether the data moved."""
    one, told = period.monitor, period.monitor.told
    words = [f"It is {one.state}{f': {one.problem}' if one.problem else ''}."]
    if told.get("promise"):
        words.append(str(told["promise"]))
    elif told.get("withheld"):
        words.append(f"Nothing is promised about false alarms: {told['withheld']}")
    if told.get("drift"):
        words.append(str(told["drift"]))
    if one.latest is not None:
        words.append(f"The newest record happened at {when(one.latest)} UTC.")
    kinds = Counter(each.kind for each in period.incidents)
    if kinds:
        counted = ", ".join(f"{name} {amount:,}" for name, amount in kinds.most_common())
        words.append(f"Incidents by kind: {counted}.")
    return join([paragraph(each) for each in words])


def origin(period: Period) -> Piece:
    """Return by what it was found, the way to it, and the lines that make the same monitor."""
    facts = [("While", f"{when(period.start)} to {when(period.end)} UTC"),
             *monitor_facts(period.monitor, period.stream)]  # fmt: skip
    ways = [link(period.links["monitor"], "The monitor, live")] if "monitor" in period.links else []
    code = fold("The same as Python", python_lines(monitor_lines(period.monitor)))
    return join([listed(facts), *ways, code])


# ---- what both reports about live data say of a monitor -----------------------------------------


def monitor_facts(monitor: Monitor, stream: str) -> list[tuple[str, str]]:
    """Return what tells how a monitor finds what it finds."""
    rules = "; ".join(_words(rule) for rule in monitor.rules) or "none"
    return [
        ("Monitor", f"{monitor.name} ({monitor.id})"),
        ("Stream", stream or monitor.stream),
        ("Detector", f"{monitor.detector}, {_words(monitor.params) or 'usual parameters'}"),
        ("Judging", _words(monitor.judging) or "as usual"),
        ("Rules", rules),
        ("Scored", f"{monitor.points:,} records, {monitor.anomalies:,} anomalous"),
    ]


def _words(given: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={number(value) if isinstance(value, float) else repr(value)}"
        for name, value in given.items()
        if value is not None
    )


def monitor_lines(monitor: Monitor) -> str:
    """Return lines of Python that make a monitor with the same parameters."""
    given = "".join(f", {name}={value!r}" for name, value in monitor.params.items()
                    if name.isidentifier())  # fmt: skip
    return (
        f"same = team.monitor({monitor.stream!r}, {monitor.detector!r}, {monitor.name!r},\n"
        f"    judging={monitor.judging!r},\n    rules={monitor.rules!r}{given})\n"
    )


def of_one_entity(points: Points, entity: str) -> Points:
    """Return the points of one entity, as far as it is among them."""
    from dataclasses import replace

    mine = points.entity == entity
    if not entity or not mine.any() or mine.all():
        return points
    names = ("time", "entity", "values", "score", "p_value", "severity", "anomalous", "low", "high",
             "parts")  # fmt: skip
    return replace(points, **{name: getattr(points, name)[mine] for name in names})
