"""The learned detectors of series: what they are for, and that NumPy says what PyTorch learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.core.errors import Cancelled, ParameterError
from workbench.core.progress import Progress
from workbench.detectors import DETECTORS
from workbench.detectors._convolutions import convolve

pytestmark = pytest.mark.extras

NAMES = ["deep_forecast", "patch_memory"]


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    """600 points in two columns, period 25; at 300 the second runs twice as fast for a period."""
    steps = np.arange(600)
    values = np.column_stack([np.sin(steps * 2 * np.pi / 25), np.cos(steps * 2 * np.pi / 25)])
    values[300:325, 1] = np.cos(steps[300:325] * 4 * np.pi / 25)
    return values + np.random.default_rng(0).normal(0, 0.05, values.shape)


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 4)])
def test_a_convolution_is_that_of_pytorch(stride: int, dilation: int) -> None:
    import torch

    random = np.random.default_rng(0)
    rows, weight = random.normal(size=(5, 40, 3)), random.normal(size=(6, 3, 4))
    bias = random.normal(size=6)
    theirs = torch.nn.functional.conv1d(
        torch.tensor(rows).transpose(1, 2), torch.tensor(weight), torch.tensor(bias),
        stride=stride, dilation=dilation,
    )  # fmt: skip
    ours = convolve(rows, weight, bias, stride=stride, dilation=dilation)
    np.testing.assert_allclose(ours, theirs.transpose(1, 2).numpy(), rtol=1e-12)


def test_an_odd_shape_is_found_and_laid_to_its_column(wave: np.ndarray) -> None:
    detector = DETECTORS.get("patch_memory").create(window=25).fit(wave)
    assert 275 <= int(detector.decision_function(wave).argmax()) <= 350
    parts = detector.contributions(wave, [312])[1]  # type: ignore[index]
    assert parts[0, 1] > 2 * max(parts[0, 0], 0.0)


def test_what_comes_next_is_foreseen_within_a_band(wave: np.ndarray) -> None:
    calm = wave[:290]
    detector: Any = DETECTORS.get("deep_forecast").create(lags=25).fit(calm)
    middle, half = detector.expected(calm)
    inside = np.abs(calm - middle)[60:] <= half[60:]
    assert inside.mean() > 0.95
    assert half.max() < 1.0
    assert np.abs(calm - middle)[60:].mean() < 0.5 * np.abs(np.diff(calm, axis=0)).mean()


def test_a_spike_in_an_unseen_series_is_found(wave: np.ndarray) -> None:
    new = np.column_stack([np.sin(np.arange(200) * 2 * np.pi / 25)] * 2)
    new[120, 0] += 2.0
    scores = DETECTORS.get("deep_forecast").create().fit(wave).decision_function(new)
    assert 120 <= scores.argmax() <= 121


@pytest.mark.parametrize("name", NAMES)
def test_rounds_are_told_and_a_cancel_leaves_no_weights(name: str, wave: np.ndarray) -> None:
    told: list[str] = []

    def report(done: float, stage: str) -> None:
        told.append(stage)
        if stage.startswith("round 2 "):
            progress.cancel()

    progress = Progress(report)
    detector: Any = DETECTORS.get(name).create(rounds=500, patience=500)
    with pytest.raises(Cancelled):
        detector.fit(wave, progress=progress)
    assert [stage.partition(",")[0] for stage in told[-2:]] == ["round 1 of 500", "round 2 of 500"]
    assert not hasattr(detector, "weights_")
    assert not hasattr(detector, "n_features_")


@pytest.mark.parametrize("name", NAMES)
def test_training_stops_by_itself(name: str, wave: np.ndarray) -> None:
    told: list[str] = []
    detector = DETECTORS.get(name).create(rounds=500, patience=1)
    detector.fit(wave, progress=Progress(lambda done, stage: told.append(stage)))
    assert len([stage for stage in told if stage.startswith("round")]) < 200


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("deep_forecast", {"lags": 0}, "lags must be at least 1"),
        ("deep_forecast", {"channels": 0}, "channels must be at least 1"),
        ("patch_memory", {"memory": 0}, "memory must be at least 1"),
        ("patch_memory", {"window": 1}, "window must be at least 2"),
    ],
)
def test_parameters_that_cannot_work_are_refused(
    name: str, params: dict[str, Any], words: str, wave: np.ndarray
) -> None:
    with pytest.raises(ParameterError, match=words):
        DETECTORS.get(name).create(**params).fit(wave)
