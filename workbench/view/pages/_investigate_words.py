"""Turns a row in question into escaped HTML: what it is, how odd, what would make it usual."""

from __future__ import annotations

from typing import Any

from workbench.core.anomaly import band
from workbench.view.data_session import ROLES
from workbench.view.pages._live import link
from workbench.view.pages._words import chip
from workbench.view.wording import count, html, number, value, when

__all__ = ["in_question", "investigating_stands", "otherwise"]


def in_question(space: Any, query: dict[str, str]) -> str:
    """Return which row this is, how odd and by which detector, with the way back to Explore."""
    found, row, data = space.found, space.row, space.found.dataset
    severity = float(found.severity.iloc[row])
    word = band(severity)
    flagged = bool(found.is_anomaly.iloc[row])
    place = [f"Row {count(row)}"]
    if data.entity is not None:
        place.insert(0, str(value(data.frame[data.entity].iloc[row])))
    if data.time is not None:
        place.append(when(data.frame[data.time].iloc[row]))
    mark = chip(word, f"{word}, {number(round(severity))} of 100") if flagged else "below it"
    told = (
        f"{html(data.name.removeprefix('sample:'), 80)} · score {number(found.scores.iloc[row])}, "
        f"threshold {number(found.threshold.value)} · by {html(found.detector, 40)}"
    )
    sentence = "" if space.explanation is None else html(space.explanation.sentence, 600)
    back = {name: word for name, word in query.items() if name in _BACK}
    return (
        f'<div class="title"><h2>{html(" · ".join(place), 160)}</h2>{mark}</div>'
        f'<p class="sentence">{sentence}</p><p style="margin-top:6px"><small>{told}</small></p>'
        f'<p style="margin-top:6px">{link("explore", back, "Explore all anomalies")}</p>'
    )


_BACK = ("data", *ROLES, "detector", "rule", "amount", "threshold", "row", "theme")


def otherwise(space: Any) -> str:
    """Return what would make the row usual; empty where there is no such thing."""
    told = space.otherwise
    return f"<h3>What would make it usual</h3><p>{html(told, 600)}</p>" if told else ""


_STATES: dict[str, tuple[str, str]] = {
    "empty": (
        "No row in question",
        "Open this page from a reason on Explore or Compare: “Investigate this row”.",
    ),
    "ready": ("Not scored yet", "The data are loaded. Press “Try again” to score them."),
    "cancelled": ("Cancelled", "Nothing was kept. Press “Try again” to start again."),
}


def investigating_stands(stage: str) -> str:
    """Return what the page is in and what to do next; ``stage`` as in ``data_session.STAGES``."""
    title, step = _STATES.get(stage, _STATES["empty"])
    way = link("explore", {}, "Go to Explore") if stage == "empty" else ""
    return f'<div class="state"><h2>{title}</h2><p>{step}</p><p>{way}</p></div>'
