"""PyOD's neural detectors behind our contract: what PyOD says, in plain arrays."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, ModelError
from workbench.core.progress import Progress
from workbench.detectors import DETECTORS
from workbench.detectors._torch import borrowed

pytestmark = pytest.mark.extras

NAMES = ["pyod:auto_encoder", "pyod:deep_svdd", "pyod:lunar", "pyod:vae"]
UNSEEN = np.random.default_rng(1).normal(size=(40, 4)) * 2


@pytest.mark.parametrize("name", ["pyod:auto_encoder", "pyod:deep_svdd", "pyod:lunar"])
def test_unseen_rows_score_as_pyod_scores_them(name: str, blob: np.ndarray) -> None:
    """Up to the rounding of float32, in which PyOD scores."""
    ours: Any = DETECTORS.get(name).create().fit(blob)
    with borrowed(0, Progress(), "to compare"):
        theirs = ours._build(blob).fit(blob).decision_function(UNSEEN)
    np.testing.assert_allclose(ours.decision_function(UNSEEN), theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_question_gets_the_same_answer(name: str, blob: np.ndarray) -> None:
    """PyOD's own VAE draws noise while it scores."""
    detector = DETECTORS.get(name).create().fit(blob)
    first = detector.decision_function(UNSEEN)
    np.testing.assert_array_equal(detector.decision_function(UNSEEN), first)


@pytest.mark.parametrize("name", NAMES)
def test_training_leaves_the_process_as_it_was(name: str, blob: np.ndarray) -> None:
    import torch

    def state() -> tuple[Any, ...]:
        drawn = (torch.get_rng_state().tolist(), random.getstate())
        numpy = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
        return *drawn, numpy, torch.get_num_threads(), os.environ.get("PYTHONHASHSEED")

    before = state()
    DETECTORS.get(name).create().fit(blob)
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_epochs_are_told_and_a_cancel_leaves_nothing(name: str, blob: np.ndarray) -> None:
    told: list[tuple[float, str]] = []

    def report(done: float, stage: str) -> None:
        told.append((done, stage))
        if len(told) == 3:
            progress.cancel()

    progress = Progress(report)
    detector = DETECTORS.get(name).create()
    with pytest.raises(Cancelled):
        detector.fit(blob, progress=progress)
    assert [stage.split()[:2] for _, stage in told] == [["epoch", str(k)] for k in (1, 2, 3)]
    assert set(vars(detector)) == set(detector.get_params())


def test_a_model_file_holds_numbers_and_scores_without_pytorch(
    machines: pd.DataFrame, tmp_path: Path
) -> None:
    found = wb.detect(wb.load(machines, label="broken"), "pyod:auto_encoder")
    path = wb.save(found, tmp_path / "machines.wb")
    with zipfile.ZipFile(path) as file:
        assert "weights.safetensors" in file.namelist()
        assert b"torch" not in file.read("detectors.skops")
    machines.to_parquet(tmp_path / "machines.parquet")
    np.save(tmp_path / "scores.npy", found.scores.to_numpy())
    program = """
import sys

class Gone:  # as if PyTorch were not installed
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ImportError(name)

sys.meta_path.insert(0, Gone())
import numpy as np, workbench as wb
scores = wb.open("machines.wb").score("machines.parquet").scores
np.testing.assert_allclose(scores, np.load("scores.npy"), rtol=1e-12)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_weights_that_were_changed_are_refused(machines: pd.DataFrame, tmp_path: Path) -> None:
    found = wb.detect(wb.load(machines, label="broken"), "pyod:auto_encoder")
    path = wb.save(found, tmp_path / "machines.wb")
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    for raw in (members["weights.safetensors"][:-8], None):
        with zipfile.ZipFile(tmp_path / "changed.wb", "w") as file:
            for name, kept in (members | {"weights.safetensors": raw}).items():
                if kept is not None:
                    file.writestr(name, kept)
        with pytest.raises(ModelError, match="damaged"):
            wb.open(tmp_path / "changed.wb")


def test_a_training_that_runs_away_is_told(blob: np.ndarray) -> None:
    detector = DETECTORS.get("pyod:auto_encoder").create(lr=1e30)
    with pytest.raises(DataError, match="cannot learn from these data"):
        detector.fit(blob)
