"""A contest on paper: one HTML page that needs nothing else, and Markdown for a terminal."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.workflow.exporting import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.contest import Contest

__all__ = ["markdown", "notebook_html", "write_report"]

NAMES = {"roc_auc": "ROC-AUC", "average_precision": "Average precision", "vus_pr": "VUS-PR"}

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --page: #ffffff; --line: #d6dbe1; --soft: #f3f5f8;
  --good: #1a6b3c; --bad: #a3360b; --quiet: #56606b }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff1; --page: #16191d; --line: #3a424b;
  --soft: #1f242a; --good: #7bd5a0; --bad: #ffab84; --quiet: #a9b4bf } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1080px; padding: 24px 16px 48px; background: var(--page);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 4px } h2 { font-size: 1.2rem; margin: 40px 0 8px }
h3 { font-size: 1rem; margin: 0 0 8px } p { margin: 8px 0; max-width: 46em }
.quiet { color: var(--quiet); font-size: .9rem }
.wide { overflow-x: auto; margin: 12px 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { padding: 5px 12px 5px 0; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: var(--page) } thead th { vertical-align: bottom }
td.best { font-weight: 700 } td.ahead { color: var(--good) } td.behind { color: var(--bad) }
.pictures { display: flex; flex-wrap: wrap; gap: 24px 48px; margin: 16px 0 }
figure { margin: 0; max-width: 100% } figcaption { color: var(--quiet); font-size: .85rem;
  max-width: 360px; margin-top: 4px }
details { margin: 12px 0 } summary { cursor: pointer; padding: 4px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: .9rem }
dd { margin: 0 } li { overflow-wrap: anywhere }
"""


def _number(value: Any, digits: int = 3, sign: bool = False) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text.replace("-", "−")


def _chance(value: float) -> str:
    return "under 0.001" if value < 0.001 else _number(value)


def _lines(contest: Contest, metric: str) -> tuple[list[str], list[list[str]]]:
    """Return the head and the cells of a summary, as text."""
    table = contest.summary(metric).reset_index()
    head = ["detector", NAMES[metric], "± s.e.", "mean rank", f"gain on {contest.detectors[0]}"]
    head += ["won–lost", "p (Wilcoxon, Holm)", "seconds, median", "sets"]
    cells = []
    for line in table.to_dict("records"):
        first = line["detector"] == contest.detectors[0]
        gain = f"{_number(line['gain'], 4, True)} ± {_number(line['gain_error'], 4)}"
        cells.append(
            [
                line["detector"],
                _number(line[metric], 4),
                _number(line["error"], 4),
                _number(line["mean_rank"], 2),
                "–" if first else gain,
                "–" if first else f"{line['won']:.0f}–{line['lost']:.0f}",
                "–" if first else _chance(line["p_value"]),
                _number(line["median_seconds"], 2 if line["median_seconds"] >= 0.1 else 3),
                str(line["sets"]),
            ]
        )
    return head, cells


def _verdict(contest: Contest, metric: str) -> str:
    """Return in words what the figures allow to say."""
    ranking = contest.ranking(metric)
    names = list(ranking.ranks)
    if len(names) < 2:
        return f"{names[0]} alone, on {ranking.sets} sets."
    text = f"{names[0]} has the best mean rank, {ranking.ranks[names[0]]:.2f} "
    text += f"among {len(names)} detectors. "
    if not math.isnan(ranking.p_value):
        alike = ranking.p_value >= ranking.level
        text += (
            f"Friedman's test {'does not tell' if alike else 'tells'} the detectors apart "
            f"(p {_chance(ranking.p_value)}). "
        )
    behind = [
        pair.other
        for pair in ranking.pairs
        if pair.better == names[0] and pair.p_value < ranking.level
    ]
    told = ", ".join(behind) if behind else "no other"
    return text + f"By Wilcoxon's test with Holm's correction it is ahead of {told}."


def markdown(contest: Contest) -> str:
    """Return the summaries of all metrics as Markdown."""
    parts = [f"# {contest.title}", ""]
    for metric in contest.metrics:
        head, cells = _lines(contest, metric)
        rows = [head, ["---", *["---:"] * (len(head) - 1)], *cells]
        parts += [f"## {NAMES[metric]}", "", _verdict(contest, metric), ""]
        parts += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
        parts.append("")
    for title, reasons in (("Skipped", contest.skipped), ("Failed", contest.failures)):
        if reasons:
            parts += [f"## {title}", "", *(f"- {name}: {why}" for name, why in reasons.items()), ""]
    return "\n".join(parts)


def _table(head: list[str], cells: list[list[str]], marks: dict[tuple[int, int], str]) -> str:
    top = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    body = ""
    for row, line in enumerate(cells):
        row_cells = ""
        for column, cell in enumerate(line):
            mark = marks.get((row, column), "")
            row_cells += f"<td{f' class={mark!r}' if mark else ''}>{escape(cell)}</td>"
        body += f"<tr>{row_cells}</tr>"
    return (
        f"<div class='wide' tabindex='0'><table><thead><tr>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _summary(contest: Contest, metric: str) -> str:
    head, cells = _lines(contest, metric)
    marks: dict[tuple[int, int], str] = {}
    for row, line in enumerate(contest.summary(metric).to_dict("records")):
        sure = line["p_value"] is not None and line["p_value"] < 0.05
        if sure and line["gain"]:
            marks[row, 4] = "ahead" if line["gain"] > 0 else "behind"
    best = max(range(len(cells)), key=lambda row: contest.summary(metric)[metric].iloc[row])
    marks[best, 1] = "best"
    return _table(head, cells, marks)


def _pictures(contest: Contest, metric: str) -> str:
    from workbench.charts._pictures import bars_picture, difference_picture

    table, ranking = contest.summary(metric), contest.ranking(metric)
    means = {str(name): float(value) for name, value in table[metric].fillna(0.0).items()}
    errors = {str(name): float(value) for name, value in table["error"].items()}
    joined = "Joined by a line: within the critical difference"
    if len(means) > 1:
        joined += f" of {ranking.critical_difference:.2f} ranks (Nemenyi, 5 %)"
    return (
        "<div class='pictures'>"
        f"<figure>{difference_picture(ranking)}<figcaption>Mean rank, 1 is best. {joined}."
        f"</figcaption></figure><figure>{bars_picture(means, errors, NAMES[metric])}"
        f"<figcaption>Mean {NAMES[metric]} with standard error over the sets.</figcaption>"
        "</figure></div>"
    )


def _by_set(contest: Contest, metric: str) -> str:
    figures: pd.DataFrame = contest.figures(metric)
    head = ["set", *(str(name) for name in figures.columns)]
    cells, marks = [], {}
    for row, (name, line) in enumerate(figures.iterrows()):
        cells.append([str(name), *(_number(value) for value in line)])
        best = line.max()
        for column, value in enumerate(line, 1):
            if value >= best - 1e-9:
                marks[row, column] = "best"
    shown = _table(head, cells, marks)
    return f"<details><summary>{NAMES[metric]} on each set</summary>{shown}</details>"


def _reasons(title: str, reasons: dict[str, str]) -> str:
    if not reasons:
        return ""
    items = "".join(
        f"<li><strong>{escape(name)}</strong>: {escape(why)}</li>" for name, why in reasons.items()
    )
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>"


def write_report(contest: Contest, path: Path) -> Path:
    """Write one HTML page without scripts, pictures inside; light and dark, wide and narrow."""
    from workbench.bench._protocol import METRICS

    parts = [f"<h1>{escape(contest.title)}</h1>"]
    sets = len(contest.figures())
    parts.append(
        f"<p class='quiet'>{len(contest.detectors)} detectors on {sets} labelled sets. Labels "
        "judge; no detector sees them.</p>"
    )
    for metric in contest.metrics:
        meaning = METRICS[metric].partition(": ")[2]
        parts.append(f"<h2>{NAMES[metric]}</h2><p class='quiet'>{escape(meaning)}</p>")
        parts.append(f"<p>{escape(_verdict(contest, metric))}</p>")
        parts += [_pictures(contest, metric), _summary(contest, metric), _by_set(contest, metric)]
    parts.append(_reasons("Skipped sets", contest.skipped))
    parts.append(_reasons("Failures", contest.failures))
    parts.append(_how(contest))
    page = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(contest.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
    content = page.encode("utf-8", "replace")

    def write(scratch: Path) -> None:
        scratch.write_bytes(content)

    write_whole(path, write)
    return path


def _how(contest: Contest) -> str:
    """Return how to read the figures, and how they were made."""
    about = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(str(item))}</dd>"
        for name, item in contest.about.items()
    )
    return (
        "<h2>How to read this</h2><p>Gains are paired: set by set, on the sets that both "
        "detectors finished. A detector that failed on a set ranks last there. The p-values are "
        "Wilcoxon's signed-rank test, corrected by Holm over all pairs; a coloured gain is below "
        "5 %. Sets of one collection are alike, so that the tests are somewhat too sure.</p>"
        f"<dl>{about}</dl>"
    )


def notebook_html(contest: Contest) -> str:
    """Return the leading summary with its picture, for a notebook cell."""
    from workbench.charts._pictures import difference_picture

    metric = contest.metrics[0]
    head, cells = _lines(contest, metric)
    return (
        f"<p><strong>{escape(contest.title)}</strong>. {escape(_verdict(contest, metric))}</p>"
        f"{_table(head, cells, {})}{difference_picture(contest.ranking(metric))}"
        f"{_reasons('Skipped sets', contest.skipped)}{_reasons('Failures', contest.failures)}"
    )
