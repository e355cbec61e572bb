"""The promise of ``fdr``, from data to flagged rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import ParameterError


def table(seed: int, odd: int = 30) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """300 clean reference rows, then 200 rows of which the last ``odd`` are anomalies."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(500, 3))
    rows[500 - odd :] += 6.0
    return (
        pd.DataFrame(rows, columns=list("abc")),
        np.arange(500) < 300,
        np.arange(500) >= 500 - odd,
    )


@pytest.mark.parametrize("calibration", ["split", "cross"])
def test_few_flagged_rows_are_false_and_most_anomalies_are_found(calibration: str) -> None:
    shares, found_shares = [], []
    for seed in range(8):
        frame, reference, odd = table(seed)
        found = wb.detect(frame, "pca", reference=reference, fdr=0.1, calibration=calibration)
        flags = found.is_anomaly.to_numpy() & ~reference
        shares.append((flags & ~odd).sum() / max(1, flags.sum()))
        found_shares.append(flags[odd].mean())
    assert np.mean(shares) < 0.15
    assert np.mean(found_shares) > 0.9


def test_the_promise_is_made_beside_its_assumption() -> None:
    frame, reference, _ = table(0)
    found = wb.detect(frame, "pca", reference=reference, fdr=0.1)
    assert "at most 10 % of the flagged rows outside the reference" in found.threshold.reason
    assert "clean and exchangeable" in found.threshold.reason


def test_without_a_named_reference_nothing_is_promised() -> None:
    frame, _, _ = table(0)
    found = wb.detect(frame, "pca", fdr=0.1)
    assert "not promised: no reference was named" in found.threshold.reason


def test_a_contaminated_reference_takes_the_promise_back() -> None:
    frame, reference, _ = table(0)
    frame.iloc[:300:20] += 6.0
    found = wb.detect(frame, "knn", reference=reference, fdr=0.1)
    assert "anomalies, it seems" in found.threshold.reason


def test_a_series_whose_windows_overlap_takes_the_promise_back() -> None:
    times = pd.date_range("2026-01-01", periods=600, freq="h")
    values = np.sin(np.arange(600) / 5) + 0.1 * np.random.default_rng(0).normal(size=600)
    data = wb.load(pd.DataFrame({"t": times, "x": values}), time="t")
    found = wb.detect(data, "pca", reference=slice(0, 400), fdr=0.1)
    assert "score alike" in found.threshold.reason


def test_which_rows_are_discoveries_depends_on_the_batch_they_come_in(tmp_path: Path) -> None:
    frame, reference, odd = table(1)
    model = wb.detect(frame, "pca", reference=reference, fdr=0.1).model
    many = model.score(frame[~reference])
    quiet = model.score(frame[~reference & ~odd])
    assert many.threshold.value < quiet.threshold.value
    assert quiet.is_anomaly.mean() <= 0.02
    wb.save(model, tmp_path / "model.wb")
    again = wb.open(tmp_path / "model.wb").score(frame[~reference])
    assert again.threshold.value == pytest.approx(many.threshold.value)
    assert again.threshold.reason == many.threshold.reason


def test_covariate_shift_is_weighted_and_said_to_be_approximate() -> None:
    rng = np.random.default_rng(0)
    reference, moved = rng.normal(size=(600, 2)), rng.normal(size=(300, 2))
    moved[:, 0] += 0.8
    frame = pd.DataFrame(np.vstack([reference, moved]), columns=list("ab"))
    clean = np.arange(900) < 600
    plain = wb.detect(frame, "pca", reference=clean, fdr=0.2)
    assert "distributed unlike the reference" in plain.threshold.reason
    weighted = wb.detect(frame, "pca", reference=clean, fdr=0.2, shift=True)
    assert "at most about 20 %" in weighted.threshold.reason
    assert weighted.is_anomaly[~clean].sum() <= plain.is_anomaly[~clean].sum()


def test_the_copied_code_repeats_the_result() -> None:
    data = wb.load("sample:breast-cancer")
    found = wb.detect(data, "pca", fdr=0.2, reference=slice(0, 200), calibration="split")
    place: dict[str, object] = {}
    exec(found.code, place)
    again = place["found"]
    assert isinstance(again, wb.Detection)
    pd.testing.assert_series_equal(again.is_anomaly, found.is_anomaly)


def test_only_one_way_to_the_threshold_can_be_given() -> None:
    frame, _, _ = table(0)
    with pytest.raises(ParameterError, match="one of contamination, threshold and fdr"):
        wb.detect(frame, "pca", fdr=0.1, contamination=0.1)
