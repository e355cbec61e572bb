"""Convolutions along time, by NumPy alone: what PyTorch learned is answered without it."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["convolve"]


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
