"""Windows over series: find the period, cut windows, bring window scores back to points."""

from __future__ import annotations

import numpy as np

__all__ = ["PIECES", "find_period", "rolling_median", "sliding_windows", "spread_to_points"]

#: Values a column that a window keeps at most.
PIECES = 32


def find_period(values: np.ndarray, *, longest: int | None = None) -> int:
    """Return the dominant period of a series in steps, or 0 when there is none.

    Peaks of the autocorrelation are compared; the shortest one within 10 % of the highest is
    taken, so that a day wins over two days.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
        Finite, equally spaced.
    longest : int, optional
        Longest period considered; by default a third of the series.

    Examples
    --------
    >>> find_period(np.sin(np.arange(400) * 2 * np.pi / 25))
    25
    """
    size = len(values)
    longest = min(longest or size // 3, size // 3)
    if size < 24 or longest < 4:
        return 0
    low, high = np.percentile(values, [1, 99])
    tamed = np.clip(values, low, high)
    # A straight line would correlate with itself at every lag.
    line = np.polynomial.Polynomial.fit(np.arange(size), tamed, 1)
    flat = tamed - line(np.arange(size))
    power = float(np.dot(flat, flat))
    if power <= 1e-12 * max(1.0, float(np.dot(tamed, tamed))):
        return 0
    padded = 1 << (2 * size - 1).bit_length()
    spectrum = np.fft.rfft(flat, padded)
    raw = np.fft.irfft(spectrum * np.conj(spectrum), padded)[: longest + 2]
    correlation = raw / power * size / (size - np.arange(longest + 2))
    inner = correlation[1:-1]
    peaks = np.flatnonzero((inner > correlation[:-2]) & (inner >= correlation[2:])) + 1
    peaks = peaks[peaks >= 4]
    if peaks.size == 0 or correlation[peaks].max() < 0.25:
        return 0
    best = correlation[peaks].max()
    return int(peaks[correlation[peaks] >= 0.9 * best][0])


def sliding_windows(values: np.ndarray, width: int) -> np.ndarray:
    """Return all windows of ``width`` rows of (n, d) values, flattened: (n − width + 1, width·d).

    Long windows are averaged down to at most ``PIECES`` values a column, which keeps their shape
    and bounds memory.
    """
    view = np.lib.stride_tricks.sliding_window_view(values, width, axis=0)
    pieces = min(width, PIECES)
    edges = np.linspace(0, width, pieces + 1).astype(int)
    if pieces == width:
        return np.ascontiguousarray(view.reshape(len(view), -1))
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    starts = np.arange(len(view))
    means = [
        (sums[starts + b] - sums[starts + a]) / (b - a)
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    return np.ascontiguousarray(np.stack(means, axis=2).reshape(len(view), -1))


def spread_to_points(scores: np.ndarray, width: int) -> np.ndarray:
    """Return one score a point: the mean over all windows that cover it.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n − width + 1,)
        One score a window.
    """
    sums = np.concatenate([[0.0], np.cumsum(scores)])
    points = np.arange(len(scores) + width - 1)
    first = np.maximum(points - width + 1, 0)
    last = np.minimum(points, len(scores) - 1) + 1
    return (sums[last] - sums[first]) / (last - first)


def rolling_median(values: np.ndarray, width: int) -> np.ndarray:
    """Return the centred median over ``width`` points, shorter at the ends; same shape (n,)."""
    import pandas as pd

    return (
        pd.Series(values).rolling(width, center=True, min_periods=1).median().to_numpy(dtype=float)
    )
