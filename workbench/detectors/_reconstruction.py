"""Detectors that let a narrow network rebuild each row, and score what it cannot rebuild."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import AdditiveDetector
from workbench.detectors._dense import answer
from workbench.detectors._keras_apart import chosen_backend, trained
from workbench.detectors._keras_training import DECODER, ENCODER, Plan
from workbench.detectors._weights import Weighted

__all__ = ["Reconstruction"]

#: Spreads from the mean beyond which the network is shown no more: far rows must not rule it.
FARTHEST = 5.0
#: Share of the rows that are held out to say when to stop, and steps that an epoch has about.
HELD_OUT, STEPS = 0.15, 32
#: Rows a step, at least and at most.
SMALLEST, LARGEST = 16, 512


class Reconstruction(Weighted, AdditiveDetector):
    """Sums the squared errors of all columns, in units of their spread: exact parts of the score.

    A subclass stores the parameters below; one with ``beta`` has a variational code, one with
    ``blur`` is shown noisy rows.
    """

    width: int
    code: float
    learning_rate: float
    epochs: int
    patience: int
    backend: str | None
    random_state: int
    beta: float | None = None
    blur: float = 0.0

    #: Parameters that must lie above a bound, and within one.
    _bounds: ClassVar[dict[str, tuple[float, float]]] = {
        "width": (1, 100_000),
        "code": (1e-9, 1.0),
        "blur": (0.0, 10.0),
        "learning_rate": (1e-12, 10.0),
        "epochs": (1, 1_000_000),
        "patience": (1, 1_000_000),
    }

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        for name, (low, high) in self._bounds.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(
                    f"{name} must lie in [{low:g}, {high:g}], found {getattr(self, name)!r}."
                )
        backend = chosen_backend(self.backend, f"to train '{self.name()}'")
        centre, spread = X.mean(axis=0), X.std(axis=0)
        spread = np.where(spread > 0.0, spread, 1.0)
        random = np.random.default_rng(self.random_state)
        rows = np.clip((X - centre) / spread, -FARTHEST, FARTHEST)[random.permutation(len(X))]
        held = max(1, round(HELD_OUT * len(rows)))
        plan = self._plan(len(rows) - held, X.shape[1])
        start = plan.start(random)
        weights = trained(backend, plan, start, rows[held:], rows[:held], progress)
        self._keep(weights | {"centre": centre, "spread": spread})

    def _plan(self, rows: int, columns: int) -> Plan:
        batch = int(np.clip(2 ** round(np.log2(max(1, rows / STEPS))), SMALLEST, LARGEST))
        return Plan(
            columns=columns,
            width=self.width,
            code=max(1, round(self.code * columns)),
            beta=self.beta,
            blur=self.blur,
            learning_rate=self.learning_rate,
            epochs=self.epochs,
            batch=batch,
            patience=self.patience,
            seed=self.random_state,
        )

    def _parts(self, X: np.ndarray) -> np.ndarray:
        z = (X - self.weights_["centre"]) / self.weights_["spread"]
        shown = np.clip(z, -FARTHEST, FARTHEST)
        code = answer(self.weights_, "encoder", ENCODER, shown)
        return np.asarray((z - answer(self.weights_, "decoder", DECODER, code)) ** 2)
