"""The page: static views are kept, scripts and widgets are not, and a missed escape is harmless."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from workbench.reports.html import render_html
from workbench.reports.pieces import FACTS, Piece, cards, fold, join, paragraph, table
from workbench.reports.runner import Failure, Run
from workbench.reports.summary import facts_of

WIDGET = "application/vnd.jupyter.widget-view+json"


def page(*outputs: Any, failure: Failure | None = None, words: str = "## Part") -> str:
    cells = [
        nbformat.v4.new_markdown_cell(words),
        nbformat.v4.new_code_cell("secret_line()", outputs=list(outputs)),
        nbformat.v4.new_markdown_cell("## After"),
    ]
    run = Run(nbformat.v4.new_notebook(cells=cells), (), failure, 1.0)
    return render_html(run, template="sample", title="T <1>")


def shown(**data: Any) -> Any:
    names = {"html": "text/html", "plain": "text/plain", "script": "application/javascript"}
    bundle = {names.get(name, name): item for name, item in data.items()}
    return nbformat.v4.new_output("execute_result", bundle)


def test_the_static_view_of_a_widget_is_kept() -> None:
    bundle = {WIDGET: {"model_id": "1"}, "script": "run()", "html": "<b>still</b>", "plain": "text"}
    text = page(shown(**bundle))
    assert "<b>still</b>" in text
    assert "model_id" not in text
    assert "run()" not in text


def test_what_is_only_a_script_is_left_out_and_plain_text_is_escaped() -> None:
    assert "run()" not in page(shown(script="run()"))
    assert '<pre tabindex="0">&lt;b&gt;</pre>' in page(shown(plain="<b>"))


def test_code_and_what_libraries_mutter_are_for_those_who_open_the_notebook() -> None:
    muttered = nbformat.v4.new_output("stream", name="stderr", text="FutureWarning: x")
    text = page(muttered)
    assert "FutureWarning" not in text
    assert "secret_line" not in text
    assert "<h2>Part</h2>" in text


def test_the_head_forbids_scripts_and_requests_and_names_no_other_host() -> None:
    text = page(words="## <script>alert(1)</script>")
    assert "default-src 'none'" in text
    assert "<title>T &lt;1&gt;</title>" in text
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "¶" not in text


def test_a_report_that_stopped_shows_nothing_of_what_would_have_followed() -> None:
    text = page(failure=Failure(1, 1, "Part", "ValueError", "<no>"))
    assert "&lt;no&gt;" in text
    assert "After" not in text


def test_pieces_say_the_same_in_markup_words_and_facts() -> None:
    whole = join(
        [
            paragraph("a < b", "lead"),
            Piece("", ""),
            cards([("Rows", "3", "<all>")]),
            fold("More", table(["x", "y"], [["<1>", "2"]], [1], "Numbers")),
            Piece("<p>1</p>", "one", {"one": 1}),
        ]
    )
    assert '<p class="lead">a &lt; b</p>' in whole.markup
    assert "&lt;all&gt;" in whole.markup
    assert '<td class="number">2</td>' in whole.markup
    assert whole.words == "a < b\nRows: 3 <all>\nMore\nx | y\n<1> | 2\none"
    bundle = whole._repr_mimebundle_()
    assert bundle["text/plain"] == repr(whole)
    assert bundle[FACTS] == {"one": 1}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("", outputs=[shown(**bundle)])]
    )
    assert facts_of(notebook) == {"one": 1}


@pytest.mark.parametrize("kind", ["", "quiet"])
def test_an_empty_paragraph_has_no_class_it_was_not_given(kind: str) -> None:
    assert ("class" in paragraph("x", kind).markup) == bool(kind)
