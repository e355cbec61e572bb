"""The answer of a learned feed-forward network, by NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from workbench.detectors._weights import Weights

__all__ = ["ACTIVATIONS", "answer", "layers"]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
}


def layers(name: str, kept: Sequence[tuple[np.ndarray, np.ndarray]]) -> Weights:
    """Return the arrays of a network by name, as in ``encoder.0.weight`` and ``encoder.0.bias``.

    Parameters
    ----------
    name : str
    kept : sequence of (weight, bias)
        Of shapes (inputs, outputs) and (outputs,), layer by layer.
    """
    return {
        f"{name}.{place}.{part}": np.ascontiguousarray(array)
        for place, pair in enumerate(kept)
        for part, array in zip(("weight", "bias"), pair, strict=True)
    }


def answer(weights: Weights, name: str, activations: Sequence[str], X: np.ndarray) -> np.ndarray:
    """Return what a network says to rows (n, inputs): (n, outputs), in float64.

    Parameters
    ----------
    weights : dict of str to numpy.ndarray
    name : str
        Of the network among the weights.
    activations : sequence of str
        One a layer.
    X : numpy.ndarray of shape (n, inputs)

    Examples
    --------
    >>> weights = layers("net", [(np.ones((2, 1)), np.zeros(1))])
    >>> answer(weights, "net", ["relu"], np.array([[1.0, 2.0], [-5.0, 1.0]])).tolist()
    [[3.0], [0.0]]
    """
    for place, activation in enumerate(activations):
        weight, bias = weights[f"{name}.{place}.weight"], weights[f"{name}.{place}.bias"]
        X = ACTIVATIONS[activation](X @ weight + bias)
    return X
