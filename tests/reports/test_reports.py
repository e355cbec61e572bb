"""The templates, run in real kernels, on a table, a series and hardly any data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from workbench.cli.schemas import read_schema
from workbench.reports.summary import Report
from workbench.reports.templates import templates

Reported = Callable[[str, str], Report]
Page = Callable[[str, str], str]

NAMES = [item.name for item in templates()]
KINDS = ("table", "series", "degenerate")
#: One kind each in the plain run; all of them with the bars.
PLAIN = {
    ("anomaly_report", "series"),
    ("data_quality_report", "table"),
    ("model_comparison_report", "table"),
    ("monitoring_report", "degenerate"),
    ("post_mortem_report", "series"),
    ("watch_report", "degenerate"),
}
BOTH = [
    pytest.param(
        name, kind, id=f"{name}-{kind}", marks=[] if (name, kind) in PLAIN else [pytest.mark.bars]
    )
    for name in NAMES
    for kind in KINDS
]


class Outline(HTMLParser):
    """Headings, and whatever would reach out of the page or run in it."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.reaching: list[str] = []
        self._level = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._level = tag if tag in ("h1", "h2", "h3") else ""
        if tag in ("script", "link", "iframe", "object", "embed", "base", "form"):
            self.reaching.append(tag)
        for name, value in attributes:
            outside = name in ("src", "href", "xlink:href", "action", "srcset")
            if name.startswith("on") or (outside and not (value or "").startswith("data:")):
                self.reaching.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._level:
            self.headings.append(f"{self._level} {data}")
        self._level = ""


@pytest.mark.parametrize(("name", "kind"), BOTH)
def test_each_template_tells_its_story_whatever_the_data(
    name: str, kind: str, reported: Reported, page_of: Page
) -> None:
    report = reported(name, kind)
    outline = Outline()
    outline.feed(page_of(name, kind))
    assert report.complete
    assert outline.headings[0].startswith("h1 ")
    assert len([line for line in outline.headings if line.startswith("h2")]) >= 4
    assert outline.reaching == []
    assert report.facts["headline"]
    assert "Traceback" not in page_of(name, kind)
    assert not re.search(r"https?://", page_of(name, kind))


@pytest.mark.parametrize(("name", "kind"), BOTH)
def test_the_summary_beside_it_is_as_published(name: str, kind: str, reported: Reported) -> None:
    report = reported(name, kind)
    assert report.summary_path.name == f"{report.path.stem}.summary.json"
    document = json.loads(report.summary_path.read_text(encoding="utf-8"))
    schema = {**read_schema("report"), "additionalProperties": False}
    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    assert document["headline"] == report.facts["headline"]
    assert document["complete"] is True


def test_an_anomaly_report_shows_the_numbers_of_the_detection(
    reported: Reported, page_of: Page
) -> None:
    report = reported("anomaly_report", "series")
    found: Any = vars(report)["about"]()
    page = page_of("anomaly_report", "series")
    assert report.facts["anomalies"] == len(found.records)
    assert report.facts["rows_flagged"] == int(found.is_anomaly.sum())
    assert report.facts["threshold"] == found.threshold.value
    assert report.facts["fingerprint"] == found.dataset.fingerprint
    assert report.facts["scored_again"] == "equal"
    assert report.facts["metrics"]["roc_auc"] == found.evaluate()["roc_auc"]
    assert found.explain(found.records[0].peak).sentence in page.replace("&#x27;", "'")
    assert found.threshold.reason in page
    assert "wb.detect(data, &#x27;seasonal_residual&#x27;" in page


def test_a_comparison_report_lists_who_could_not_work(page_of: Page) -> None:
    page = page_of("model_comparison_report", "table")
    assert "<b>discord</b>" in page
    assert "By the labels" in page


def test_a_quality_report_names_what_is_missing_and_what_is_left_out(page_of: Page) -> None:
    page = page_of("data_quality_report", "table").replace("&#x27;", "'")
    assert "Column 'load' has" in page
    assert "machine_id" in page


def test_a_monitoring_report_of_three_rows_claims_nothing(reported: Reported) -> None:
    assert reported("monitoring_report", "degenerate").facts["anomalies"] == 0


@pytest.mark.bars
def test_without_labels_no_accuracy_is_claimed(page_of: Page) -> None:
    assert "no accuracy can be claimed" in page_of("anomaly_report", "degenerate")
