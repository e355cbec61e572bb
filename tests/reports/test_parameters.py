"""What a template may be told is checked before anything runs, and passes as literals only."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.core.errors import ParameterError, UnknownName
from workbench.reports.parameters import Schema, literal, read_schema_of
from workbench.reports.templates import get_template, template_for, templates

CELL = """inputs: str = ""  # set by us
title: str = "Week"  # heading
worst: int = 10  # listed, from 1 to 20
share: float = 0.5  # part, from 0.1 to 0.9
loud: bool = False  # say it"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read_schema_of("sample", CELL)


def test_each_line_of_the_cell_is_a_parameter_with_type_range_and_meaning(schema: Schema) -> None:
    worst = schema["worst"]
    assert (worst.kind, worst.default, worst.low, worst.high) == ("int", 10, 1, 20)
    assert schema["title"].meaning == "heading"
    assert schema.open_names == ["title", "worst", "share", "loud"]


@pytest.mark.parametrize(
    "line",
    [
        "worst = 10",
        "worst: list = []",
        "worst: int = 1 + 1",
        "import os",
        "worst: int = __import__('os').getpid()",
        "worst: int = (\n1)",
        "worst: int = 'ten'",
        "worst: int = 30  # listed, from 1 to 20",
    ],
)
def test_a_cell_that_is_more_than_names_types_and_literals_is_refused(line: str) -> None:
    with pytest.raises((ParameterError, ValueError)):
        read_schema_of("sample", line)


def test_values_of_their_type_and_range_are_taken(schema: Schema) -> None:
    given_ = {"title": "a\nb", "worst": 20, "share": 0.25, "loud": True}
    assert schema.validate(given_) == given_
    taken = schema.validate({"share": 0.1})["share"]
    assert isinstance(taken, float)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("worst", 21),
        ("worst", 10**400),
        ("worst", True),
        ("worst", 3.0),
        ("worst", "3"),
        ("share", math.nan),
        ("share", math.inf),
        ("share", None),
        ("loud", 1),
        ("title", b"bytes"),
        ("title", ["list"]),
        ("title", "x" * 301),
        ("title", "\ud800"),
    ],
)
def test_values_of_another_type_or_beyond_the_range_are_refused(
    schema: Schema, name: str, value: Any
) -> None:
    with pytest.raises(ParameterError, match=name):
        schema.validate({name: value})


def test_a_mistyped_name_gets_a_proposal_and_the_reserved_one_is_not_ours_to_set(
    schema: Schema,
) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'worst'"):
        schema.validate({"worts": 3})
    with pytest.raises(ParameterError, match="no parameter 'inputs'"):
        schema.validate({"inputs": "/elsewhere"})


def test_terminal_text_is_read_by_the_type_of_the_parameter(schema: Schema) -> None:
    told = schema.parse(["title=2026", "worst=7", "share=0.2", "loud=TRUE"])
    assert told == {"title": "2026", "worst": 7, "share": 0.2, "loud": True}
    for pair in ("worst=7.5", "worst=0x10", "loud=maybe", "share=nan", "worst=1_0", "worst"):
        with pytest.raises(ParameterError):
            schema.parse([pair])


@settings(max_examples=300, deadline=None)
@given(some.one_of(some.text(), some.integers(), some.floats(allow_nan=False), some.booleans()))
def test_a_literal_is_one_line_of_ascii_that_parses_back(value: Any) -> None:
    shown = literal(value)
    assert shown.isascii()
    assert len(shown.splitlines()) == 1
    if not (isinstance(value, float) and math.isinf(value)):
        assert ast.literal_eval(shown) == value


@settings(max_examples=200, deadline=None)
@given(title=some.text(max_size=60), worst=some.integers(1, 20))
def test_the_cell_holds_assignments_of_constants_and_nothing_else(title: str, worst: int) -> None:
    schema = read_schema_of("sample", CELL)
    try:
        values = schema.validate({"title": title, "worst": worst})
    except ParameterError:
        return
    body = ast.parse(schema.cell(values)).body
    assert [type(statement) for statement in body] == [ast.Assign, ast.Assign]
    assert all(isinstance(statement.value, ast.Constant) for statement in body)  # type: ignore[attr-defined]


def test_every_template_says_what_it_is_about_and_what_it_may_be_told() -> None:
    names = [item.name for item in templates()]
    assert names == [
        "anomaly_report",
        "data_quality_report",
        "model_comparison_report",
        "monitoring_report",
        "post_mortem_report",
        "watch_report",
    ]
    for item in templates():
        assert item.about.endswith(".")
        assert "title" in item.schema.open_names
        assert all(parameter.meaning for parameter in item.schema.parameters)


def test_the_template_that_fits_is_taken_and_one_that_does_not_is_refused() -> None:
    assert template_for("dataset", None).name == "data_quality_report"
    assert template_for("detection", "data_quality").name == "data_quality_report"
    with pytest.raises(ParameterError, match="Take 'data_quality_report'"):
        template_for("dataset", "anomaly_report")
    with pytest.raises(UnknownName, match="Did you mean 'anomaly_report'"):
        get_template("anomly_report")
