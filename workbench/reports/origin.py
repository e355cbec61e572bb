"""Where a result comes from, whether it can be had again, and the lines that do so."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.wording import html, number, when
from workbench.reports.pieces import Piece, fold, join, listed

__all__ = ["comparison_origin", "data_origin", "detection_origin", "python_lines"]

#: Seconds of the run beyond which scoring all rows again is left to the reader.
QUICK = 60.0


def detection_origin(found: Any) -> Piece:
    """Return data, detector, parameters, versions, and a check by scoring once more."""
    data, made = found.dataset, found.provenance
    lines = [
        *_data_lines(data),
        ("Detector", found.detector),
        ("Chosen", found.reason or "–"),
        ("Parameters", _params(found.params)),
        ("Learned from", str(made.get("reference") or "all rows")),
        ("Seed", str(made.get("random_state", "–"))),
        ("Computed", f"{made.get('created', '–')}, in {found.seconds:.2f} s"),
        ("Versions", _versions(made)),
    ]
    told = [listed(lines), _again(found)]
    if found.notices:
        told.append(_notices(found.notices))
    told.append(fold("The same as Python", python_lines(found.code)))
    facts = {"fingerprint": data.fingerprint, "detector": found.detector}
    whole = join(told)
    return Piece(whole.markup, whole.words, facts | whole.facts)


def data_origin(data: Any) -> Piece:
    """Return name, size, roles and fingerprint of a dataset."""
    lines = f"{_load_lines(data)}data.profile()\n"
    whole = join([listed(_data_lines(data)), fold("The same as Python", python_lines(lines))])
    return Piece(whole.markup, whole.words, {"fingerprint": data.fingerprint})


def python_lines(lines: str) -> Piece:
    """Return code to copy."""
    return Piece(f'<pre tabindex="0"><code>{html_lines(lines)}</code></pre>', lines)


def html_lines(lines: str) -> str:
    """Return several lines of text, each escaped."""
    return "\n".join(html(line, 4_000) for line in lines.splitlines())


def _data_lines(data: Any) -> list[tuple[str, str]]:
    roles = ", ".join(
        f"{role} {getattr(data, role)}"
        for role in ("time", "label", "entity")
        if getattr(data, role) is not None
    )
    span = ""
    if data.time is not None and len(data):
        times = data.frame[data.time].dropna()
        span = "" if times.empty else f", {when(times.min())} to {when(times.max())}"
    return [
        ("Data", f"{data.name}, {len(data):,} rows, {data.kind}{span}"),
        ("Roles", roles or "none"),
        ("Features", ", ".join(map(str, data.features)) or "none"),
        ("Fingerprint", data.fingerprint),
    ]


def _params(params: dict[str, Any]) -> str:
    return ", ".join(f"{name}={item!r}" for name, item in params.items()) or "none"


def _again(found: Any) -> Piece:
    """Score the same rows with the saved model, in this fresh process, and compare."""
    if found.seconds > QUICK:
        words = f"Not scored again: that took {found.seconds:.0f} s the first time."
        return Piece(f'<p class="quiet">{html(words)}</p>', words, {"scored_again": "skipped"})
    again = found.model.score(found.dataset).scores.to_numpy()
    known = found.scores.to_numpy()
    apart = float(np.max(np.abs(again - known))) if len(known) else 0.0
    if np.array_equal(again, known):
        words = (
            f"Scored again from the saved model, in a process of its own: all {len(known):,} "
            "scores are equal."
        )
        return Piece(f"<p>{html(words)}</p>", words, {"scored_again": "equal"})
    words = (
        "Scored again from the saved model, in a process of its own: the scores differ by up to "
        f"{number(apart)}. The report shows those that were handed in."
    )
    return Piece(f'<p class="warn">{html(words)}</p>', words, {"scored_again": "different"})


def _notices(notices: tuple[str, ...]) -> Piece:
    kept = list(dict.fromkeys(notices))[:30]
    items = "".join(f"<li>{html(item, 400)}</li>" for item in kept)
    title = "Noticed on the way"
    return Piece(f"<h3>{title}</h3><ul>{items}</ul>", f"{title}: {'; '.join(kept)}")


def comparison_origin(result: Any) -> Piece:
    """Return data, detectors with their parameters, and the lines that compare again."""
    found = next(iter(result.detections.values()))
    data = found.dataset
    lines = [*_data_lines(data), ("Versions", _versions(found.provenance))]
    lines += [(name, _params(each.params)) for name, each in result.detections.items()]
    load = _load_lines(data)
    code = f"{load}wb.compare(data, {list(result.detections)!r}).table\n"
    whole = join([listed(lines), fold("The same as Python", python_lines(code))])
    return Piece(whole.markup, whole.words, {"fingerprint": data.fingerprint})


def _load_lines(data: Any) -> str:
    roles = [
        f"{role}={getattr(data, role)!r}"
        for role in ("time", "label", "entity")
        if getattr(data, role) is not None
    ]
    given = ", ".join([repr(data.name), *roles, f"features={list(data.features)!r}"])
    return f"import workbench as wb\n\ndata = wb.load({given})\n"


def _versions(made: dict[str, Any]) -> str:
    return ", ".join(f"{name} {number}" for name, number in made.get("versions", {}).items())
