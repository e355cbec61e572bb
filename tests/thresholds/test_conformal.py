import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.errors import ParameterError
from workbench.thresholds import set_threshold
from workbench.thresholds._conformal import (
    Calibration,
    benjamini_hochberg,
    conformal_p_values,
    doubts,
    moved,
    shift_weights,
)
from workbench.thresholds.base import ScoreContext

SCORES = arrays(float, st.integers(1, 40), elements=st.floats(-100, 100))


def clean(rows: int = 500, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).exponential(size=rows)


@given(SCORES, SCORES)
def test_p_values_count_the_reference_rows_that_score_at_least_as_high(
    scores: np.ndarray, reference: np.ndarray
) -> None:
    got = conformal_p_values(scores, Calibration(reference))
    wanted = [(1 + (reference >= score).sum()) / (1 + len(reference)) for score in scores]
    np.testing.assert_allclose(got, wanted)


@given(SCORES)
def test_equal_weights_change_nothing(scores: np.ndarray) -> None:
    reference = clean(60)
    weighted = Calibration(reference, weights=np.ones(60), own_weight=1.0)
    np.testing.assert_allclose(
        conformal_p_values(scores, weighted), conformal_p_values(scores, Calibration(reference))
    )


def test_the_procedure_agrees_with_scipy() -> None:
    from scipy.stats import false_discovery_control

    rng = np.random.default_rng(1)
    for _ in range(50):
        p_values = rng.uniform(size=30) ** 3
        cut = benjamini_hochberg(p_values, 0.1)
        np.testing.assert_array_equal(p_values <= cut, false_discovery_control(p_values) <= 0.1)


@given(SCORES, st.floats(0.01, 0.5))
def test_the_threshold_flags_exactly_what_the_procedure_rejects(
    scores: np.ndarray, rate: float
) -> None:
    calibration = Calibration(np.linspace(-50, 50, 200))
    threshold = set_threshold("fdr", scores, ScoreContext(calibration=calibration), rate=rate)
    p_values = conformal_p_values(scores, calibration)
    cut = benjamini_hochberg(p_values, rate)
    np.testing.assert_array_equal(scores > threshold.value, (p_values <= cut) & (cut > 0))


def test_without_a_reference_the_rule_says_how_to_get_one() -> None:
    with pytest.raises(ParameterError, match="reference="):
        set_threshold("fdr", clean())


def test_a_clean_reference_is_doubted_as_rarely_as_its_checks_say() -> None:
    doubted = sum(bool(doubts(clean(400, seed))) for seed in range(200))
    assert doubted <= 15  # two checks at 1 %: 4 expected


@pytest.mark.parametrize("rows", [200, 1000])
def test_a_contaminated_reference_is_doubted(rows: int) -> None:
    table = np.random.default_rng(0).normal(size=(rows, 4))
    assert not any("apart" in found for found in doubts(clean(rows), table))
    table[::20] += 6.0
    assert any("anomalies, it seems" in found for found in doubts(clean(rows), table))


@pytest.mark.parametrize("draw", ["lognormal", "exponential", "uniform", "laplace"])
def test_a_long_smooth_tail_is_not_taken_for_contamination(draw: str) -> None:
    tables = [getattr(np.random.default_rng(seed), draw)(size=(300, 4)) for seed in range(30)]
    assert sum(bool(doubts(clean(300, 7), table)) for table in tables) <= 1


def test_rows_that_moved_away_from_the_reference_are_noticed_and_anomalies_are_not() -> None:
    rng = np.random.default_rng(0)
    reference, same = rng.normal(size=(400, 3)), rng.normal(size=(300, 3))
    score = lambda rows: (rows**2).sum(axis=1)  # noqa: E731
    assert moved(reference, score(reference), same, score(same)) == ""
    odd = same.copy()
    odd[:40] += 6.0
    assert moved(reference, score(reference), odd, score(odd)) == ""
    away = same + np.array([1.0, 0.0, 0.0])
    assert "unlike the reference" in moved(reference, score(reference), away, score(away))


def test_neighbours_that_score_alike_are_noticed() -> None:
    noise = np.random.default_rng(0).normal(size=600)
    alike = np.convolve(noise, np.ones(5), "valid") ** 2
    assert any("score alike" in found for found in doubts(alike))


def test_a_drifting_reference_is_noticed() -> None:
    scores = clean(600) * np.linspace(1, 3, 600)
    assert any("second half" in found for found in doubts(scores))


def test_too_few_rows_are_not_vouched_for() -> None:
    assert "too few" in doubts(clean(20))[0]


def test_a_promise_stands_beside_its_assumption_and_a_doubt_takes_it_back() -> None:
    scores = np.concatenate([clean(95, 3), np.full(5, 40.0)])
    fine = set_threshold("fdr", scores, ScoreContext(calibration=Calibration(clean())))
    assert "assuming that the reference is clean" in fine.reason
    held = Calibration(clean(), doubts=("neighbouring reference rows score alike",))
    assert "not promised" in set_threshold("fdr", scores, ScoreContext(calibration=held)).reason


def test_weights_follow_the_density_ratio() -> None:
    rng = np.random.default_rng(0)
    reference, judged = rng.normal(0, 1, (3000, 1)), rng.normal(1, 1, (3000, 1))
    level = np.zeros(3000)
    weights, own = shift_weights(reference, level, judged, level)
    true = np.exp(reference[:, 0] - 0.5)
    inside = np.abs(reference[:, 0]) < 1.5
    np.testing.assert_allclose(weights[inside], true[inside], rtol=0.35)
    assert own > np.median(weights)
