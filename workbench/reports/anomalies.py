"""What is odd, since when, how bad and why: the pieces of the anomaly report."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.wording import SHAPES, html, number, plural, value, when
from workbench.reports.pieces import Piece, cards, join, paragraph, table

__all__ = ["because", "explained", "headline", "lanes", "reasons", "series", "spread", "worst"]

#: Charts of single features; more would be a wall.
MOST_CHARTS = 3
#: Rows beyond which nothing is told that scores the data again and again.
MANY_ROWS = 100_000
#: Explanations beyond that: some detectors look at the whole series for each.
MOST_SLOW = 3
#: Rows drawn before and after an anomaly, at least.
LEAST_AROUND = 60
#: Bars of an explanation.
MOST_BARS = 8


def headline(found: Any, title: str = "") -> Piece:
    """Return the title, one paragraph for somebody in a hurry, and the leading figures."""
    heading = title or _title(found)
    words = _story(found)
    records = found.records
    rows = int(found.is_anomaly.sum())
    bands = found.bands
    share = 100 * rows / max(len(found), 1)
    shown = [
        ("Anomalies", f"{len(records):,}", f"in {plural(len(found), 'row')}"),
        (
            "Critical",
            f"{bands['critical']:,}",
            f"{bands['high']:,} high, {bands['medium']:,} medium",
        ),
        ("Rows flagged", f"{rows:,}", f"{share:.2g} % of all"),
    ]
    if records:
        top = records[0]
        shown.append(("Worst", f"{top.severity:.0f} of 100", f"{SHAPES[top.band]} {top.band}"))
    first, last = _span(found)
    if first is not None:
        shown += [_moment("Since", first, "first one"), _moment("Latest", last, "last one")]
    facts = {
        "title": heading,
        "headline": words,
        "anomalies": len(records),
        "critical": bands["critical"],
        "rows": len(found),
        "rows_flagged": rows,
        "worst_severity": records[0].severity if records else None,
        "since": None if first is None else when(first),
        "latest": None if last is None else when(last),
        "threshold": found.threshold.value,
    }
    top = Piece(f"<h1>{html(heading)}</h1>", heading)
    piece = join([top, paragraph(words, "lead"), cards(shown)])
    return Piece(piece.markup, piece.words, facts)


def _moment(what: str, moment: Any, remark: str) -> tuple[str, str, str]:
    day, _, hour = when(moment).partition(" ")
    return what, day, f"{hour}, {remark}" if hour else remark


def _title(found: Any) -> str:
    if not found.records:
        return f"Nothing odd in {found.dataset.name}"
    return f"{plural(len(found.records), 'anomaly', 'anomalies')} in {found.dataset.name}"


def _span(found: Any) -> tuple[Any, Any]:
    starts = [item.start_time for item in found.records if item.start_time == item.start_time]
    ends = [item.end_time for item in found.records if item.end_time == item.end_time]
    starts = [moment for moment in starts if moment is not None]
    ends = [moment for moment in ends if moment is not None]
    try:
        return (min(starts), max(ends)) if starts and ends else (None, None)
    except TypeError:  # times of several kinds have no first
        return None, None


def _story(found: Any) -> str:
    if not found.records:
        return (
            f"Nothing stands out: none of {plural(len(found), 'row')} scores above the threshold "
            f"of {number(found.threshold.value)}. A lower threshold shows the next in line."
        )
    top = found.records[0]
    first, last = _span(found)
    words = f"{plural(len(found.records), 'anomaly', 'anomalies')} in {plural(len(found), 'row')}"
    words += f", found by {found.detector}. "
    if first is not None:
        same = first == last
        words += f"At {when(first)}. " if same else f"From {when(first)} to {when(last)}. "
    why = explained(found, top.peak).sentence
    return f"{words}The worst is {top.band} ({top.severity:.0f} of 100): {why}"


def explained(found: Any, row: int) -> Any:
    """Return the explanation of a row; several pieces ask for the same ones."""
    kept = found.__dict__.setdefault("_explained", {})
    if row not in kept:
        kept[row] = found.explain(row)
    return kept[row]


def because(found: Any, rows: list[int]) -> list[str]:
    """Return the leading features of each row with their shares of the reason."""
    parts = found.contributions(rows).clip(lower=0.0)
    told = []
    for place in range(len(rows)):
        line = parts.iloc[place].sort_values(ascending=False, kind="stable")
        whole = float(line.sum()) or 1.0
        shares = [(str(name), float(part) / whole) for name, part in line.head(3).items()]
        kept = [(name, share) for name, share in shares if share >= 0.1] or shares
        told.append(", ".join(f"{name} {100 * share:.0f} %" for name, share in kept))
    return told


def _lanes_of(found: Any) -> Any:
    if "_lanes" not in found.__dict__:
        found.__dict__["_lanes"] = found.lanes()
    return found.__dict__["_lanes"]


def lanes(found: Any) -> Piece:
    """Return the severity lanes as a picture."""
    from workbench.charts._lanes_paper import lanes_paper

    if not found.records:
        return paragraph("No anomaly, so there are no lanes to draw.", "quiet")
    counts = ", ".join(f"{amount} {word}" for word, amount in found.bands.items() if amount)
    return Piece(lanes_paper(found, _lanes_of(found)), f"Severity lanes: {counts}.")


def series(found: Any) -> Piece:
    """Return the leading features over time, anomalies shaded; nothing for tables."""
    from workbench.charts._series_paper import series_paper

    if found.dataset.kind != "series" or not len(found):
        return Piece("", "")
    rows, whose = found.order, ""
    if found.dataset.entity is not None:
        worst = found.records[0].peak if found.records else int(found.scores.argmax())
        name = next(key for key, members in found.groups.items() if worst in set(members.tolist()))
        rows, whose = found.groups[name], f" of {found.dataset.entity} {name}"
    names = [feature for feature in _leading_features(found) if _numeric(found, feature)]
    drawn = [Piece(series_paper(found, name, rows), f"Chart of {name}") for name in names]
    if whose and drawn:
        drawn.insert(0, paragraph(f"The series{whose}, where the worst anomaly is.", "quiet"))
    return join(drawn[: MOST_CHARTS + 1])


def _numeric(found: Any, feature: str) -> bool:
    import pandas as pd

    dtype = found.dataset.frame[feature].dtype
    return bool(pd.api.types.is_numeric_dtype(dtype)) and not pd.api.types.is_bool_dtype(dtype)


def _leading_features(found: Any) -> list[str]:
    """Return features by how often they lead an anomaly, then in the order of the data."""
    lanes = _lanes_of(found)
    led = [name for name in lanes.names[1:] if lanes.by == "feature"]
    if not led and found.records:
        led = [part.feature for part in explained(found, found.records[0].peak).contributions]
    return [*led, *(name for name in found.dataset.features if name not in led)][:MOST_CHARTS]


def worst(found: Any, most: int) -> Piece:
    """Return the worst anomalies as a table, with what is behind each."""
    records = found.records[:most]
    if not records:
        return paragraph("No row scores above the threshold.", "quiet")
    timed = found.dataset.kind == "series"
    entity = found.dataset.entity is not None
    head = ["severity", *(["start", "end", "rows"] if timed else ["row"])]
    head += [*([found.dataset.entity] if entity else []), "score", "because of"]
    reasons = because(found, [item.peak for item in records])
    lines = []
    for item, reason in zip(records, reasons, strict=True):
        line = [f"{SHAPES[item.band]} {item.severity:.0f} {item.band}"]
        if timed and item.start_time is not None:
            line += [when(item.start_time), when(item.end_time), str(len(item.rows))]
        elif timed:
            line += [f"{item.start:,}", f"{item.end - 1:,}", str(len(item.rows))]
        else:
            line.append(f"{item.peak:,}")
        line += [value(item.entity)] if entity else []
        lines.append([*line, number(item.score), reason])
    shown = table(head, lines, [head.index("score")], "The worst anomalies")
    more = len(found.records) - len(records)
    if more <= 0:
        return shown
    return join([shown, paragraph(f"And {more:,} more in found.anomalies.", "quiet")])


def reasons(found: Any, most: int) -> Piece:
    """Return why each of the worst anomalies stands out: sentence, bars, what would be usual."""
    most = min(most, MOST_SLOW) if len(found) > MANY_ROWS else most
    told = [_reason(found, item) for item in found.records[:most]]
    return join(told) if told else paragraph("There is nothing to explain.", "quiet")


def _reason(found: Any, item: Any) -> Piece:
    from workbench.charts._bars_paper import shares_paper

    why = explained(found, item.peak)
    parts = [part for part in why.contributions if abs(part.contribution) > 0][:MOST_BARS]
    bars = shares_paper(
        [
            (part.feature, part.contribution, f"{value(part.value)}{_expected(part)}")
            for part in parts
        ],
        "Contributions to the score",
    )
    words = why.sentence
    change = ""
    if len(found) <= MANY_ROWS and why.counterfactual is not None:
        change = why.counterfactual.words
    rest = len(why.contributions) - len(parts)
    note = f"{why.method} {why.caveat}".strip()
    if rest > 0:
        note = f"{plural(rest, 'more feature')} with smaller parts. {note}"
    markup = (
        f'<section class="reason {item.band}"><p class="badge"><span aria-hidden="true">'
        f"{SHAPES[item.band]}</span> {item.band} · {item.severity:.0f} of 100</p>"
        f"<p><strong>{html(words, 1_000)}</strong></p>{_close_up(found, item, parts)}{bars}"
        + (f"<p>{html(change, 600)}</p>" if change else "")
        + f'<p class="quiet">{html(note, 600)}</p></section>'
    )
    return Piece(markup, f"[{item.band} {item.severity:.0f}] {words} {change}".strip())


def _close_up(found: Any, item: Any, parts: list[Any]) -> str:
    """Return the leading feature around an anomaly of a series."""
    from workbench.charts._series_paper import series_paper

    if found.dataset.kind != "series" or not parts or not _numeric(found, parts[0].feature):
        return ""
    around = max(LEAST_AROUND, 2 * len(item.rows))
    rows = found.order[max(item.start - around, 0) : item.end + around]
    if found.dataset.entity is not None:
        whose = found.dataset.frame[found.dataset.entity]
        rows = rows[(whose.iloc[rows] == item.entity).to_numpy(dtype=bool, na_value=False)]
    if len(rows) < 3:
        return ""
    name = parts[0].feature
    caption = f"{name}, {plural(len(rows), 'row')} around it."
    return series_paper(found, name, rows, caption)


def _expected(part: Any) -> str:
    return f", expected {part.expected}" if part.expected and part.unusual else ""


def spread(found: Any) -> Piece:
    """Return how the scores are spread, the threshold among them, and why it stands there."""
    from workbench.charts._bars_paper import scores_paper

    at = found.threshold
    rule = f"The threshold is {number(at.value)} (rule '{at.rule}'): {at.reason}."
    shown = scores_paper(found.scores.to_numpy(), at.value)
    told = [Piece(shown, "Spread of the scores"), paragraph(rule)]
    told += _importance(found)
    return join(told)


def _importance(found: Any) -> list[Piece]:
    """Which features carry the whole; only where that is quickly told."""
    from workbench.charts._bars_paper import shares_paper

    if not found.records or len(found) > MANY_ROWS or len(found.matrix.features) < 2:
        return []
    told = found.importance()
    top = told.table.head(MOST_BARS)
    if not np.isfinite(top["share"]).all():
        return []
    lines = [
        (str(line["feature"]), float(line["share"]), f"{100 * float(line['share']):.0f} %")
        for line in top.to_dict("records")
    ]
    head = Piece("<h3>Features that carry the anomalies</h3>", "Features that carry the anomalies")
    bars = Piece(shares_paper(lines, "Share of the anomalies' scores"), "")
    names = ", ".join(f"{name} {words}" for name, _, words in lines)
    return [head, Piece(bars.markup, names), paragraph(told.words, "quiet")]
