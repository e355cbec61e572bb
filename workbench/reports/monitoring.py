"""Is it getting worse, and have the data moved: the pieces of the monitoring report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.wording import SHAPES, axis_of, html, number, plural, value, when
from workbench.reports.anomalies import MANY_ROWS, because, explained
from workbench.reports.pieces import Piece, cards, join, paragraph, table

__all__ = ["Split", "columns", "drift", "headline", "latest", "over_time", "split"]

#: Distances of distributions that are called somewhat and clearly shifted.
SOME, CLEAR = 0.1, 0.25
#: Times sqrt(1/n + 1/m): what chance alone exceeds in 5 % of pairs of independent samples
#: (Kolmogorov and Smirnov's asymptotic value).
CHANCE = 1.358
MOST_LINES = 15


@dataclass(frozen=True)
class Split:
    """The rows before, and the latest ones; row positions in reading order.

    Attributes
    ----------
    before, now : numpy.ndarray of int
    since : object or None
        Time of the first of the latest rows.
    """

    before: np.ndarray
    now: np.ndarray
    since: Any


def split(found: Any, share: float) -> Split:
    """Return the latest share of the rows, by time where there is one, and the rest."""
    data = found.dataset
    order = np.arange(len(found))
    if data.time is not None:
        times = data.frame[data.time]
        order = np.argsort(axis_of(times, len(found)), kind="stable")
    cut = len(order) - max(1, round(share * len(order)))
    now = order[cut:]
    since = None if data.time is None else data.frame[data.time].iloc[now[0]]
    return Split(order[:cut], now, since)


def _rates(found: Any, parts: Split) -> tuple[float, float]:
    flags = found.is_anomaly.to_numpy()
    before = float(flags[parts.before].mean()) if parts.before.size else float("nan")
    return before, float(flags[parts.now].mean()) if parts.now.size else float("nan")


def headline(found: Any, parts: Split, title: str = "") -> Piece:
    """Return the title, whether it is getting worse, and the leading figures."""
    before, now = _rates(found, parts)
    recent = _recent(found, parts)
    top = recent[0] if recent else None
    span = f"since {when(parts.since)}" if parts.since is not None else "at the end"
    state = _state(before, now, top)
    words = (
        f"{state} {plural(len(recent), 'anomaly', 'anomalies')} in the latest "
        f"{plural(parts.now.size, 'row')} ({span}); {_percent(now)} of these rows are flagged"
    )
    words += f", before it were {_percent(before)}." if parts.before.size else "."
    shown = [
        ("Now", f"{len(recent):,}", f"anomalies {span}"),
        ("Flagged now", _percent(now), f"before {_percent(before)}"),
        (
            "Worst now",
            "–" if top is None else f"{top.severity:.0f} of 100",
            top.band if top else "",
        ),
        ("Rows", f"{len(found):,}", f"{parts.now.size:,} of them latest"),
    ]
    heading = title or f"State of {found.dataset.name}"
    facts = {
        "title": heading,
        "headline": words,
        "anomalies": len(recent),
        "rate_now": None if np.isnan(now) else now,
        "rate_before": None if np.isnan(before) else before,
        "worst_severity": None if top is None else top.severity,
        "since": None if parts.since is None else when(parts.since),
        "rows": len(found),
    }
    whole = join(
        [Piece(f"<h1>{html(heading)}</h1>", heading), paragraph(words, "lead"), cards(shown)]
    )
    return Piece(whole.markup, whole.words, facts)


def _percent(rate: float) -> str:
    return "–" if np.isnan(rate) else f"{100 * rate:.2g} %"


def _state(before: float, now: float, top: Any) -> str:
    if top is None:
        return "Quiet."
    if not np.isnan(before) and now > max(2 * before, before + 0.005):
        return "Worse than before."
    return "A critical anomaly is there." if top.band == "critical" else "Much as before."


def _recent(found: Any, parts: Split) -> list[Any]:
    now = np.zeros(len(found), dtype=bool)
    now[parts.now] = True
    return [item for item in found.records if now[list(item.rows)].any()]


def over_time(found: Any, parts: Split, cells: int = 48) -> Piece:
    """Return how many rows are flagged in each period, and how high the scores rise."""
    order = np.concatenate([parts.before, parts.now])
    data = found.dataset
    times = None if data.time is None else data.frame[data.time].iloc[order]
    axis = axis_of(times, len(order))
    flags = found.is_anomaly.to_numpy()[order]
    return columns(axis, times, flags, found.severity.to_numpy()[order], cells)


def columns(
    axis: np.ndarray, times: Any, flags: np.ndarray, severity: np.ndarray, cells: int = 48
) -> Piece:
    """Return how many of n rows are flagged in each period, and how high severity rises.

    Parameters
    ----------
    axis : numpy.ndarray of shape (n,)
        Never falling; milliseconds since 1970 where ``times`` are moments.
    times : pandas.Series or None
    flags : numpy.ndarray of bool, shape (n,)
    severity : numpy.ndarray of shape (n,)
        0-100, without NaN.
    cells : int
        Periods, at most.
    """
    from workbench.charts._bars_paper import columns_paper
    from workbench.charts._paper import ticks_of

    start, stop = float(axis[0]), float(axis[-1])
    amount = min(cells, len(axis))
    edges = np.linspace(start, stop if stop > start else start + 1.0, amount + 1)
    place = np.clip(np.searchsorted(edges, axis, side="right") - 1, 0, amount - 1)
    counts = np.bincount(place, weights=flags, minlength=amount)
    worst = np.zeros(amount)
    np.maximum.at(worst, place, severity)
    below = ticks_of(axis, times)
    period = "stretch of rows" if times is None else "period"
    first = columns_paper(
        counts.tolist(), below, "Flagged rows", f"Rows above the threshold, by {period}."
    )
    second = columns_paper(
        worst.tolist(), below, "Severity",
        f"Highest severity by {period} (25 is the threshold, 75 critical).", "high",
    )  # fmt: skip
    return Piece(first + second, f"Flagged rows by period: {[int(count) for count in counts]}")


def latest(found: Any, parts: Split) -> Piece:
    """Return the anomalies of the latest rows as a table, with the reason."""
    recent = _recent(found, parts)
    if not recent:
        return paragraph("No anomaly among the latest rows.")
    shown_ones = recent[:MOST_LINES]
    if len(found) > MANY_ROWS:  # a sentence may need a look at the whole series
        whys = because(found, [item.peak for item in shown_ones])
    else:
        sentences = [explained(found, item.peak).sentence for item in shown_ones]
        whys = [text.partition("stands out")[2].lstrip(": ") for text in sentences]
    lines = []
    for item, why in zip(shown_ones, whys, strict=True):
        begun = f"row {item.peak:,}" if item.start_time is None else when(item.start_time)
        lines.append([f"{SHAPES[item.band]} {item.severity:.0f} {item.band}", begun, why[:200]])
    shown = table(["severity", "since", "why"], lines, told="Anomalies among the latest rows")
    more = len(recent) - MOST_LINES
    return join([shown, paragraph(f"And {more:,} more.", "quiet")]) if more > 0 else shown


def drift(found: Any, parts: Split) -> Piece:
    """Return how far each feature has moved, and where cells went missing."""
    from workbench.metrics.drift import distribution_distance

    if not parts.before.size:
        return paragraph("There is nothing before the latest rows to hold them against.", "quiet")
    frame = found.dataset.frame
    lines, moved = [], {}
    for name in found.dataset.features:
        before, now = frame[name].iloc[parts.before], frame[name].iloc[parts.now]
        apart = distribution_distance(before, now)
        moved[str(name)] = None if np.isnan(apart) else apart
        gone = f"{100 * before.isna().mean():.1f} → {100 * now.isna().mean():.1f} %"
        chance = CHANCE * np.sqrt(sum(1.0 / max(int(side.count()), 1) for side in (before, now)))
        verdict = _moved(apart, float(chance))
        lines.append((apart, [str(name), verdict, number(apart), _middles(before, now), gone]))
    lines.sort(key=lambda line: -np.nan_to_num(line[0], nan=-1.0))
    head = ["feature", "verdict", "distance", "typical, before → now", "missing, before → now"]
    shown = table(head, [line for _, line in lines[:40]], [2], "Drift of the features")
    note = (
        "Distance of the two distributions: 0 alike, 1 nothing in common (the largest gap of the "
        f"cumulated shares; for categories the share that changed). From {SOME} somewhat, from "
        f"{CLEAR} clearly shifted: rules of thumb. What chance alone gives in 5 % of cases "
        "counts as alike; rows of a series are like their neighbours, so that chance gives more "
        "there."
    )
    whole = join([shown, paragraph(note, "quiet")])
    return Piece(whole.markup, whole.words, {"drift": moved})


def _moved(apart: float, chance: float) -> str:
    if np.isnan(apart):
        return "no values"
    if apart <= chance:
        return "· alike"
    return "◆ shifted" if apart >= CLEAR else "▲ somewhat" if apart >= SOME else "· alike"


def _middles(before: Any, now: Any) -> str:
    def typical(side: Any) -> str:
        kept = side.dropna()
        if kept.empty:
            return "–"
        numeric = getattr(kept.dtype, "kind", "O") in "iuf"
        return value(float(kept.median()) if numeric else kept.astype(str).mode().iloc[0])

    return f"{typical(before)} → {typical(now)}"
