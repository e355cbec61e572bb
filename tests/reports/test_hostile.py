"""500 hostile names and values execute nothing: in the schema, in a real kernel, in a report."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import ParameterError
from workbench.reports.runner import run_notebook
from workbench.reports.templates import get_template

#: What would write the canary, if any of it were run.
DEEDS = (
    "__import__('pathlib').Path({0!r}).touch()",
    "__import__('os').system('touch {0}')",
    "open({0!r}, 'w').close()",
    "exec(\"open({0!r}, 'w')\")",
    "!touch {0}",
    "%system touch {0}",
    "%%bash\ntouch {0}",
    "get_ipython().system('touch {0}')",
)
#: Ways out of a text, a line, a comment or a cell.
WAYS_OUT = (
    "{}",
    "\n{}",
    "\r{}",
    "\r\n{}",
    "\u2028{}",
    "\u2029{}",
    "\x0b{}",
    "\x0c{}",
    "\x85{}",
    "';{};'",
    '";{};"',
    "''';{};'''",
    '""";{};"""',
    "\\';{}#",
    '\\";{}#',
    "\\\n{}",
    "{{{}}}",
    "f'{{{}}}'",
    "\\N{{BULLET}}\n{}",
    "#\n{}",
    "x?\n{}",
    "\x00{}",
    "\u202e{}",
    "{{% {} %}}",
    "{{{{ {} }}}}",
    "<script>{}</script>",
    "${{{}}}",
    "`{}`",
    "$(touch {})",
    "%env A={}",
    "title = 1\n{}",
)
ODD_VALUES: tuple[Any, ...] = (
    float("nan"), float("inf"), -float("inf"), 10**400, -(10**400), 1e308, -0.0, None, b"x",
    ["x"], {"x": 1}, ("x",), {1}, object(), print, type, 1j, Ellipsis, True, "\ud800", "x" * 10**6,
)  # fmt: skip
ODD_NAMES = (
    "__import__", "__builtins__", "__class__", "os", "inputs", "title ", " title", "title\n",
    "ti tle", "title=1;x", "títle", "ｔｉｔｌｅ", "", "1", "print", "lambda", "title.x", "title[0]",
    "*title", "**title", "%title", "!title", "?title", "title#", "Title", "TITLE",
)  # fmt: skip


def hostile_values(canary: Path) -> list[str]:
    return [
        way.replace("{}", deed.format(str(canary))).replace("{{", "{").replace("}}", "}")
        for way, deed in itertools.product(WAYS_OUT, DEEDS)
    ]


def hostile_pairs(canary: Path) -> list[tuple[str, Any]]:
    values = hostile_values(canary)
    pairs: list[tuple[str, Any]] = [("title", value) for value in values]
    pairs += [(value, "x") for value in values]
    pairs += [(name, "x") for name in ODD_NAMES]
    pairs += [(name, value) for value in ODD_VALUES for name in ("title", "worst")]
    return pairs


def test_500_hostile_names_and_values_execute_nothing(tmp_path: Path) -> None:
    """What the schema lets through is run in a real kernel, one cell each, and comes out equal."""
    canary = tmp_path / "canary"
    schema = get_template("anomaly_report").schema
    pairs = hostile_pairs(canary)
    assert len(pairs) >= 500
    accepted, refused = [], 0
    for name, value in pairs:
        try:
            accepted.append(schema.validate({name: value}))
        except ParameterError as error:
            refused += 1
            assert len(str(error)) < 400
            assert str(error).isprintable()
    assert {name for values in accepted for name in values} == {"title"}
    print(f"{len(pairs)} pairs: {refused} refused, {len(accepted)} passed on as literals")
    cells = [nbformat.v4.new_code_cell("seen = []")]
    for values in accepted:
        cells += [nbformat.v4.new_code_cell(schema.cell(values) + "\nseen.append(title)")]
    cells.append(nbformat.v4.new_code_cell("import json; print(json.dumps(seen))"))
    notebook = nbformat.v4.new_notebook(cells=cells)
    for part in (notebook, *notebook.cells):
        part.metadata["papermill"] = {}
    run = run_notebook(notebook, tmp_path, seconds=120)
    assert run.failure is None
    import json

    seen = json.loads(run.notebook.cells[-1].outputs[0].text)
    assert seen == [values["title"] for values in accepted]
    assert not canary.exists()


def test_names_and_values_from_a_terminal_fare_no_better(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    schema = get_template("anomaly_report").schema
    for text in hostile_values(canary):
        for pair in (f"worst={text}", f"evaluate={text}", text, f"{text}=1"):
            with pytest.raises(ParameterError):
                schema.parse([pair])
    assert not canary.exists()


def test_hostile_titles_columns_and_cells_are_words_in_the_report(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    deed = f"<script>alert(1)</script><img src=x onerror=alert(1)>{{{{ 7*7 }}}}\n!touch {canary}"
    frame = pd.DataFrame(
        {
            deed: [1.0, 1.1, 0.9, 1.2, 1.0] * 8 + [9.0],
            "</svg><svg onload=alert(1)>": ["<b>a</b>", "&amp;", "'\"", deed, "a"] * 8 + [deed],
            "$x^2$ **bold**": range(41),
        }
    )
    data = wb.load(frame, name=f"{deed}.csv")
    made = wb.report(data, tmp_path / "odd.html", title=deed)
    page = made.path.read_text(encoding="utf-8")
    inside = page.partition("<main>")[2]
    assert "<script" not in page.lower()
    assert "<img" not in inside.lower()
    assert "<svg onload" not in inside.lower()
    assert "<b>a</b>" not in inside
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in inside
    assert "{{ 7*7 }}" in inside
    assert not canary.exists()
