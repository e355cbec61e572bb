"""Members in random buckets: between the diluting average and the noisy maximum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.errors import ParameterError
from workbench.tuning._ensemble import DEFAULT_MEMBERS, Ensemble, Member

__all__ = ["Buckets"]


class Buckets(Ensemble):
    """Splits its members into buckets by the seed.

    Parameters
    ----------
    n_buckets : int
        At most as many as there are members.
    """

    def __init__(
        self,
        members: Sequence[Member] | str = DEFAULT_MEMBERS,
        scale: str = "zscore",
        n_buckets: int = 2,
        random_state: int = 0,
    ) -> None:
        super().__init__(members, scale, random_state)
        self.n_buckets = n_buckets

    def _learn_weights(self, table: np.ndarray, agreement: np.ndarray, votes: np.ndarray) -> None:
        if self.n_buckets < 1:
            raise ParameterError(f"n_buckets must be at least 1, found {self.n_buckets}.")
        order = np.random.default_rng(self.random_state).permutation(table.shape[1])
        parts = np.array_split(order, min(self.n_buckets, table.shape[1]))
        self.buckets_ = [np.sort(part) for part in parts]
