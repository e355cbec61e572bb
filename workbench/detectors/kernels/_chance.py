"""Chance inside of compiled loops: its whole state is one word, so that it can be kept."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["chance"]


@kernel
def chance(state):  # type: ignore[no-untyped-def]
    """SplitMix64 (Steele, Lea, Flood 2014): a uniform number in [0, 1) from a state of one word."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)
