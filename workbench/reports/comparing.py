"""Several detectors on the same data: the pieces of the model comparison report."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workbench.core.wording import html, number, plural, when
from workbench.reports.pieces import Piece, cards, join, paragraph, table

__all__ = ["agreement", "failures", "figures", "headline", "lanes", "shared", "threshold_notes"]

#: The metric that ranks, where labels are: the first that was computed.
_METRICS = {"vus_pr": "VUS-PR", "average_precision": "Average precision", "roc_auc": "ROC-AUC"}
MOST_ROWS = 12


def _metric(result: Any) -> str | None:
    known = result.table.columns
    return next(
        (name for name in _METRICS if name in known and result.table[name].notna().any()), None
    )


def headline(result: Any, title: str = "") -> Piece:
    """Return the title and what the comparison allows to say."""
    names = list(result.detections)
    data = next(iter(result.detections.values())).dataset
    metric = _metric(result)
    words = f"{plural(len(names), 'detector')} on {data.name}, {plural(len(data), 'row')}. "
    words += _verdict(result, metric)
    shown = [
        ("Detectors", str(len(names)), f"{len(result.failures)} could not work"),
        ("Rows", f"{len(data):,}", data.kind),
        ("All flag", f"{int(result.flags.all(axis=1).sum()):,}", "rows that every one flags"),
        ("Any flags", f"{int(result.flags.any(axis=1).sum()):,}", "rows that one at least flags"),
    ]
    heading = title or f"{plural(len(names), 'detector')} on {data.name}"
    facts = {
        "title": heading,
        "headline": words,
        "detectors": names,
        "rows": len(data),
        "labelled": metric is not None,
        "metric": metric,
        "values": {} if metric is None else result.table[metric].to_dict(),
    }
    top = Piece(f"<h1>{html(heading)}</h1>", heading)
    whole = join([top, paragraph(words, "lead"), cards(shown)])
    return Piece(whole.markup, whole.words, facts)


def _verdict(result: Any, metric: str | None) -> str:
    names = list(result.detections)
    if metric is None:
        if len(names) == 1:
            return "No labels, so no accuracy can be claimed."
        return (
            "No labels, so none can be called the best. What follows says how far they agree, and "
            f"what they cost; the mean rank correlation is {_mean(result.correlation):.2f}."
        )
    ranked = result.table[metric].sort_values(ascending=False)
    best = str(ranked.index[0])
    words = f"By the labels, {best} leads with {_METRICS[metric]} {ranked.iloc[0]:.3f}"
    if len(ranked) == 1:
        return words + "."
    words += f", before {ranked.index[1]} with {ranked.iloc[1]:.3f}. "
    low = f"{metric}_low"
    if low in result.table and result.table[low].loc[best] <= ranked.iloc[1]:
        words += "The interval of the first holds the second: the order of the two is not sure. "
    return words + "One set of data tells little about the next."


def _mean(matrix: Any) -> float:
    values = matrix.to_numpy(dtype=float)
    off = values[~np.eye(len(values), dtype=bool)]
    return float(off.mean()) if off.size else 1.0


def figures(result: Any) -> Piece:
    """Return bars by the leading metric (or agreement), and the table of all figures."""
    from workbench.charts._bars_paper import shares_paper

    metric = _metric(result)
    column = metric or "mean_agreement"
    figures = result.table[column].fillna(0.0)
    lines = [
        (str(name), float(figure), f"{figure:.3f}{_span(result, metric, name)}")
        for name, figure in figures.sort_values(ascending=False).items()
    ]
    label = _METRICS[metric] if metric else f"Agreement on the {result.k} highest scores"
    bars = Piece(f"<h3>{html(label)}</h3>{shares_paper(lines, label, most=1.0)}", label)
    seconds = [
        (str(name), float(taken), f"{taken:.2f} s")
        for name, taken in result.table["seconds"].items()
    ]
    cost = Piece(f"<h3>Time taken</h3>{shares_paper(seconds, 'Time taken')}", "Time taken")
    return join([bars, cost, _table(result)])


def _span(result: Any, metric: str | None, name: Any) -> str:
    if metric is None or f"{metric}_low" not in result.table:
        return ""
    low, high = (result.table[f"{metric}_{end}"].loc[name] for end in ("low", "high"))
    return f" ({low:.2f} to {high:.2f})"


def _table(result: Any) -> Piece:
    names = [name for name in result.table.columns if not name.endswith(("_low", "_high"))]
    lines = [
        [str(line), *(_cell(result.table[name], line) for name in names)]
        for line in result.table.index
    ]
    head = ["detector", *(_METRICS.get(name, name.replace("_", " ")) for name in names)]
    return table(head, lines, list(range(1, len(head))), "Figures of each detector")


def _cell(column: Any, line: Any) -> str:
    shown = float(column.loc[line])
    if math.isnan(shown):
        return "–"
    return f"{shown:,.0f}" if column.dtype.kind in "iu" else f"{shown:,.3f}"


def agreement(result: Any) -> Piece:
    """Return the rank correlations as a matrix."""
    from workbench.charts._pictures import matrix_picture

    if len(result.detections) < 2:
        return paragraph("One detector has nobody to agree with.", "quiet")
    names = list(result.correlation.columns)
    words = "; ".join(
        f"{a} and {b} {result.correlation.loc[a, b]:.2f}"
        for place, a in enumerate(names)
        for b in names[place + 1 :]
    )
    caption = (
        "Rank correlation of the scores: 1 ranks the rows alike, 0 has nothing in common. Two that "
        "agree add little to each other; two that do not see different things."
    )
    markup = (
        f"<figure>{matrix_picture(result.correlation)}<figcaption>{caption}</figcaption></figure>"
    )
    return Piece(markup, f"Rank correlation: {words}")


def lanes(result: Any) -> Piece:
    """Return one severity lane a detector, on one axis."""
    from workbench.charts._lanes_paper import detectors_paper

    return Piece(detectors_paper(result.detections), "Severity lanes of the detectors")


def shared(result: Any) -> Piece:
    """Return the rows that most detectors flag, the surest first."""
    votes = result.flags.sum(axis=1).to_numpy()
    first = next(iter(result.detections.values()))
    severity = np.mean([found.severity.to_numpy() for found in result.detections.values()], axis=0)
    order = np.lexsort((-severity, -votes))[:MOST_ROWS]
    order = order[votes[order] > 0]
    if not order.size:
        return paragraph("No detector flags any row.", "quiet")
    data = first.dataset
    head = ["row", *([data.time] if data.time else []), "flagged by", "mean severity"]
    lines = []
    for row in order:
        moment = [when(data.frame[data.time].iloc[row])] if data.time else []
        who = f"{votes[row]} of {len(result.detections)}"
        lines.append([f"{row:,}", *moment, who, f"{severity[row]:.0f}"])
    shown = table([str(name) for name in head], lines, [len(head) - 1], "Rows that most flag")
    note = "Agreement of detectors is no proof: they may share a blind spot."
    return join([shown, paragraph(note, "quiet")])


def failures(result: Any) -> Piece:
    """Return who could not work on the data, and why."""
    if not result.failures:
        return paragraph("Every detector could work on the data.", "quiet")
    items = "".join(
        f"<li><b>{html(name)}</b>: {html(why)}</li>" for name, why in result.failures.items()
    )
    words = "; ".join(f"{name}: {why}" for name, why in result.failures.items())
    return Piece(f"<ul>{items}</ul>", words)


def threshold_notes(result: Any) -> Piece:
    """Return where each detector's threshold stands."""
    lines = [
        [name, number(found.threshold.value), found.threshold.rule, found.threshold.reason]
        for name, found in result.detections.items()
    ]
    return table(["detector", "threshold", "rule", "reason"], lines, [1], "Thresholds")
