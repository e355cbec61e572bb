"""What an incident was, what was done and how long that took: the pieces of a post-mortem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np

from workbench.core.anomaly import band
from workbench.core.case import Case
from workbench.core.firing import KINDS
from workbench.core.incident import OUTCOME_WORDS, Event, Incident
from workbench.core.markdown import markdown
from workbench.core.message import REASONS
from workbench.core.points import Points
from workbench.core.wording import SHAPES, html, lasting, number, plural, when
from workbench.reports.origin import python_lines
from workbench.reports.pieces import Piece, cards, fold, join, link, listed, paragraph, table
from workbench.reports.watching import monitor_facts, monitor_lines, of_one_entity

__all__ = ["headline", "origin", "outcome", "people", "similar", "timeline", "values", "why"]

MOST_LINES, MOST_BARS = 200, 12
#: Outcomes as one says them, and what each counts as where data are labelled by incidents.
_WAS = {"": "nobody said", **OUTCOME_WORDS}
_COUNTS = {
    "": "counts for nothing when models learn from what the monitor saw",
    "true": "its anomalous records count as anomalies when models learn from what the monitor saw",
    "false alarm": "its records count as usual when models learn from what the monitor saw",
    "expected": "its records count as usual when models learn from what the monitor saw",
}
_WORDS = {
    "opened": "opened", "fired": "fired", "acknowledged": "acknowledged it",
    "snoozed": "snoozed it", "resolved": "resolved it", "reopened": "reopened it",
    "assigned": "assigned it", "commented": "commented", "told": "told", "suppressed": "silenced",
    "woken": "woke up", "worse": "got worse",
}  # fmt: skip
_BY_ITSELF = {"resolved": "resolved, for it was quiet", "reopened": "began again"}


def headline(case: Case, title: str = "") -> Piece:
    """Return what it was and how bad, from when until when, and how long people took."""
    one = case.incident
    word = band(one.severity)
    took = (one.latest - one.started).total_seconds()
    span = f"at {when(one.started)} UTC" if took < 1 else (
        f"from {when(one.started)} to {when(one.latest)} UTC, {lasting(took)}"
    )  # fmt: skip
    told = str(one.detail.get("text", "")) or KINDS.get(one.kind, one.kind)
    state = f"It is {one.state}; it was" if one.state == "resolved" else f"It is still {one.state};"
    said = _WAS[one.outcome] if one.outcome else "nobody said yet what it was"
    words = (
        f"{told[:1].upper()}{told[1:]}. {word.capitalize()} ({one.severity:.0f} of 100), {span}, "
        f"{plural(one.firings, 'firing')}. {state} {said}."
    )
    shown = [
        ("Severity", f"{SHAPES[word]} {one.severity:.0f} of 100", word),
        ("Lasted", lasting(took), f"since {when(one.started)}"),
        *(_card(case, what) for what in ("tell", "acknowledge", "resolve")),
        ("Outcome", one.outcome or "–", one.state),
    ]
    heading = title or f"Post-mortem: {one.title}"
    facts = {
        "title": heading, "headline": words, "incident": one.id, "severity": one.severity,
        "band": word, "state": one.state, "outcome": one.outcome, "firings": one.firings,
        "since": when(one.started), "latest": when(one.latest), "seconds": took,
        **{f"seconds_to_{what}": case.seconds_to(what)
           for what in ("tell", "acknowledge", "resolve")},
    }  # fmt: skip
    whole = join([Piece(f"<h1>{html(heading, 300)}</h1>", heading), paragraph(words, "lead"),
                  cards(shown)])  # fmt: skip
    return Piece(whole.markup, whole.words, facts)


def _card(case: Case, what: str) -> tuple[str, str, str]:
    seconds = case.seconds_to(what)
    late = {"tell": "nobody was told", "acknowledge": "nobody did", "resolve": "not yet"}[what]
    said = {"tell": "until somebody was told", "acknowledge": "until somebody took it",
            "resolve": "until it was over"}[what]  # fmt: skip
    return (
        f"Time to {what}",
        "–" if seconds is None else lasting(seconds),
        (late if seconds is None else said),
    )


# ---- what happened ------------------------------------------------------------------------------


def timeline(case: Case) -> Piece:
    """Return what happened and what was done, each with the time since we knew."""
    lines = [_line(case, one, more) for one, more in _grouped(case.events)]
    left = len(lines) - MOST_LINES
    shown = lines if left <= 0 else [*lines[: MOST_LINES // 2], *lines[-MOST_LINES // 2 :]]
    if not shown:
        return paragraph("Its timeline is empty.", "quiet")
    markup = "".join(f"<li>{line.markup}</li>" for line in shown)
    whole = Piece(f'<ol class="timeline">{markup}</ol>', "\n".join(line.words for line in shown))
    parts = [whole, _deliveries(case)]
    if left > 0:
        parts.insert(1, paragraph(f"{left:,} lines in the middle are left out.", "quiet"))
    return join(parts)


def _grouped(events: Iterable[Event]) -> Iterator[tuple[Event, int]]:
    """Yield the lines of a timeline; firings that follow each other are one."""
    kept: Event | None = None
    count = 0
    for one in events:
        if one.kind == "fired":
            kept = kept or one
            count += int(one.body.get("count", 1))
            continue
        if kept is not None:
            yield kept, count
            kept, count = None, 0
        yield one, 0
    if kept is not None:
        yield kept, count


def _line(case: Case, one: Event, firings: int) -> Piece:
    who = case.names.get(one.actor, "") or ("somebody" if one.actor else "")
    word = _WORDS.get(one.kind, one.kind)
    if not who:
        word = _BY_ITSELF.get(one.kind, word.removesuffix(" it"))
        word = word.capitalize()
    if firings:
        word += " once" if firings == 1 else f" {firings:,} times"
    told = [f"{who} {word}".strip(), *_more(case, one)]
    since = (one.at - case.incident.opened).total_seconds()
    later = f"+{lasting(since)}" if since >= 1 else ""
    text = str(one.body.get("text") or one.body.get("comment") or "")
    # Markdown that people wrote: its tags stay text, its pictures are not fetched.
    said = f'<div class="said">{markdown(text, case.names.values())}</div>' if text else ""
    markup = (
        f"<time>{html(when(one.at))}</time> <small>{html(later)}</small> "
        f"<span>{html(', '.join(told), 600)}</span>{said}"
    )
    words = f"{when(one.at)} {later} {', '.join(told)}{': ' + text if text else ''}"
    return Piece(markup, words)


def _more(case: Case, one: Event) -> list[str]:
    body, told = one.body, []
    if one.kind == "assigned":
        told.append(f"to {case.names.get(str(body.get('user') or ''), 'nobody')}")
    if one.kind == "told":
        channels = body.get("channels") or []
        reason = REASONS.get(str(body.get("reason")), "")
        told.append(f"on {', '.join(map(str, channels))}: “{reason}”")
    elif body.get("reason"):
        told.append(str(body["reason"]))
    if body.get("outcome"):
        told.append(f"as {_WAS.get(str(body['outcome']), str(body['outcome']))}")
    if body.get("until"):
        told.append(f"until {when(datetime.fromisoformat(str(body['until'])))}")
    return [part for part in told if part]


def _deliveries(case: Case) -> Piece:
    if not case.deliveries:
        return Piece("", "")
    lines = [
        [one.channel, REASONS.get(one.reason, one.reason), when(one.asked),
         lasting((one.sent - one.asked).total_seconds()) if one.sent else one.state,
         str(one.attempts)]
        for one in case.deliveries
    ]  # fmt: skip
    head = ["channel", "why", "on its way", "arrived after", "attempts"]
    return join([Piece("<h3>Messages</h3>", "Messages"), table(head, lines, [4], "Messages")])


# ---- the values, and why ------------------------------------------------------------------------


def values(case: Case, most: int = 3) -> Piece:
    """Return the values around it against what was expected, the leading features first."""
    from workbench.charts._expected_paper import expected_paper

    one = case.incident
    if case.points is None:
        return paragraph("The records around it are not kept any more.", "quiet")
    points = of_one_entity(case.points, one.entity)
    names = [name for name in _leading(one) if name in points.features] or list(points.features)
    if len(points) < 2:
        return paragraph("There are too few records around it to draw.", "quiet")
    shown = [
        Piece(expected_paper(points, name, start=one.started, end=one.latest), f"Chart of {name}")
        for name in names[:most]
    ]
    whose = f" of {one.entity}" if one.entity else ""
    return join(
        [*shown, _table(points, names[: max(most, 1)], f"The records{whose} that were odd")]
    )


def _table(points: Points, names: list[str], told: str) -> Piece:
    odd = np.flatnonzero(points.anomalous)
    worst = odd[np.argsort(-np.nan_to_num(points.severity[odd]), kind="stable")[:8]]
    if not worst.size:
        return Piece("", "")
    lines = []
    for row in np.sort(worst):
        line = [when(points.time[row]), f"{np.nan_to_num(points.severity[row]):.0f}"]
        for name in names:
            at = points.features.index(name)
            low, high = float(points.low[row, at]), float(points.high[row, at])
            between = f", expected {number(low)} to {number(high)}" if low == low else ""
            line.append(f"{number(float(points.values[row, at]))}{between}")
        lines.append(line)
    return fold("The worst records", table(["time", "severity", *names], lines, [1], told))


def _leading(one: Incident) -> list[str]:
    parts = one.detail.get("parts", {})
    return sorted(parts, key=lambda name: -parts[name]) or list(one.detail.get("actual", {}))


def why(case: Case) -> Piece:
    """Return the sentence, what each feature gave to the score, and what was expected of it."""
    from workbench.charts._bars_paper import shares_paper

    one = case.incident
    detail = one.detail
    parts, actual = detail.get("parts", {}), detail.get("actual", {})
    expected = detail.get("expected", {})
    told = [paragraph(str(detail.get("text", "")) or KINDS.get(one.kind, one.kind))]
    whole = sum(max(float(part), 0.0) for part in parts.values()) or 1.0
    shares = [
        (name, max(float(parts[name]), 0.0) / whole) for name in _leading(one) if name in parts
    ]
    if shares:
        bars = [(name, share, f"{100 * share:.0f} %") for name, share in shares[:MOST_BARS]]
        told.append(
            Piece(shares_paper(bars, "Share of the score", most=1.0), "Shares of the score")
        )
    lines = [
        [name, number(actual.get(name)),
         f"{number(expected[name][0])} to {number(expected[name][1])}" if name in expected else "–"]
        for name in (_leading(one) or list(actual))[:MOST_BARS]
    ]  # fmt: skip
    if lines:
        told.append(table(["feature", "was", "expected"], lines, [1], "Was and expected"))
    if detail.get("score") is not None:
        words = f"Score {number(detail['score'])}, threshold {number(detail.get('threshold'))}"
        chance = detail.get("p_value")
        words += (
            f"; a usual record scores as high with a chance of {number(chance)}" if chance else ""
        )
        told.append(paragraph(f"{words}.", "quiet"))
    rules = Counter(str(each.get("rule", "")) for each in case.firings)
    silent = sum(bool(each.get("suppressed")) for each in case.firings)
    if rules:
        which = ", ".join(f"{name} ({amount:,})" for name, amount in rules.most_common())
        quiet = f"; {plural(silent, 'firing')} while it was silenced" if silent else ""
        told.append(paragraph(f"Found by the rules: {which}{quiet}.", "quiet"))
    return join(told)


# ---- before, after, and who ---------------------------------------------------------------------


def similar(case: Case, most: int = 8) -> Piece:
    """Return others of its kind before, and what they were."""
    if not case.similar:
        return paragraph("There was none like it before.")
    judged = [one.outcome for one in case.similar if one.outcome]
    false = sum(outcome == "false alarm" for outcome in judged)
    told = [paragraph(
        f"{plural(len(case.similar), 'incident')} of this kind on the same monitor; "
        + (f"{false} of {plural(len(judged), 'judged one')} were false alarms." if judged
           else "nobody said of any what it was.")
    )]  # fmt: skip
    lines = [
        [when(one.started), f"{SHAPES[band(one.severity)]} {one.severity:.0f}", one.title,
         "the same" if one.cause == case.incident.cause else one.entity or "another",
         one.outcome or one.state]
        for one in case.similar[:most]
    ]  # fmt: skip
    if lines:
        head = ["since", "severity", "what", "cause", "outcome"]
        told.append(table(head, lines, (), "Similar incidents"))
    return join(told)


def outcome(case: Case) -> Piece:
    """Return what it was in the end, who said so, and what that means for labels."""
    one = case.incident
    said = [each for each in case.events if each.kind == "resolved"]
    if one.state != "resolved" or not said:
        return paragraph(f"It is {one.state}: {_next(one)}")
    last = said[-1]
    who = case.names.get(last.actor, "") or ("somebody" if last.actor else "the workbench itself")
    told = [paragraph(
        f"Resolved by {who} at {when(last.at)} UTC as {_WAS[one.outcome]}: {_COUNTS[one.outcome]}."
    )]  # fmt: skip
    comment = str(last.body.get("comment") or "")
    if comment:
        shown = f'<div class="said">{markdown(comment, case.names.values())}</div>'
        told.append(Piece(shown, comment))
    again = sum(each.kind == "reopened" for each in case.events)
    if again:
        told.append(paragraph(f"It was reopened {plural(again, 'time')} in between.", "quiet"))
    return join(told)


def _next(one: Incident) -> str:
    return {
        "open": "nobody looks after it yet.",
        "acknowledged": "somebody looks after it; say what it was when it is over.",
        "snoozed": f"quiet until {when(one.snoozed_until)} UTC, or until it gets worse.",
    }.get(one.state, "nobody said what it was.")


def people(case: Case) -> Piece:
    """Return who did what, and whose it is."""
    did: dict[str, Counter[str]] = {}
    for one in case.events:
        if one.actor:
            name = case.names.get(one.actor, "somebody")
            did.setdefault(name, Counter())[_WORDS.get(one.kind, one.kind)] += 1
    whose = case.names.get(case.incident.assignee or "", "nobody")
    told = [paragraph(f"Assigned to: {whose}.")]
    lines = [
        [name, ", ".join(f"{word} ({amount})" if amount > 1 else word
                         for word, amount in deeds.most_common())]
        for name, deeds in did.items()
    ]  # fmt: skip
    if lines:
        told.append(table(["who", "did"], lines, (), "Who did what"))
    else:
        told.append(paragraph("Nobody did anything about it.", "quiet"))
    return join(told)


def origin(case: Case) -> Piece:
    """Return by what it was found, the ways to it, and the lines that give the same again."""
    one = case.incident
    facts = [("Incident", one.id), ("Cause", one.cause), ("Opened", f"{when(one.opened)} UTC"),
             ("Put together", f"{when(case.seen)} UTC")]  # fmt: skip
    if case.monitor is None:
        facts.append(("Monitor", f"{one.monitor}, removed since or not open to who asked"))
    else:
        facts += monitor_facts(case.monitor, case.stream)
    if case.run:
        facts.append(("Model", ", ".join(f"{name} {value}" for name, value in case.run.items())))
    ways = [
        link(case.links[name], words)
        for name, words in (("incident", "The incident"), ("monitor", "Its monitor, live"),
                            ("run", "The run that the model comes from"))
        if name in case.links
    ]  # fmt: skip
    lines = (
        "import workbench as wb\n\n"
        "team = wb.connect(url, token)\n"
        f"incident = team.incident({one.id!r})\n"
        "incident.timeline(); incident.firings()\n"
        'incident.report("post-mortem.html")\n'
    )
    code = lines + ("" if case.monitor is None else "\n" + monitor_lines(case.monitor))
    return join([listed(facts), *ways, fold("The same as Python", python_lines(code))])
