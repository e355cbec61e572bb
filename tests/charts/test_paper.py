"""Drawings for paper: no script, no foreign markup, thin at a million rows, true to the data."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.charts._bars_paper import columns_paper, scores_paper, shares_paper
from workbench.charts._lanes_paper import detectors_paper, lanes_paper
from workbench.charts._paper import severity_bar, ticks_of
from workbench.charts._series_paper import line_paper, series_paper
from workbench.core.wording import axis_of

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture(scope="module")
def found(wave: pd.DataFrame) -> wb.Detection:
    data = wb.load(wave, time="timestamp", label="is_anomaly", name="wave.csv")
    return wb.detect(data, "seasonal_residual")


def test_lanes_and_series_are_well_formed_and_name_what_they_show(found: wb.Detection) -> None:
    for markup in (lanes_paper(found, found.lanes()), series_paper(found, "flow")):
        tree = ET.fromstring(markup)
        told = tree.find("div").attrib["aria-label"]  # type: ignore[union-attr]
        assert "flow" in told
        assert "01 Jan" in markup
        assert "21 Jan" in markup


def test_a_part_of_a_series_can_be_looked_at_closely(found: wb.Detection) -> None:
    markup = series_paper(found, "flow", found.order[380:420], "around it")
    ET.fromstring(markup)
    assert "around it" in markup
    assert "flow over 40 rows" in markup
    assert "16 Jan 20:00" in markup


def test_entities_share_one_axis_of_time(wave: pd.DataFrame) -> None:
    both = pd.concat([wave.assign(pump=HOSTILE), wave.assign(pump="b", flow=wave["flow"] * 2)])
    data = wb.load(both, time="timestamp", entity="pump", exclude="is_anomaly")
    found = wb.detect(data, "seasonal_residual")
    markup = lanes_paper(found, found.lanes())
    ET.fromstring(markup)
    assert "<script" not in markup
    assert "overall, then by entity" in markup


def test_taller_is_worse_so_that_colour_does_not_speak_alone() -> None:
    tall = [
        float(re.search(r'height="([\d.]+)"', severity_bar(0, 5, severity, 18))[1])  # type: ignore[index]
        for severity in (90, 60, 30, 10)
    ]
    assert tall == sorted(tall, reverse=True)
    assert len(set(tall)) == 4


def test_a_spike_among_a_million_points_stays_and_the_line_is_thin() -> None:
    line = np.zeros(1_000_000)
    line[654_321] = 7.0
    path, low, high = line_paper(np.arange(1e6), line, 0.0, 1e6 - 1)
    assert (low, high) == (0.0, 7.0)
    assert len(path) < 40_000
    assert re.search(r"[LM]654\.3 4\.0", path)


def test_gaps_stay_gaps() -> None:
    line = np.array([1.0, 2.0, np.nan, 2.0, 1.0])
    path, _, _ = line_paper(np.arange(5.0), line, 0.0, 4.0)
    assert path.count("M") == 2


@pytest.mark.parametrize("scores", [[], [1.0], [2.0, 2.0], [np.nan], [0.0, 1e300]])
def test_any_scores_can_be_drawn(scores: list[float]) -> None:
    markup = scores_paper(np.array(scores), 1.5)
    assert "nan" not in markup
    if markup:
        ET.fromstring(markup)


def test_foreign_words_are_shown_and_never_run() -> None:
    bars = shares_paper([(HOSTILE, 1.0, HOSTILE), ("b", -0.5, "")], HOSTILE)
    columns = columns_paper([0.0, 0.0], [HOSTILE], HOSTILE, HOSTILE)
    for markup in (bars, columns):
        ET.fromstring(markup)
        assert "<script" not in markup
        assert "&lt;script&gt;" in markup


def test_ticks_are_short_and_fit_the_span() -> None:
    for length, step, first in ((3, "h", "00:00"), (90, "D", "01 Jan"), (40, "ME", "Jan 2026")):
        times = pd.Series(pd.date_range("2026-01-01", periods=length, freq=step))
        words = ticks_of(axis_of(times, length), times)
        assert words[0] == first
        assert max(map(len, words)) <= 12
    assert ticks_of(np.arange(5.0), None) == ["0", "1.33", "2.67", "4"]
    assert ticks_of(np.empty(0), None) == []


def test_detectors_share_one_axis() -> None:
    result = wb.compare("sample:breast-cancer", ["ecod", "pca"])
    markup = detectors_paper(result.detections)
    ET.fromstring(markup)
    assert "lanes: ecod, pca" in markup
