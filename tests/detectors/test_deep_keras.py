"""Our own networks on Keras: alike on three backends, exact in their reasons, stopped in time."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, MissingExtra, ParameterError
from workbench.core.progress import Progress
from workbench.detectors import DETECTORS
from workbench.detectors import _keras_apart as apart
from workbench.metrics.agreement import rank_correlation

pytestmark = pytest.mark.extras

NAMES = ["autoencoder", "vae"]
#: Scores of two backends differ by rounding, which hundreds of steps of training may blow up.
TOLERANCE = 1e-6


def table(shared_data: Path, name: str, rows: int = 400) -> np.ndarray:
    with np.load(shared_data / "tabular" / f"{name}.npz", allow_pickle=False) as kept:
        values = np.asarray(kept["X"], dtype=float)
    return values[np.random.default_rng(0).permutation(len(values))[:rows]]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("18_Ionosphere", "autoencoder"),
        ("6_cardio", "autoencoder"),
        ("40_vowels", "autoencoder"),
        ("40_vowels", "vae"),
    ],
)
def test_three_backends_give_the_same_scores(data: str, name: str, shared_data: Path) -> None:
    rows = table(shared_data, data)
    scores = {
        backend: DETECTORS.get(name).create(backend=backend, epochs=20).fit_score(rows)
        for backend in apart.BACKENDS
    }
    for backend in ("jax", "tensorflow"):
        np.testing.assert_allclose(scores[backend], scores["torch"], rtol=TOLERANCE)
        assert rank_correlation(scores[backend], scores["torch"]) > 0.99999


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_relation_is_found_and_laid_to_its_column(name: str) -> None:
    along = np.random.default_rng(0).uniform(-2, 2, 800)
    rows = np.column_stack([along, along**2, np.sin(along), -along])
    rows += np.random.default_rng(1).normal(0, 0.05, rows.shape)
    rows[300, 1] = 1.0 - rows[300, 1] * 0.5
    detector = DETECTORS.get(name).create().fit(rows)
    assert detector.decision_function(rows).argmax() == 300
    base, parts = detector.contributions(rows, [300])  # type: ignore[misc]
    assert base[0] == 0.0
    assert parts[0].argmax() == 1


def test_each_epoch_is_told_with_its_loss_and_training_stops_by_itself(blob: np.ndarray) -> None:
    told: list[str] = []
    progress = Progress(lambda done, stage: told.append(stage))
    DETECTORS.get("autoencoder").create(epochs=1_000, patience=3).fit(blob, progress=progress)
    assert told[0].startswith("epoch 1 of 1000, loss ")
    losses = [float(stage.rpartition(" ")[2]) for stage in told]
    assert losses[-1] < losses[0]
    assert len(told) < 1_000


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_cancel_leaves_nothing_behind(backend: str, blob: np.ndarray) -> None:
    def report(done: float, stage: str) -> None:
        if stage.startswith("epoch 2"):
            progress.cancel()

    progress = Progress(report)
    detector = DETECTORS.get("vae").create(backend=backend, epochs=10_000, patience=10_000)
    with pytest.raises(Cancelled):
        detector.fit(blob, progress=progress)
    assert set(vars(detector)) == set(detector.get_params())
    assert not psutil.Process().children()


def test_a_process_that_is_still_starting_is_cancelled_too(blob: np.ndarray) -> None:
    progress = Progress()
    timer = threading.Timer(0.3, progress.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        DETECTORS.get("autoencoder").create(backend="tensorflow").fit(blob, progress=progress)
    assert not psutil.Process().children()


def test_the_backend_of_a_process_stays_what_it_was(
    blob: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody uses Keras with JAX, ours trains with PyTorch all the same, elsewhere."""
    asked: list[str] = []

    def remember(backend: str, *given: Any) -> Any:
        asked.append(backend)
        raise DataError("enough")

    monkeypatch.setattr(apart, "_of_this_process", lambda: "jax")
    monkeypatch.setattr(apart, "_train_apart", remember)
    with pytest.raises(DataError, match="enough"):
        DETECTORS.get("autoencoder").create().fit(blob)
    with pytest.raises(DataError, match="enough"):
        DETECTORS.get("autoencoder").create(backend=None).fit(blob)
    assert asked == ["torch", "jax"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"backend": "theano"}, "backend must be one of torch, jax, tensorflow"),
        ({"code": 0.0}, "code must lie"),
        ({"width": 0}, "width must lie"),
        ({"epochs": 0}, "epochs must lie"),
    ],
)
def test_parameters_that_cannot_work_are_refused(
    params: dict[str, Any], words: str, blob: np.ndarray
) -> None:
    with pytest.raises(ParameterError, match=words):
        DETECTORS.get("autoencoder").create(**params).fit(blob)


@pytest.mark.parametrize("missing", ["torch", "keras"])
def test_what_is_not_installed_is_told_with_its_extra(
    missing: str, blob: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=r"pip install 'anomaly-workbench\[deep\]'"):
        DETECTORS.get("autoencoder").create().fit(blob)
    with pytest.raises(MissingExtra, match=missing):
        wb.detect(blob, "vae")
