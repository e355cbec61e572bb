"""Loops of online control of false discoveries: what may be spent at each p-value."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["decide", "lent", "level"]

#: The ``counts``: p-values seen, discoveries, candidates.
SEEN, FOUND, CANDIDATES = 0, 1, 2


@kernel
def lent(steps, adaptive):  # type: ignore[no-untyped-def]
    """Share of its wealth that is lent after so many steps; over all steps at most 1."""
    j = np.float64(max(steps, 1))
    if adaptive:  # SAFFRON's j^-1.6, divided by its sum zeta(1.6)
        return j**-1.6 / 2.285766
    # Javanmard and Montanari's choice for LORD.
    return 0.07720838 * np.log(max(j, 2.0)) / (j * np.exp(np.sqrt(np.log(j))))


@kernel
def level(rate, start, candidate, counts, times):  # type: ignore[no-untyped-def]
    """Up to which p-value the next one is a discovery; ``candidate`` is 0 for LORD++."""
    adaptive = candidate > 0.0
    now = counts[SEEN] + 1 - (counts[CANDIDATES] if adaptive else 0)
    total = start * rate * lent(now, adaptive)
    held = min(counts[FOUND], times.shape[1])
    for k in range(held):
        waited = now - times[0, k] + (times[1, k] if adaptive else 0)
        # The first discovery gives back less: its start was spent before.
        first = k == 0 and counts[FOUND] <= times.shape[1]
        total += (1.0 - start if first else 1.0) * rate * lent(waited, adaptive)
    return min(candidate, (1.0 - candidate) * total) if adaptive else total


@kernel
def decide(values, rate, start, candidate, counts, times, out):  # type: ignore[no-untyped-def]
    """Decide on p-values in order; discoveries go into the ring ``times`` (2, remembered)."""
    for row in range(values.shape[0]):
        out[row] = values[row] <= level(rate, start, candidate, counts, times)
        counts[SEEN] += 1
        counts[CANDIDATES] += np.int64(values[row] <= candidate)
        if out[row]:
            place = counts[FOUND] % times.shape[1]
            times[0, place], times[1, place] = counts[SEEN], counts[CANDIDATES]
            counts[FOUND] += 1
