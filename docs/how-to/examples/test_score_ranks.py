"""The chart shows what the detection says."""

from __future__ import annotations

import workbench as wb
from workbench.charts import score_ranks


def test_as_many_points_are_marked_as_rows_are_odd() -> None:
    found = wb.detect("sample:breast-cancer", "ecod", contamination=0.05)
    plot = score_ranks.score_ranks(found)
    points = plot.select_one({"name": "points"}).data
    assert len(set(points["colour"])) == 2
    marked = [score for score in points["score"] if score > found.threshold.value]
    assert len(marked) == int(found.is_anomaly.sum())
