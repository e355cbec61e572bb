"""Lays a known shape over a histogram, so that a reader sees where the data stop being usual."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["NAMES", "expected_counts"]

#: Shapes that can be fitted, as a person chooses them.
NAMES = ("normal", "lognormal", "gamma", "smooth")

MOST_FITTED = 100_000

#: Less spread than this has no square that a float can hold.
LEAST_SPREAD = 1e-100


def expected_counts(values: np.ndarray, edges: np.ndarray, shape: str) -> tuple[np.ndarray, str]:
    """Return how many values a fitted shape expects between the edges, and the fit in words.

    The middle 98 % of the values are fitted, so that what is odd does not bend the shape.

    Parameters
    ----------
    values : array of float, shape (n,)
        What is counted; at most 100,000 of them, evenly taken, are fitted.
    edges : array of float, shape (k + 1,)
        Borders of the bins, ascending.
    shape : {"normal", "lognormal", "gamma", "smooth"}
        "smooth" is a Gaussian kernel density.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(0, 1, 5000)
    >>> counts, words = expected_counts(values, np.linspace(-4, 4, 9), "normal")
    >>> float(round(counts.sum() / 5000, 2)), words[:6]
    (1.0, 'normal')
    """
    values = values[np.isfinite(values)]
    if values.size < 3 or np.ptp(values) == 0:
        return np.zeros(len(edges) - 1), "too few different values to fit a shape"
    ordered = np.sort(values)
    some = ordered[:: max(1, ordered.size // MOST_FITTED)]
    trim = int(0.01 * some.size)
    kept = some[trim : some.size - trim]
    if not kept.std() > LEAST_SPREAD:
        return np.zeros(len(edges) - 1), "too few different values to fit a shape"
    below, words = SHAPES[shape](kept)
    return values.size * np.diff(below(edges)), words


Fit = tuple[Callable[[np.ndarray], np.ndarray], str]


def _normal(values: np.ndarray) -> Fit:
    from scipy import stats

    middle, spread = float(values.mean()), float(values.std())
    fitted = stats.norm(middle, spread)
    return fitted.cdf, f"normal: mean {middle:.3g}, standard deviation {spread:.3g}"


def _lognormal(values: np.ndarray) -> Fit:
    from scipy import stats

    start = min(0.0, float(values.min()) - 0.01 * float(np.ptp(values)))
    logs = np.log(values - start + 1e-12)
    spread, middle = max(float(logs.std()), 1e-9), float(np.exp(logs.mean()))
    return stats.lognorm(spread, start, middle).cdf, f"lognormal: median {start + middle:.3g}"


def _gamma(values: np.ndarray) -> Fit:
    from scipy import stats

    start = min(0.0, float(values.min()) - 0.01 * float(np.ptp(values)))
    mean, variance = float(values.mean()) - start, float(values.var())
    form, scale = mean**2 / variance, variance / mean
    return stats.gamma(form, start, scale).cdf, f"gamma: shape {form:.3g}, scale {scale:.3g}"


def _smooth(values: np.ndarray) -> Fit:
    from scipy import stats

    some = values[:: max(1, values.size // 2000)]
    width = float(some.std()) * some.size ** (-0.2)  # Scott's rule

    def below(edges: np.ndarray) -> np.ndarray:
        inside: np.ndarray = stats.norm.cdf((edges[:, None] - some[None, :]) / width)
        return inside.mean(axis=1)

    return below, f"smooth: Gaussian kernel of width {width:.3g}"


SHAPES: dict[str, Callable[[np.ndarray], Fit]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "smooth": _smooth,
}
