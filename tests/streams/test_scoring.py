"""Scores as records come: the same however they are cut, and the same after a restart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.points import Points
from workbench.detectors import DETECTORS
from workbench.streams.event_time import SECOND
from workbench.streams.judging import Judging
from workbench.streams.keeping import pack, unpack
from workbench.streams.kept_points import from_bytes, join, to_bytes
from workbench.streams.records import Records
from workbench.streams.scoring import Scorer


def made(**judging: Any) -> Scorer:
    usual: dict[str, Any] = {"newest": 300, "least": 50}
    return Scorer(("flow", "heat"), DETECTORS.get("ewma").create, Judging(**usual | judging))


def records(rows: int = 1_500, seed: int = 0, entities: int = 1) -> Records:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, 2))
    values[rows - 100] = 12.0
    values[40, 0] = np.nan
    names = np.array([f"pump {one}" for one in range(entities)], dtype=object)
    entity = names[np.arange(rows) % entities]
    key = np.full(rows, "", dtype=object)
    return Records(np.arange(rows) * SECOND, entity, key, values)


def same(one: Points, other: Points) -> None:
    for name in ("time", "values", "score", "p_value", "severity", "anomalous", "low", "high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_allclose(one.parts, other.parts)
    assert one.entity.tolist() == other.entity.tolist()


def test_a_spike_is_anomalous_and_says_what_was_expected() -> None:
    points = made(rule="tail", rate=1e-3).step(records())
    spike = len(points) - 100
    assert points.anomalous[spike]
    assert points.severity[spike] >= 25
    assert points.high[spike].max() < 12.0
    assert points.parts[spike].sum() == pytest.approx(points.score[spike])
    assert points.anomalous.sum() < 20


def test_nothing_is_told_while_the_detector_warms_up() -> None:
    scorer = made()
    points = scorer.step(records(60))
    warm = DETECTORS.get("ewma").create().warm_up
    assert np.isnan(points.score[:warm]).all()
    assert not points.anomalous.any()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 1_499), max_size=5),
    st.sampled_from(["tail", "p_value", "fdr", "score"]),
    st.sampled_from([1, 3]),
)
def test_how_records_are_cut_and_a_restart_between_change_nothing(
    cuts: list[int], rule: str, entities: int
) -> None:
    come = records(entities=entities)
    options = {"rule": rule, "score": 0.9} if rule == "score" else {"rule": rule}
    whole = made(**options).step(come)
    scorer, parts = made(**options), []
    edges = [0, *sorted(set(cuts)), len(come)]
    for start, end in zip(edges, edges[1:], strict=False):
        parts.append(scorer.step(come.take(slice(start, end))))
        again = made(**options)
        again.restore(unpack(pack(scorer.state())))
        scorer = again
    same(whole, join([part for part in parts if len(part)]))


def test_points_come_back_from_bytes_as_they_were() -> None:
    points = made().step(records())
    back = from_bytes(to_bytes(points))
    assert back.features == points.features
    assert back.start == points.start
    np.testing.assert_array_equal(back.score, points.score)
    np.testing.assert_array_equal(back.anomalous, points.anomalous)
    np.testing.assert_allclose(back.low, points.low, rtol=1e-6)
    assert from_bytes(to_bytes(made().step(Records.none(2)))).features == points.features
