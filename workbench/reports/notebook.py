"""A notebook that makes a result again: the state of a page or a detection, as lines to run.

Pure text in, notebook out: nothing is computed, and whatever somebody chose appears as literals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from workbench.core.errors import ParameterError

__all__ = ["ComparisonState", "State", "comparison_notebook", "notebook_text", "state_notebook"]


@dataclass(frozen=True)
class State:
    """What must be known to make a result again.

    Attributes
    ----------
    source : str
        What ``wb.load`` takes: a path, "sample:pump", a database URL.
    fingerprint : str
        Of the data as they are loaded from there.
    load : dict
        Arguments of ``wb.load``: roles, features, kind.
    detector : str
    detect : dict
        Arguments of ``wb.detect``: parameters, reference, seed. A slice for a period.
    threshold : tuple
        Rule and its parameters, as :meth:`Detection.with_threshold` takes them.
    expected : dict
        What must come out: "anomalies", "threshold", "total" (sum of the scores).
    row : int or None
        The selected row.
    rows : tuple of int
        The brushed rows, in the order of the data; empty where nothing is brushed.
    model : str or None
        A saved model that scores the data instead of a detector that learns from them.
    title : str
    """

    source: str
    fingerprint: str
    load: Mapping[str, Any]
    detector: str
    detect: Mapping[str, Any]
    threshold: tuple[Any, Mapping[str, Any]]
    expected: Mapping[str, float]
    row: int | None = None
    rows: tuple[int, ...] = ()
    model: str | None = None
    title: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class ComparisonState:
    """What must be known to make a comparison again.

    Attributes
    ----------
    source, fingerprint, load, title, notes
        As for :class:`State`.
    detectors : tuple of str
        As ``wb.compare`` takes them.
    options : dict
        Arguments of ``wb.compare``.
    moved : dict
        Thresholds that were moved afterwards, by detector.
    expected : dict
        The sum of the scores that must come out, by detector.
    chosen : tuple of (str, int) or None
        The detector that was looked at, and the selected row.
    """

    source: str
    fingerprint: str
    load: Mapping[str, Any]
    detectors: tuple[str, ...]
    options: Mapping[str, Any]
    moved: Mapping[str, float]
    expected: Mapping[str, float]
    chosen: tuple[str, int] | None = None
    title: str = ""
    notes: tuple[str, ...] = field(default=())


def comparison_notebook(state: ComparisonState) -> dict[str, Any]:
    """Return the notebook that makes a comparison again, and says whether it did.

    Raises
    ------
    ParameterError
        A value is no literal: text, number, true, false, None, or lists and dicts of them.
    """
    given = "".join(f", {_name(name)}={_literal(value)}" for name, value in state.options.items())
    lines = [f"comparison = wb.compare(data, {_literal(list(state.detectors))}{given})"]
    lines += [
        f"comparison = comparison.with_threshold({_literal(name)}, {_literal(value)})"
        for name, value in state.moved.items()
    ]
    sums = {
        f"comparison.scores[{_literal(name)}].sum()": value
        for name, value in state.expected.items()
    }
    cells = [
        _opening(state),
        _code("data", _load_lines(state)),
        _code("compare", "\n".join(lines)),
        _code("check", _same_lines(sums)),
        _code("comparison", "comparison"),
        _code("disputed", "comparison.verdicts()"),
    ]
    if state.chosen is not None:
        name, row = state.chosen
        cells.append(_words("row-head", f"## Row {row:,}, as it was selected"))
        told = f"comparison.detections[{_literal(name)}].explain({_literal(row)})"
        cells.append(_code("row", told))
    return _notebook(cells)


def state_notebook(state: State) -> dict[str, Any]:
    """Return the notebook (format 4.5, as plain values) that makes a state again.

    It loads the data, says so if they are not the same any more, detects, sets the threshold,
    says whether the scores are the same, and shows the selected row.

    Raises
    ------
    ParameterError
        A value is no literal: text, number, true, false, None, or lists and dicts of them.

    Examples
    --------
    >>> state = State("sample:pump", "5f", {}, "ecod", {}, (0.5, {}), {})
    >>> state_notebook(state)["nbformat"]
    4
    """
    cells = [
        _opening(state),
        _code("data", _load_lines(state)),
        _code("detect", _detect_lines(state)),
        _code("check", _check_lines(state)),
        _code("found", "found"),
    ]  # fmt: skip
    if state.rows:
        cells.append(_words("rows-head", f"## {len(state.rows):,} rows, as they were brushed"))
        cells.append(_code("rows", f"brushed = found.table.iloc[{_picked(state.rows)}]\nbrushed"))
    if state.row is not None:
        cells.append(_words("row-head", f"## Row {state.row:,}, as it was selected"))
        cells.append(_code("row", f"found.explain({_literal(state.row)})"))
    cells.append(_code("anomalies", "found.anomalies"))
    return _notebook(cells)


def _opening(state: State | ComparisonState) -> dict[str, Any]:
    title = "".join(sign if sign.isprintable() else " " for sign in state.title or "The same again")
    notes = "".join(f"\n\n{_plain(note)}" for note in state.notes)
    told = "Run all cells: they load the same data and make the same result, and say so if they do"
    return _words("title", f"# {_plain(title)}\n\n{told} not.{notes}")


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def notebook_text(notebook: Mapping[str, Any]) -> str:
    """Return a notebook as the text of its file."""
    return json.dumps(notebook, indent=1, ensure_ascii=True) + "\n"


def _load_lines(state: State | ComparisonState) -> str:
    given = "".join(f", {_name(name)}={_literal(value)}" for name, value in state.load.items())
    return (
        "import workbench as wb\n\n"
        f"data = wb.load({_literal(state.source)}{given})\n"
        f"if data.fingerprint != {_literal(state.fingerprint)}:\n"
        '    print("The data differ from those of the result: so may what follows.")\n'
        "data"
    )


def _detect_lines(state: State) -> str:
    if state.model is not None:
        made = f"found = wb.open({_literal(state.model)}).score(data)"
    else:
        given = "".join(
            f", {_name(name)}={_literal(value)}" for name, value in state.detect.items()
        )
        made = f"found = wb.detect(data, {_literal(state.detector)}{given})"
    rule, params = state.threshold
    told = "".join(f", {_name(name)}={_literal(value)}" for name, value in params.items())
    return f"{made}\nfound = found.with_threshold({_literal(rule)}{told})"


def _check_lines(state: State) -> str:
    names = {
        "anomalies": "len(found.records)",
        "threshold": "found.threshold.value",
        "total": "found.scores.sum()",
    }
    return _same_lines({names[name]: value for name, value in state.expected.items()})


def _same_lines(expected: Mapping[str, float]) -> str:
    """Return lines that say whether expressions have the values that they had."""
    checks = [
        f"math.isclose({expression}, {_literal(value)}, rel_tol=1e-9, abs_tol=1e-12)"
        for expression, value in expected.items()
    ]
    joined = "\n    and ".join(checks) or "True"
    lines = [
        "import math",
        "",
        f"same = (\n    {joined}\n)",
        'print("The same result." if same else "Not the same result: see versions and data.")',
    ]
    return "\n".join(lines)


def _picked(rows: tuple[int, ...]) -> str:
    """Return rows as a slice where they follow each other, else one by one."""
    first, last = rows[0], rows[-1]
    if len(rows) == last - first + 1 and all(b - a == 1 for a, b in pairwise(rows)):
        return f"{_literal(first)}:{_literal(last + 1)}"
    return _literal(list(rows))


def _literal(value: Any) -> str:
    """Return a value as ASCII that parses back to it; a slice of literals is admitted."""
    if isinstance(value, slice):
        return f"slice({_literal(value.start)}, {_literal(value.stop)})"
    _check(value)
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f"float({str(value)!r})"
    return ascii(value)


def _check(value: Any) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key)
            _check(item)
    elif value is not None and type(value) not in (bool, int, float, str):
        raise ParameterError(
            f"A {type(value).__name__} cannot stand in a notebook: only text, numbers and lists."
        )


def _name(name: str) -> str:
    if not (isinstance(name, str) and name.isidentifier() and name.isascii()):
        raise ParameterError(f"{ascii(name)[:60]} is no name of a parameter.")
    return name


def _plain(text: str) -> str:
    """Return words that Markdown shows as they are."""
    marked = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    marked |= {sign: f"\\{sign}" for sign in "\\`*_{}[]()#!|$"}
    return "".join(marked.get(sign, sign) for sign in text)


def _words(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _code(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
