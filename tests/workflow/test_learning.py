"""Learning from labels: rankings get better, thresholds follow the costs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError, ParameterError
from workbench.metrics.points import average_precision


def table(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Anomalies that only one inconspicuous column betrays, among noisy others."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(3, size=(600, 6))
    odd = np.arange(600) % 12 == 0
    rows[odd, 4] = 1.6 + 0.1 * rng.normal(size=odd.sum())
    return pd.DataFrame(rows, columns=list("abcdef")), odd


def some_labels(odd: np.ndarray, share: float = 0.5) -> np.ndarray:
    known = np.random.default_rng(1).random(len(odd)) < share
    return np.where(known, odd.astype(float), np.nan)


def test_labels_of_half_of_the_rows_make_the_other_half_rank_better() -> None:
    frame, odd = table()
    labels = some_labels(odd)
    found = wb.detect(frame, "ecod")
    learned = wb.learn(found, labels)
    rest = np.isnan(labels)
    before = average_precision(odd[rest].astype(float), found.scores.to_numpy()[rest])
    after = average_precision(odd[rest].astype(float), learned.scores.to_numpy()[rest])
    assert after > before + 0.3
    assert "labels of" in learned.reason


def test_labels_that_say_nothing_do_little_harm() -> None:
    frame, odd = table()
    frame.loc[odd, "a"] += 12.0
    drawn = np.random.default_rng(2).random(600)
    random = np.where(drawn < 0.05, 1.0, np.where(drawn < 0.3, 0.0, np.nan))
    random[odd] = np.nan
    found = wb.detect(frame, "ecod")
    before = average_precision(odd.astype(float), found.scores.to_numpy())
    after = average_precision(odd.astype(float), wb.learn(found, random).scores.to_numpy())
    assert after > before - 0.02


def test_labels_can_be_said_in_words_for_a_few_rows() -> None:
    frame, odd = table()
    said = {int(row): "anomaly" for row in np.flatnonzero(odd)[:20]}
    said |= {int(row): "normal" for row in np.flatnonzero(~odd)[:60]}
    learned = wb.learn(wb.detect(frame, "ecod"), said)
    assert "labels of 80 rows, 20 of them anomalies" in learned.reason


def test_dear_misses_lower_the_threshold() -> None:
    frame, odd = table()
    found, labels = wb.detect(frame, "ecod"), some_labels(odd, 0.2)
    cautious = wb.learn(found, labels, miss=100.0)
    bold = wb.learn(found, labels, miss=0.01)
    assert cautious.is_anomaly.sum() > bold.is_anomaly.sum()
    assert "least cost" in cautious.threshold.reason


def test_a_learned_model_scores_new_rows_and_survives_its_file(tmp_path: Path) -> None:
    frame, odd = table()
    learned = wb.learn(wb.detect(frame, "ecod"), some_labels(odd))
    wb.save(learned, tmp_path / "learned.wb")
    again = wb.open(tmp_path / "learned.wb").score(frame)
    np.testing.assert_allclose(again.scores, learned.scores, rtol=0, atol=1e-12)
    answer = learned.explain()
    total = answer.base + sum(part.contribution for part in answer.contributions)
    assert total == pytest.approx(answer.score, rel=1e-6)


def test_a_series_learns_too() -> None:
    data = wb.load("sample:pump")
    labels = data.frame[data.label].astype(float).to_numpy().copy()
    labels[6000:] = np.nan
    found = wb.detect(data, "seasonal_residual")
    learned = wb.learn(found, labels)
    assert learned.detector == "stacked"
    assert len(learned) == len(data)


@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        ({}, DataError, "labels of both kinds"),
        ({3: "anomaly"}, DataError, "labels of both kinds"),
        ([1, 0], ParameterError, "2 labels for 600 rows"),
        ({9999: "anomaly", 1: "normal"}, ParameterError, "no row 9999"),
    ],
)
def test_labels_that_cannot_teach_are_refused(
    labels: object, error: type[Exception], words: str
) -> None:
    frame, _ = table()
    with pytest.raises(error, match=words):
        wb.learn(wb.detect(frame, "ecod"), labels)
