"""What scores mean: severities that follow them, and probabilities that were seen to hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import workbench as wb
from workbench.core.severity import PUBLIC_SERIES, PUBLIC_TABLES, SeverityScale, learn_chances

FINITE = st.floats(-1e6, 1e6)


def test_the_threshold_is_severity_25_and_further_out_is_worse() -> None:
    severities = SeverityScale(1.0).severities(np.array([1.0, 3.0, 5.0, 7.0, 21.0]), 3.0)
    assert severities[0] == 0.0
    assert severities[1] == pytest.approx(25.0)
    assert severities[2] == pytest.approx(62.5)
    assert severities[3] == pytest.approx(75.0)
    assert severities[4] == pytest.approx(92.5)


@given(arrays(float, st.integers(1, 30), elements=FINITE), FINITE, FINITE)
def test_severities_lie_in_0_to_100_and_follow_the_scores(
    scores: np.ndarray, centre: float, threshold: float
) -> None:
    severities = SeverityScale(centre).severities(np.sort(scores), threshold)
    assert np.isfinite(severities).all()
    assert ((severities >= 0) & (severities <= 100)).all()
    assert (np.diff(severities) >= -1e-9).all()


@given(arrays(float, st.integers(1, 30), elements=FINITE), FINITE, FINITE)
def test_probabilities_lie_in_0_to_1_and_follow_the_scores(
    scores: np.ndarray, centre: float, threshold: float
) -> None:
    chances = SeverityScale(centre).chances(np.sort(scores), threshold)
    assert ((chances > 0.0) & (chances < 1.0)).all()
    assert (np.diff(chances) >= 0.0).all()


@given(arrays(float, st.integers(1, 60), elements=st.floats(-3.0, 10.0)), st.integers(0, 99))
def test_a_learned_curve_rises_and_is_never_certain(distance: np.ndarray, seed: int) -> None:
    labels = np.random.default_rng(seed).random(len(distance)) < 0.5
    for prior in (None, SeverityScale(0.0)):
        at, chance = np.array(learn_chances(distance, labels, prior=prior)).T
        assert (np.diff(at) > 0.0).all()
        assert (np.diff(chance) >= 0.0).all()
        assert 0.0 < chance[0] <= chance[-1] < 1.0


def test_few_labels_move_the_public_curve_a_little_and_many_replace_it() -> None:
    prior = SeverityScale(0.0)
    usual = float(prior.chances_at(np.array([2.0]))[0])

    def learned(rows: int) -> float:
        curve = learn_chances(np.full(rows, 2.0), np.ones(rows), prior=prior)
        return float(SeverityScale(0.0, curve).chances_at(np.array([2.0]))[0])

    assert usual < learned(1) < learned(200)
    assert learned(200) > 0.95


@pytest.mark.parametrize("curve", [PUBLIC_TABLES, PUBLIC_SERIES])
def test_the_public_curves_say_that_far_rows_are_likelier_odd(
    curve: tuple[tuple[float, float], ...],
) -> None:
    scale = SeverityScale(0.0, curve)
    below, beyond = scale.chances_at(np.array([-0.9, 3.0]))
    assert below < 0.15
    assert beyond > 0.3


def test_a_calibrated_probability_holds_on_rows_that_were_not_labelled() -> None:
    found = wb.detect("sample:breast-cancer", "ecod")
    truth = found.dataset.frame["is_anomaly"].astype(float)
    known = truth.where(np.arange(len(truth)) % 2 == 0)
    learned = wb.learn(found, known)
    assert learned.scale.source == f"{int(known.notna().sum())} labelled rows"
    unseen = known.isna().to_numpy()

    def brier(chance: np.ndarray) -> float:
        return float(((chance - truth) ** 2)[unseen].mean())

    assert brier(learned.probability.to_numpy()) < 0.7 * brier(np.full(len(truth), truth.mean()))


def test_an_explanation_says_how_probable_and_where_that_was_learned() -> None:
    why = wb.detect("sample:breast-cancer", "ecod").explain()
    assert why.odds == (
        f"Of rows at this severity about {100 * why.probability:.0f} % were anomalies in public "
        "labelled data."
    )
