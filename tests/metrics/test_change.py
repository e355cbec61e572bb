"""The online tests for a change say what River's say, value by value, and go through JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from workbench.metrics.change import Adwin, PageHinkley


def levels(seed: int) -> np.ndarray:
    """Return 3,000 values in [0, 1] whose level changes now and then."""
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.uniform(0.1, 0.9, 6), 500)
    return np.clip(level + rng.normal(0.0, rng.uniform(0.01, 0.3), 3_000), 0.0, 1.0)


def theirs(test: Any, values: np.ndarray) -> list[int]:
    found = []
    for place, value in enumerate(values):
        test.update(value)
        if test.drift_detected:
            found.append(place)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_page_hinkley_finds_what_rivers_finds(seed: int) -> None:
    drift = pytest.importorskip("river.drift")
    slack, threshold = [(0.005, 5.0), (0.05, 2.0)][seed % 2]
    fading = [1.0, 0.9999][seed % 2]
    ours = PageHinkley(slack, threshold, fading=fading)
    peer = drift.PageHinkley(delta=slack, threshold=threshold, alpha=fading)
    found = [place for place, value in enumerate(levels(seed)) if ours.update(value)]
    assert found
    assert found == theirs(peer, levels(seed))


def test_quiet_rows_stay_quiet_however_many_there_are() -> None:
    test, values = (
        PageHinkley(slack=0.5, threshold=50.0),
        np.random.default_rng(0).normal(size=60_000),
    )
    assert not any(test.update(value) for value in values.tolist())


@pytest.mark.parametrize("seed", range(8))
def test_adwin_keeps_what_rivers_keeps(seed: int) -> None:
    """River's begins anew after a change; ours goes on with what is left, so it is begun anew."""
    drift = pytest.importorskip("river.drift")
    delta = [0.002, 0.1][seed % 2]
    ours, peer, found = Adwin(delta), drift.ADWIN(delta=delta), 0
    for value in levels(seed):
        peer.update(value)
        assert ours.update(value) == peer.drift_detected
        assert ours.state()["width"] == peer.width
        assert ours.mean == pytest.approx(peer.estimation, rel=1e-9)
        if peer.drift_detected:
            ours, found = Adwin(delta), found + 1
    assert found


@pytest.mark.parametrize("kind", [Adwin, PageHinkley])
def test_a_state_that_went_through_json_goes_on_bit_for_bit(kind: Any) -> None:
    values = levels(3)
    whole, part = kind(), kind()
    for value in values[:1_234]:
        whole.update(value)
        part.update(value)
    again = kind()
    again.restore(json.loads(json.dumps(part.state(), allow_nan=False)))
    assert [whole.update(v) for v in values[1_234:]] == [again.update(v) for v in values[1_234:]]
    assert json.dumps(whole.state()) == json.dumps(again.state())


def test_a_window_that_never_changes_takes_few_numbers() -> None:
    test = Adwin()
    for _ in range(20_000):
        assert not test.update(0.5)
    assert test.state()["width"] == 20_000
    assert sum(map(len, test.state()["rows"])) < 100
