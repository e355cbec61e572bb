"""What every online detector promises: one pass, any cut into batches, a state that can be kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError, ModelError, NotFitted, ParameterError
from workbench.detectors import DETECTORS
from workbench.detectors._online import OnlineDetector
from workbench.detectors._state import pack, unpack

#: Small windows, so that a few hundred rows turn them over.
SMALL: dict[str, dict[str, Any]] = {
    "ewma": {"season": 7, "half_life": 20.0},
    "half_space_trees": {"window": 40, "n_trees": 5, "depth": 5},
    "online_loda": {"window": 40, "n_random_cuts": 20},
    "robust_random_cut_forest": {"n_trees": 4, "tree_size": 16, "memory": 60},
    "sliding": {"detector": "ecod", "window": 50, "every": 20},
    "spot": {"start": 40, "depth": 5, "patience": 6, "risk": 1e-3},
}
NAMES = [name for name in DETECTORS.names() if DETECTORS.get(name).tags.online]


def stream(rows: int = 300, columns: int = 2, seed: int = 0) -> np.ndarray:
    """Noise with ties, a few spikes, and a new level for the last third."""
    random = np.random.default_rng(seed)
    values = np.round(random.normal(size=(rows, columns)), 2)
    values[rows // 4 :: rows // 4] += 9.0
    values[-rows // 3 :] += 20.0
    return values


def small(name: str) -> OnlineDetector:
    made = DETECTORS.get(name).create(**SMALL[name])
    assert isinstance(made, OnlineDetector)
    return made


def same_state(first: OnlineDetector, second: OnlineDetector) -> None:
    ours, theirs = first.state(), second.state()
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        np.testing.assert_array_equal(value, theirs[key], err_msg=key)


def test_every_online_detector_is_looked_at() -> None:
    assert sorted(SMALL) == NAMES


@pytest.mark.parametrize("name", NAMES)
@given(cuts=st.lists(st.integers(0, 300), max_size=12), seed=st.integers(0, 3))
@settings(max_examples=25)
def test_how_the_stream_is_cut_changes_neither_scores_nor_state(
    name: str, cuts: list[int], seed: int
) -> None:
    values = stream(seed=seed)
    whole, cut = small(name), small(name)
    scores = whole.score_learn(values)
    found = [cut.score_learn(part) for part in np.split(values, sorted(cuts))]
    np.testing.assert_allclose(np.concatenate(found), scores, rtol=1e-12, atol=1e-12)
    same_state(whole, cut)


@pytest.mark.parametrize("name", NAMES)
def test_each_row_is_scored_before_it_is_learned(name: str) -> None:
    values = stream(120)
    one_by_one, at_once = small(name), small(name)
    one_by_one.fit_partial(values[:60])
    found = []
    for row in values[60:]:
        found.append(one_by_one.score_one(row))
        one_by_one.fit_partial(row[None, :])
    at_once.fit_partial(values[:60])
    np.testing.assert_allclose(at_once.score_learn(values[60:]), found, rtol=1e-12, atol=1e-12)
    same_state(one_by_one, at_once)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kept_after", [1, 45, 211])
def test_a_restored_detector_goes_on_bit_for_bit(name: str, kept_after: int) -> None:
    values = stream()
    detector = small(name).fit_partial(values[:kept_after])
    again = type(detector).restore(unpack(pack(detector.state())))
    assert again.get_params() == detector.get_params()
    np.testing.assert_array_equal(
        again.score_learn(values[kept_after:]), detector.score_learn(values[kept_after:])
    )
    same_state(again, detector)


@pytest.mark.parametrize("name", NAMES)
def test_memory_does_not_grow_with_the_stream(name: str) -> None:
    detector = small(name).fit_partial(stream(50))
    size = {key: np.asarray(value).nbytes for key, value in detector.state().items()}
    detector.fit_partial(stream(3_000))
    later = {key: np.asarray(value).nbytes for key, value in detector.state().items()}
    assert later == size


@pytest.mark.parametrize("name", NAMES)
def test_fitting_forgets_what_was_learned_before(name: str) -> None:
    values = stream()
    again = small(name).fit_partial(values * 7.0).fit(values)
    same_state(again, small(name).fit_partial(values))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_that_cannot_be_used_is_refused_and_nothing_is_learned(name: str) -> None:
    values = stream(100)
    detector, untouched = small(name).fit_partial(values), small(name).fit_partial(values)
    broken = values[:20].copy()
    broken[13, 1] = np.nan
    with pytest.raises(DataError, match="Row 13, column 1"):
        detector.score_learn(broken)
    with pytest.raises(DataError, match="2 columns"):
        detector.fit_partial(values[:, :1])
    same_state(detector, untouched)


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_finite_from_the_first_row_on_whatever_comes(name: str) -> None:
    random = np.random.default_rng(1)
    hard = np.vstack([
        np.zeros((90, 2)), np.full((90, 2), 1e150), np.full((90, 2), -1e150),
        random.normal(size=(90, 2)) * 10.0 ** random.integers(-150, 150, (90, 2)),
        np.full((90, 2), 5e-324), np.ones((90, 2)),
    ])  # fmt: skip
    detector = small(name)
    assert np.isfinite(detector.score_learn(hard)).all()
    assert np.isfinite(detector.score_batch(hard)).all()
    for rows in (hard, stream()):
        fresh = small(name)
        assert np.isfinite([fresh.score_learn(row[None, :])[0] for row in rows]).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_spike_scores_highest_once_it_is_warm(name: str) -> None:
    values = np.random.default_rng(2).normal(size=(900, 3))
    values[700] = 12.0
    detector = DETECTORS.get(name).create()
    assert isinstance(detector, OnlineDetector)
    scores = detector.score_learn(values)
    assert 0 < detector.warm_up <= 300
    assert detector.warm_up + int(scores[detector.warm_up :].argmax()) == 700


@pytest.mark.parametrize("name", NAMES)
def test_parts_of_a_row_add_up_to_its_score_and_name_the_culprit(name: str) -> None:
    values = np.random.default_rng(3).normal(size=(300, 3))
    detector = small(name).fit_partial(values)
    answer = detector.parts([0.1, 0.1, 30.0])
    if answer is None:
        assert name in {"half_space_trees", "online_loda"}
        return
    base, parts = answer
    assert base + parts.sum() == pytest.approx(detector.score_one([0.1, 0.1, 30.0]))
    assert int(parts.argmax()) == 2


@pytest.mark.parametrize("name", ["ewma", "spot"])
def test_what_lies_in_the_expected_range_scores_below_its_edge(name: str) -> None:
    detector = small(name).fit_partial(stream(100)[:60])
    known = detector.expected_next()
    assert known is not None
    low, high = known
    assert (low < high).all()
    edge = detector.score_one(high)
    assert detector.score_one(low) == pytest.approx(edge, rel=1e-6)
    assert detector.score_one((low + high) / 2) < edge < detector.score_one(high + 1.0)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_told_before_a_row_was_seen(name: str) -> None:
    detector = small(name)
    assert detector.expected_next() is None
    with pytest.raises(NotFitted, match="learned nothing"):
        detector.state()
    with pytest.raises(NotFitted):
        detector.score_one([0.0, 0.0])


@pytest.mark.parametrize("name", NAMES)
def test_a_state_that_is_not_its_own_is_refused(name: str) -> None:
    kind = type(small(name))
    kept = small(name).fit_partial(stream(120)).state()
    key = max((k for k, v in kept.items() if isinstance(v, np.ndarray)), key=str)
    array = kept[key]
    assert isinstance(array, np.ndarray)
    for change in (
        {"detector": "other"}, {"version": 99}, {"params": "{"}, {"params": '{"nonsense": 1}'},
        {"n_features_": 3}, {"n_features_": 0}, {"rows_seen_": -1}, {"more_": np.zeros(2)},
        {key: np.concatenate([array, array])}, {key: array.astype("float32")}, {key: "text"},
    ):  # fmt: skip
        with pytest.raises(ModelError):
            kind.restore({**kept, **change})  # type: ignore[dict-item]
    with pytest.raises(ModelError):
        kind.restore({k: v for k, v in kept.items() if k != key})


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("ewma", {"half_life": 0.0}), ("ewma", {"season": 0}), ("ewma", {"season": 2.5}),
        ("spot", {"risk": 0.0}), ("spot", {"level": 1.0}), ("spot", {"depth": -1}),
        ("half_space_trees", {"depth": 40}), ("half_space_trees", {"window": 1}),
        ("online_loda", {"n_bins": 1}),
        ("robust_random_cut_forest", {"tree_size": 1}), ("sliding", {"every": 1}),
        ("sliding", {"detector": "ewma"}), ("sliding", {"detector": "discord"}),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_work_is_said_at_the_first_row(
    name: str, params: dict[str, Any]
) -> None:
    detector = DETECTORS.get(name).create(**params)
    assert isinstance(detector, OnlineDetector)
    with pytest.raises(ParameterError):
        detector.fit_partial(np.zeros((1, 2)))
