"""PyOD's neural detectors: trained by PyOD, kept as arrays, and scored by NumPy.

PyOD scores in float32 and in batches, so that rounding lets a row's score hang on its neighbours in
the batch, and its VAE draws noise at each question. Arrays cure that, need no PyTorch to score, and
can be saved without pickle.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._dense import answer, layers
from workbench.detectors._neighbours import Neighbours
from workbench.detectors._torch import borrowed, told_steps
from workbench.detectors._weights import Weighted, Weights
from workbench.detectors._wrapped import Wrapped

__all__ = ["TORCH_MEMBERS"]

#: Added to spreads by PyOD's dataset, against a division by zero.
LEAST_SPREAD = 1e-8
#: What float32 still holds after it is scaled.
LARGEST = 1e30


class TorchMember(Weighted, Wrapped):
    """What they share: one training at a time, told and stoppable, then arrays alone."""

    # The parameters that some members have.
    batch_size: int
    # Fitted state: the activations of each network, layer by layer.
    activations_: dict[str, list[str]]

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        X = self._sampled(X)
        with borrowed(self.random_state, progress, f"to train '{self.name()}'"):
            model = self._build(X)
            with told_steps(progress, *self._steps(model, len(X))):
                model.fit(X)
            weights, activations = self._learned(model)
        self._keep(weights)
        self.activations_ = activations

    def _steps(self, model: Any, rows: int) -> tuple[int, int]:
        """Return how many epochs there will be, and steps in each."""
        return model.epochs, -(-rows // model.batch_size)

    @abstractmethod
    def _learned(self, model: Any) -> tuple[Weights, dict[str, list[str]]]:
        """Return arrays and activations of a fitted model of PyOD's."""

    def _fitting(self, given: dict[str, Any], X: np.ndarray) -> dict[str, Any]:
        return {**given, "batch_size": min(given["batch_size"], len(X))}

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        return (X - self.weights_["centre"]) / self.weights_["spread"]

    def _answer(self, name: str, X: np.ndarray) -> np.ndarray:
        return answer(self.weights_, name, self.activations_[name], X)


class _AutoEncoder(TorchMember):
    """Scores a row by how far it is from what a network makes of it, of all columns together."""

    explained = "The squared error of each column, in proportion."

    def _steps(self, model: Any, rows: int) -> tuple[int, int]:
        return model.epoch_num, max(1, rows // model.batch_size)

    def _learned(self, model: Any) -> tuple[Weights, dict[str, list[str]]]:
        net = model.model
        # Of what a VAE draws its codes around, the middle: scores are not to hang on chance.
        encoder = [net.encoder, net.encoder_mu] if hasattr(net, "encoder_mu") else [net.encoder]
        weights, activations = _networks(encoder=encoder, decoder=[net.decoder])
        weights |= {"centre": model.X_mean, "spread": model.X_std + LEAST_SPREAD}
        return weights, activations

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(np.sqrt(self._errors(X).sum(axis=1)))

    def _errors(self, X: np.ndarray) -> np.ndarray:
        """Return the squared error of each column, (n, d)."""
        z = self._standardised(X)
        return np.asarray((z - self._answer("decoder", self._answer("encoder", z))) ** 2)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        errors = self._errors(X[rows])
        whole = np.sqrt(errors.sum(axis=1, keepdims=True))
        return np.zeros(len(rows)), errors / np.where(whole > 0.0, whole, 1.0)


class _DeepSvdd(TorchMember):
    def _build(self, X: np.ndarray) -> Any:
        model = super()._build(X)
        model.n_features = X.shape[1]
        return model

    def _learned(self, model: Any) -> tuple[Weights, dict[str, list[str]]]:
        weights, activations = _networks(net=[model.model_.model])
        scaler = model.scaler_
        weights |= {"centre": scaler.mean_, "spread": scaler.scale_, "middle": _array(model.c_)}
        return weights, activations

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        off = self._answer("net", self._standardised(X)) - self.weights_["middle"]
        return np.asarray((off**2).sum(axis=1))


class _Lunar(TorchMember):
    """A learned row is not its own neighbour, here as in training; PyOD counts it."""

    n_neighbours: int

    def _steps(self, model: Any, rows: int) -> tuple[int, int]:
        return model.n_epochs, 1

    def _fitting(self, given: dict[str, Any], X: np.ndarray) -> dict[str, Any]:
        # What is validated on, a tenth and at least a row, is no neighbour; what is made up is one.
        most = 2 * (len(X) - max(1, -(-len(X) // 10))) - 1
        return {**given, "n_neighbours": max(1, min(given["n_neighbours"], most))}

    def _learned(self, model: Any) -> tuple[Weights, dict[str, list[str]]]:
        *hidden, norm, last = model.network.network
        weights, activations = _networks(hidden=hidden, last=[last])
        final = model.network.final_norm
        slope = _array(final.weight) / np.sqrt(_array(final.running_var) + final.eps)
        weights |= {
            "scale": model.scaler_.scale_,
            "shift": model.scaler_.min_,
            "norm.weight": _array(norm.weight),
            "norm.bias": _array(norm.bias),
            "final": np.concatenate(
                [slope, _array(final.bias) - slope * _array(final.running_mean)]
            ),
        }
        known = np.asarray(model.neigh._fit_X, dtype=np.float64)
        self.neighbours_ = Neighbours().fit(known, model.n_neighbours)
        return weights, activations

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        # Rounded as PyOD rounds, so that a learned row is known again.
        rounded = np.clip(X, -LARGEST, LARGEST).astype(np.float32)
        return (rounded * self.weights_["scale"] + self.weights_["shift"]).astype(np.float64)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        near = self.neighbours_.query(np.ascontiguousarray(self._standardised(X)))[0]
        hidden = self._answer("hidden", near)
        spread = np.sqrt(hidden.var(axis=1, keepdims=True) + 1e-5)  # as PyTorch's LayerNorm
        hidden = (hidden - hidden.mean(axis=1, keepdims=True)) / spread
        hidden = hidden * self.weights_["norm.weight"] + self.weights_["norm.bias"]
        asked = self._answer("last", hidden)
        share = np.exp(asked - asked.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        slope, offset = self.weights_["final"]
        return np.asarray((share * near).sum(axis=1) * slope + offset)


TORCH_MEMBERS: dict[str, type[Wrapped]] = {
    "auto_encoder": _AutoEncoder,
    "deep_svdd": _DeepSvdd,
    "lunar": _Lunar,
    "vae": _AutoEncoder,
}


def _networks(**parts: Any) -> tuple[Weights, dict[str, list[str]]]:
    """Return arrays and activations of networks, each the modules of PyTorch's in their order."""
    weights: Weights = {}
    activations: dict[str, list[str]] = {}
    for name, modules in parts.items():
        kept, activations[name] = _kept(modules)
        weights |= layers(name, kept)
    return weights, activations


def _kept(modules: Any) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
    """Return weight and bias of each linear layer, and its activation.

    Dropout does nothing any more, and batch normalisation, which PyOD puts between a layer and its
    activation, becomes a part of the layer.
    """
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    activations: list[str] = []
    # One activation may stand in many places: repetitions count.
    for part in (one for each in modules for _, one in each.named_modules(remove_duplicate=False)):
        kind = type(part).__name__
        if kind == "Linear":
            weight = _array(part.weight).T
            bias = np.zeros(weight.shape[1]) if part.bias is None else _array(part.bias)
            kept.append((weight, bias))
            activations.append("linear")
        elif kind == "BatchNorm1d":
            weight, bias = kept[-1]
            slope = _array(part.weight) / np.sqrt(_array(part.running_var) + part.eps)
            bias = (bias - _array(part.running_mean)) * slope + _array(part.bias)
            kept[-1] = weight * slope, bias
        elif kind in ("ReLU", "Tanh", "Sigmoid"):
            activations[-1] = kind.lower()
    return kept, activations


def _array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float64)
