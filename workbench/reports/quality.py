"""What is in the data and what is wrong with them: the pieces of the data quality report."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.wording import html, number, plural, value
from workbench.reports.pieces import Piece, cards, join, paragraph, table

__all__ = ["columns", "findings", "headline", "missing", "spreads"]

_MARKS = {"problem": "✖", "warning": "▲", "info": "ℹ"}
#: Columns drawn and listed; wider tables are cut, and it says so.
MOST_COLUMNS = 40
MOST_SPREADS = 16


def headline(data: Any, profile: Any, title: str = "") -> Piece:
    """Return the title, whether the data can be used, and the leading figures."""
    levels = [item.level for item in profile.findings]
    problems, warnings = levels.count("problem"), levels.count("warning")
    cells = max(len(data) * len(profile.columns), 1)
    empty = 100 * sum(column.missing for column in profile.columns) / cells
    verdict = "No problem was found."
    if warnings:
        verdict = f"{plural(warnings, 'thing')} to look at before trusting a result."
    if problems:
        verdict = f"{plural(problems, 'problem')} to mend first."
    words = (
        f"{data.name}: {plural(len(data), 'row')} in {plural(len(profile.columns), 'column')}, "
        f"taken as {data.kind}. {verdict}"
    )
    shown = [
        ("Rows", f"{len(data):,}", data.kind),
        ("Columns", f"{len(profile.columns):,}", plural(len(data.features), "feature")),
        ("Missing", f"{empty:.2g} %", "of all cells"),
        ("Problems", str(problems), plural(warnings, "warning")),
    ]
    heading = title or f"Data quality of {data.name}"
    whole = join([Piece(f"<h1>{html(heading)}</h1>", heading), paragraph(words, "lead")])
    facts = {
        "title": heading,
        "headline": words,
        "rows": len(data),
        "columns": len(profile.columns),
        "problems": problems,
        "warnings": warnings,
        "missing_share": empty / 100,
    }
    figures = cards(shown)
    return Piece(whole.markup + figures.markup, f"{whole.words}\n{figures.words}", facts)


def findings(profile: Any, levels: tuple[str, ...] = ("problem", "warning", "info")) -> Piece:
    """Return the findings in words, the gravest first."""
    kept = [item for item in profile.findings if item.level in levels]
    if not kept:
        return paragraph("Nothing was found that a careful analyst would mention.", "quiet")
    items = "".join(
        f'<li class="{item.level}"><span aria-hidden="true">{_MARKS[item.level]}</span> '
        f"<b>{item.level}</b> {html(item.text)}</li>"
        for item in kept[:60]
    )
    more = len(kept) - 60
    rest = paragraph(f"And {more:,} more in data.profile().findings.", "quiet")
    words = "\n".join(f"[{item.level}] {item.text}" for item in kept)
    shown = Piece(f'<ul class="findings">{items}</ul>', words)
    return join([shown, rest]) if more > 0 else shown


def columns(profile: Any) -> Piece:
    """Return one line a column."""
    head = ["column", "role", "kind", "missing", "distinct", "least", "greatest", "example"]
    lines = [
        [
            item.name,
            item.role,
            item.kind,
            f"{item.missing:,}",
            f"{item.distinct:,}",
            value(item.minimum),
            value(item.maximum),
            value(item.example),
        ]
        for item in profile.columns[:MOST_COLUMNS]
    ]
    shown = table(head, lines, [3, 4, 5, 6], "Columns of the data")
    more = len(profile.columns) - MOST_COLUMNS
    if more <= 0:
        return shown
    return join([shown, paragraph(f"And {plural(more, 'more column')}.", "quiet")])


def missing(data: Any, profile: Any, cells: int = 60) -> Piece:
    """Return where cells are missing: a line a column, from the first row to the last."""
    from workbench.charts._paper import WIDE, colour, drawing, figure, rectangle

    gaps = [item for item in profile.columns if item.missing][:MOST_COLUMNS]
    if not gaps or not len(data):
        return paragraph("No cell is missing.")
    edges = np.linspace(0, len(data), min(cells, len(data)) + 1).astype(int)
    step = WIDE / (len(edges) - 1)
    lines = []
    for item in gaps:
        empty = data.frame[item.name].isna().to_numpy()
        shares = np.add.reduceat(empty.astype(float), edges[:-1]) / np.diff(edges)
        parts = [
            rectangle(step * place, 0, step + 0.5, 16, colour("line"), round(0.2 + 0.8 * share, 2))
            for place, share in enumerate(shares)
            if share > 0
        ]
        lines.append(
            f'<span style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap;'
            f'font-size:13px" title="{html(item.name)}">{html(item.name, 40)}</span>'
            '<div style="background:var(--wb-soft,rgba(128,128,128,.12))">'
            f"{drawing(parts, 16, 16)}</div>"
            f'<span style="font-size:13px;text-align:right">{100 * item.missing / len(data):.1f} %'
            "</span>"
        )
    inner = (
        '<div style="display:grid;grid-template-columns:minmax(64px,max-content) minmax(0,1fr) '
        f'max-content;gap:4px 10px;align-items:center">{"".join(lines)}</div>'
    )
    words = ", ".join(f"{item.name} {item.missing:,}" for item in gaps)
    caption = "Missing cells from the first row to the last; darker is more."
    return Piece(figure(inner, f"Missing cells: {words}", caption), f"Missing cells: {words}")


def spreads(data: Any, profile: Any) -> Piece:
    """Return how the values of each number are spread."""
    import pandas as pd

    from workbench.charts._paper import WIDE, colour, drawing, rectangle

    items: list[str] = []
    told: list[str] = []
    for column in profile.columns:
        if column.kind != "numeric" or len(items) == MOST_SPREADS:
            continue
        numbers = pd.to_numeric(data.frame[column.name], errors="coerce")
        known = numbers.to_numpy(dtype=float, na_value=np.nan)
        known = known[np.isfinite(known)]
        if known.size < 2 or known.min() == known.max():
            continue
        counts, _ = np.histogram(known, bins=40)
        top = max(int(counts.max()), 1)
        step = WIDE / 40
        parts = [
            rectangle(
                step * place + 1, 60 - 58 * count / top, step - 2, 58 * count / top, colour("line")
            )
            for place, count in enumerate(counts)
            if count
        ]
        low, middle, high = (number(float(each)) for each in np.quantile(known, [0, 0.5, 1]))
        words = f"{column.name}: {low} to {high}, median {middle}"
        items.append(
            f'<div class="spread" role="img" aria-label="{html(words)}"><b>{html(column.name, 40)}'
            f"</b>{drawing(parts, 60, 56)}<small>{low} … {middle} … {high}</small></div>"
        )
        told.append(words)
    if not items:
        return paragraph("No column of numbers that vary.", "quiet")
    note = "Least, median and greatest value below each."
    return Piece(
        f'<div class="spreads">{"".join(items)}</div><p class="quiet">{note}</p>', "\n".join(told)
    )
