"""Convolutions along time: learned by PyTorch, answered by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.detectors._weights import Weights

__all__ = ["convolve", "device_of", "learned", "precision_of", "start", "tensors"]


def start(random: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> Weights:
    """Return first weights for ReLU (He et al. 2015) and biases of zero.

    Parameters
    ----------
    random : numpy.random.Generator
    shapes : dict of str to tuple of int
        (outputs, inputs) or (outputs, inputs, taps), by name.
    """
    weights: Weights = {}
    for name, shape in shapes.items():
        spread = np.sqrt(2.0 / np.prod(shape[1:]))
        weights[f"{name}.weight"] = random.normal(0.0, spread, shape)
        weights[f"{name}.bias"] = np.zeros(shape[0])
    return weights


def convolve(
    X: np.ndarray, weight: np.ndarray, bias: np.ndarray, *, stride: int = 1, dilation: int = 1
) -> np.ndarray:
    """Return the convolution of X (…, time, inputs) that lies within it: (…, shorter, outputs).

    Parameters
    ----------
    X : numpy.ndarray
    weight : numpy.ndarray of shape (outputs, inputs, taps)
        As PyTorch keeps it.
    bias : numpy.ndarray of shape (outputs,)
    stride, dilation : int

    Examples
    --------
    >>> steps = np.array([[1.0], [2.0], [4.0], [8.0]])
    >>> convolve(steps, np.array([[[-1.0, 1.0]]]), np.zeros(1), dilation=2).ravel().tolist()
    [3.0, 6.0]
    """
    count = X.shape[-2] - dilation * (weight.shape[2] - 1)
    out: Any = bias
    for tap in range(weight.shape[2]):
        first = tap * dilation
        out = out + X[..., first : first + count : stride, :] @ weight[:, :, tap].T
    return np.asarray(out)


def device_of(torch: Any) -> Any:
    """Return the graphics card where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision_of(torch: Any) -> Any:
    """Return the context in which a graphics card multiplies in bfloat16; a processor does not."""
    return torch.autocast("cuda", dtype=torch.bfloat16, enabled=torch.cuda.is_available())


def tensors(torch: Any, weights: Weights) -> dict[str, Any]:
    """Return weights as PyTorch learns them."""
    return {
        name: torch.tensor(array, dtype=torch.float32, device=device_of(torch), requires_grad=True)
        for name, array in weights.items()
    }


def learned(tensors: dict[str, Any]) -> Weights:
    """Return what PyTorch learned, as copies in float64."""
    return {
        name: np.array(one.detach().cpu().numpy(), dtype=np.float64)
        for name, one in tensors.items()
    }
