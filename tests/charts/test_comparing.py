"""Charts of comparisons: who is joined to whom, whose bar is how long, and nothing is cut."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from workbench.bench._ranks import Ranking, rank_detectors
from workbench.charts._pictures import bars_picture, difference_picture, matrix_picture
from workbench.charts._theme import DARK
from workbench.charts.critical_difference import critical_difference, join_lines
from workbench.charts.detector_bars import detector_bars
from workbench.charts.rank_correlation import RAMP, ink, rank_correlation, shade


def figures(sets: int = 30) -> pd.DataFrame:
    random = np.random.default_rng(0)
    steps = {"one": 0.0, "two": 0.3, "three": 0.6, "four": 3.0}
    return pd.DataFrame({name: -step + random.normal(0, 1, sets) for name, step in steps.items()})


def test_the_diagram_lists_detectors_by_rank_and_joins_the_alike() -> None:
    ranking = rank_detectors(figures())
    plot = critical_difference(ranking, dark=True)
    ranks = plot.select_one({"name": "ranks"}).data
    assert ranks["rank"] == sorted(ranks["rank"])
    assert plot.y_range.factors[-1] == ranks["detector"][0]  # best on top
    joins = plot.select_one({"name": "joins"}).data
    assert len(joins["x"]) == len(ranking.groups) >= 1
    assert all("four" not in (joins["top"][0], joins["bottom"][0]) for _ in joins["x"])
    assert plot.title.text_color == DARK.ink


def test_joining_lines_that_overlap_get_lanes_of_their_own() -> None:
    ranks = dict(zip("abcde", [1.0, 2.0, 3.0, 4.0, 5.0], strict=True))
    chain = Ranking(ranks, 9, 0.05, 9.0, 0.01, 2.0, ())
    assert chain.groups == [("a", "b", "c"), ("b", "c", "d"), ("c", "d", "e")]
    lines = join_lines(chain)
    for place, (start, end, lane) in enumerate(lines):
        for low, high, other in lines[:place]:
            assert lane != other or high < start or end < low


def test_bars_keep_the_order_of_the_table_and_carry_intervals() -> None:
    table = pd.DataFrame(
        {"detector": ["b", "a"], "roc_auc": [0.7, 0.9], "roc_auc_low": 0.6, "roc_auc_high": 0.95}
    )
    plot = detector_bars(table, "roc_auc")
    assert plot.select_one({"name": "bars"}).data["detector"] == ["b", "a"]
    assert plot.x_range.end >= 0.95
    assert any(type(item).__name__ == "Whisker" for item in plot.center + plot.renderers)


def test_the_matrix_shows_every_pair_readably() -> None:
    correlation = figures().corr()
    plot = rank_correlation(correlation)
    cells = plot.select_one({"name": "cells"}).data
    assert len(cells["value"]) == 16
    for value in np.linspace(-1, 1, 41):
        assert shade(value) in RAMP
        assert contrast(shade(value), ink(value)) >= 4.5


def contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("names", [["a", "b"], ["knn(n_neighbors=5, method='largest')", "<x>&"]])
def test_pictures_are_well_formed_and_stay_inside(names: list[str]) -> None:
    table = pd.DataFrame(np.random.default_rng(1).random((9, 2)), columns=names)
    values = dict.fromkeys(names, 0.5)
    pictures = [
        difference_picture(rank_detectors(table)),
        bars_picture(values, dict.fromkeys(names, 0.1), "mean"),
        matrix_picture(table.corr()),
    ]
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        width = float(root.attrib["viewBox"].split()[2])
        for item in root.iter():
            for side in ("x", "x1", "x2", "cx"):
                if side in item.attrib:
                    assert -0.5 <= float(item.attrib[side]) <= width
        assert not re.search(r"<x>", picture)


def test_an_empty_error_draws_no_whisker() -> None:
    picture = bars_picture({"a": 0.5}, {"a": float("nan")}, "mean")
    assert "<line" not in picture
    assert ">nan<" not in picture
    assert '="nan"' not in picture
