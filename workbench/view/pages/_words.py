"""Turns records into escaped HTML: headline, profile, reasons, and what to do next."""

from __future__ import annotations

from typing import Any

from workbench.core.anomaly import BANDS
from workbench.view.wording import SHAPES, count, html, number, plural, text, value, when

__all__ = ["chip", "headline", "overview", "skeleton", "standing", "tile", "why"]

MOST_PARTS = 6
MOST_COLUMNS = 60


def chip(word: str, label: str | None = None) -> str:
    """Return a severity band as shape, colour and word."""
    return (
        f'<span class="chip" data-band="{html(word)}"><i aria-hidden="true">'
        f"{SHAPES.get(word, '·')}</i>{html(label or word)}</span>"
    )


def tile(name: str, big: str, more: str, kind: str = "big") -> str:
    """Return a figure with its name above and what it means below; all are HTML."""
    return (
        f'<div class="tile"><dt>{name}</dt><dd><div class="{kind}">{big}</div>'
        f'<div class="more">{more}</div></dd></div>'
    )


def headline(found: Any) -> str:
    """Return the numbers that matter first: how many, how bad, by which threshold and detector."""
    data = found.dataset
    name = html(data.name.removeprefix("sample:"), 80)
    flagged = int(found.is_anomaly.sum())
    share = flagged / len(found) if len(found) else 0.0
    series = data.kind == "series"
    rows = f"{plural(flagged, 'row')}, {number(100 * share)} % of {count(len(found))}"
    worst = found.records[0] if found.records else None
    at = "nothing passes the threshold"
    if worst is not None:
        start = when(worst.start_time) if worst.start_time is not None else f"row {worst.peak}"
        at = f"{chip(worst.band)} at {html(start)}"
    chips = " ".join(
        chip(word, f"{found.bands[word]} {word}") for _, word in BANDS if found.bands.get(word)
    )
    kind = "stretches" if series else "rows"
    reason = html(found.provenance.get("reason", ""), 600)
    if reason and found.provenance.get("asked") == "auto":
        reason = f"Chosen automatically: {reason}."
    elif reason:
        reason = f"{reason[0].upper()}{reason[1:]}."
    tiles = [
        tile("Anomalies", count(len(found.records)), rows if not series else f"{kind}; {rows}"),
        tile("Highest severity", number(round(worst.severity)) if worst else "–", at),
        tile("Threshold", number(found.threshold.value), html(found.threshold.reason, 90)),
        tile(
            "Detector",
            html(found.detector, 24),
            f"{number(found.seconds)} s to fit and score",
            "big word",
        ),
    ]
    notes = "".join(f"<p><small>{html(note)}</small></p>" for note in found.notices[:3])
    return (
        f'<div class="title"><h2>{name}</h2><span class="chips">{chips}</span></div>'
        f'<dl class="tiles">{"".join(tiles)}</dl>'
        + (f'<p style="margin-top:10px"><small>{reason}</small></p>' if reason else "")
        + notes
    )


def overview(profile: Any, *, unfolded: bool) -> str:
    """Return the profile: findings in words, then one line a column."""
    findings = "".join(
        f'<li class="{html(item.level)}"><span class="level">{html(item.level)}</span>'
        f"<span>{html(item.text)}</span></li>"
        for item in profile.findings
    )
    lines = "".join(
        f"<tr><td>{html(column.name, 40)}</td><td>{html(column.role)}</td>"
        f"<td>{html(column.kind)}</td>"
        f'<td class="num">{count(column.missing)}</td><td class="num">{count(column.distinct)}</td>'
        f"<td>{_range(column)}</td></tr>"
        for column in profile.columns[:MOST_COLUMNS]
    )
    more = len(profile.columns) - MOST_COLUMNS
    rest = f"<p><small>and {plural(more, 'more column')}</small></p>" if more > 0 else ""
    rows = sum(1 for item in profile.findings if item.level != "info")
    told = f"{count(profile.rows)} rows, {plural(len(profile.columns), 'column')}, "
    told += html(profile.kind)
    told += f"; {plural(rows, 'finding')} to look at" if rows else ""
    return (
        f"<details{' open' if unfolded else ''}><summary>About the data <small>{told}</small>"
        "</summary>"
        f'<ul class="findings">{findings}</ul>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Columns"><table><thead><tr>'
        '<th scope="col">Column</th><th scope="col">Role</th><th scope="col">Kind</th>'
        '<th scope="col" class="num">Missing</th><th scope="col" class="num">Distinct</th>'
        f'<th scope="col">Range</th></tr></thead><tbody>{lines}</tbody></table></div>'
        f"{rest}</details>"
    )


def _range(column: Any) -> str:
    if column.minimum is None:
        return html(f"e.g. {value(column.example)}", 40)
    return html(f"{value(column.minimum)} to {value(column.maximum)}", 60)


def why(found: Any, explanation: Any, links: str = "") -> str:
    """Return why the selected row stands out: sentence, contributions, similar normal rows.

    ``links`` is HTML that stands below the sentence.
    """
    if explanation is None:
        return (
            '<div class="title"><h2>Why?</h2></div><p class="soft">Select an anomaly in the lanes, '
            "the chart or the table to see its reason.</p>"
        )
    row = explanation.row
    data = found.dataset
    from workbench.core.anomaly import band

    flagged = explanation.score > explanation.threshold
    word = band(explanation.severity)
    mark = chip(word, f"{word}, {number(round(explanation.severity))} of 100")
    place = [f"row {row}"]
    if data.time is not None:
        place.insert(0, when(data.frame[data.time].iloc[row]))
    if data.entity is not None:
        place.insert(0, str(value(data.frame[data.entity].iloc[row])))
    parts = "".join(_part(part) for part in explanation.contributions[:MOST_PARTS])
    more = len(explanation.contributions) - MOST_PARTS
    rest = f"<p><small>and {plural(more, 'smaller part')}</small></p>" if more > 0 else ""
    return (
        f'<div class="title"><h2>{"Why this is odd" if flagged else "A usual row"}</h2>{mark}</div>'
        f"<p><small>{html(' · '.join(place))} · score {number(explanation.score)}, threshold "
        f"{number(explanation.threshold)}</small></p>"
        f"<p><small>{html(explanation.odds)}</small></p>"
        f'<p class="sentence" style="margin-top:8px">{html(explanation.sentence, 600)}</p>'
        f"{links}{_otherwise(explanation)}"
        f'<h3>What adds to the score</h3><ul class="parts">{parts}</ul>{rest}'
        f"{_alike(found, explanation)}{_nearest(found, explanation)}"
        f'<p style="margin-top:12px"><small>{html(explanation.method)} {html(explanation.caveat)}'
        "</small></p>"
    )


def _otherwise(explanation: Any) -> str:
    change = explanation.counterfactual
    if change is None:
        return ""
    return f"<h3>What would make it usual</h3><p>{html(change.words, 600)}</p>"


def _alike(found: Any, explanation: Any) -> str:
    if not explanation.similar:
        return ""
    data = found.dataset
    lines = []
    for item in explanation.similar:
        place = f"row {item.row}"
        if data.time is not None:
            place = f"{when(data.frame[data.time].iloc[item.row])} · {place}"
        mark = chip(item.band, f"{item.band}, {number(round(item.severity))}")
        lines.append(
            f'<li><div class="under"><span>{html(place)} · {100 * item.likeness:.0f} % alike</span>'
            f"{mark}</div></li>"
        )
    return f'<h3>Anomalies for like reasons</h3><ul class="parts">{"".join(lines)}</ul>'


def _part(part: Any) -> str:
    share = max(0.0, min(1.0, float(part.share)))
    said = f"expected {part.expected}" if part.expected or not part.remark else part.remark
    odd = "unusual; " if part.unusual else ""
    return (
        f'<li class="{"odd" if part.unusual else ""}"><div class="top"><span class="name">'
        f'{html(part.feature, 40)}</span><span class="value">{html(value(part.value), 40)}'
        "</span></div>"
        f'<div class="bar"><b style="width:{100 * share:.1f}%"></b></div><div class="under"><span>'
        f"{odd}{html(said, 120)}</span><span>{100 * share:.0f} %</span></div></li>"
    )


def _nearest(found: Any, explanation: Any) -> str:
    near = explanation.nearest_normal
    if near is None or near.empty:
        return ""
    names = [part.feature for part in explanation.contributions if part.feature in near.columns][:3]
    if not names:
        names = list(near.columns[:3])
    head = "".join(f'<th scope="col" class="num">{html(name, 24)}</th>' for name in names)
    own = found.dataset.frame.iloc[explanation.row]

    def line(label: str, row: Any, mark: str = "") -> str:
        cells = "".join(f'<td class="num">{html(value(row[name]), 24)}</td>' for name in names)
        return f'<tr{mark}><th scope="row">{html(label, 24)}</th>{cells}</tr>'

    lines = [line("this row", own, ' class="this"')]
    lines += [
        line(text(label, 24), near.loc[label] if near.index.is_unique else near.iloc[i])
        for i, label in enumerate(near.index[:3])
    ]
    return (
        '<h3>Beside the nearest normal rows</h3><div class="scroll" tabindex="0" role="region" '
        f'aria-label="Nearest normal rows"><table><thead><tr><th scope="col">Row</th>{head}</tr>'
        "</thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


_STATES: dict[str, tuple[str, str]] = {
    "empty": (
        "No data yet",
        "Pick a sample or upload a file in the form. CSV, Parquet, JSON lines and Excel are read.",
    ),
    "ready": (
        "Not scored yet",
        "Look over what was found in the data, then press “Find anomalies”.",
    ),
    "cancelled": (
        "Cancelled",
        "Nothing was kept. Press “Find anomalies” to start again, or choose a faster detector.",
    ),
    "none": (
        "No anomalies above the threshold",
        "Every row scores below it. Drag the threshold down, or choose another threshold rule.",
    ),
}


def standing(stage: str, message: str = "") -> str:
    """Return what the page is in and what to do next; the message is escaped.

    Parameters
    ----------
    stage : str
        One of ``session.STAGES``, or "none" for a result without anomalies.
    message : str
        What went wrong, for "failed".
    """
    if stage == "failed":
        return (
            '<div class="state" role="alert"><h2>That did not work</h2>'
            f'<p class="problem">{html(message, 1200)}</p>'
            "<p>Choose other data, columns or another detector in the form, then try again.</p>"
            "</div>"
        )
    title, step = _STATES.get(stage, _STATES["empty"])
    return f'<div class="state"><h2>{title}</h2><p>{step}</p></div>'


def skeleton() -> str:
    """Return grey shapes where the result will stand, so that nothing jumps."""
    heights = (64, 260, 220, 180)
    bones = "".join(f'<div style="height:{height}px"></div>' for height in heights)
    return f'<div class="bones" aria-hidden="true">{bones}</div>'
