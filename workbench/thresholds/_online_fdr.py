"""False discoveries among alarms of a stream: how small a p-value must be, decided as it comes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from workbench.core.errors import DataError, ModelError, ParameterError

__all__ = ["LordPlusPlus", "OnlineFdr", "Saffron"]

#: Discoveries that are remembered. Levels are sums of what each discovery lends; leaving out what
#: the oldest lend makes levels smaller, which keeps the promise.
MOST_REMEMBERED = 1_000


class OnlineFdr(ABC):
    """Decides on p-values one after another, so that few of all discoveries so far are false.

    At any time the expected share of false discoveries among all made is at most ``rate``, where
    p-values of usual rows are independent and uniform (or larger). Each decision is made at once
    and stands.

    Parameters
    ----------
    rate : float
        Share of false discoveries that is allowed.
    """

    #: Share of the rate that can be spent before the first discovery.
    start: ClassVar[float] = 0.5

    def __init__(self, rate: float = 0.1) -> None:
        if not 0.0 < rate < 1.0:
            raise ParameterError(f"rate must lie between 0 and 1, found {rate}.")
        self.rate = rate
        self._seen = self._found = self._candidates = 0
        #: When discoveries were made, and how many candidates there were by then.
        self._times = np.zeros((2, MOST_REMEMBERED), np.int64)

    @property
    def seen(self) -> int:
        """How many p-values were decided on."""
        return self._seen

    @property
    def found(self) -> int:
        """How many discoveries were made."""
        return self._found

    @property
    def level(self) -> float:
        """Up to which p-value the next one is a discovery."""
        first = self.start * self.rate * self._lent(self._waited(np.zeros((2, 1), np.int64)))[0]
        held = min(self._found, MOST_REMEMBERED)
        lent = self._lent(self._waited(self._times[:, :held]))
        later = self.rate * lent.sum()
        if 0 < self._found <= MOST_REMEMBERED:  # the first one gives back less: some was spent
            later -= self.start * self.rate * lent[0]
        return self._capped(float(first + later))

    def step(self, p_values: Any) -> np.ndarray:
        """Return which p-values are discoveries, (n,) of bool, each decided by those before it.

        Parameters
        ----------
        p_values : array-like of shape (n,)
            In the order in which they came; batches may be of any size.

        Raises
        ------
        DataError
            A value is no p-value; none was decided on.
        """
        values = np.asarray(p_values, dtype=np.float64).reshape(-1)
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise DataError("p-values lie between 0 and 1; others are among those given.")
        return np.array([self._decide(value) for value in values.tolist()], dtype=bool)

    def _decide(self, value: float) -> bool:
        found = value <= self.level
        self._seen += 1
        self._candidates += self._is_candidate(value)
        if found:
            self._times[:, self._found % MOST_REMEMBERED] = self._seen, self._candidates
            self._found += 1
        return found

    def state(self) -> dict[str, np.ndarray | float | int | str]:
        """Return all that it knows as plain values."""
        return {
            "rule": type(self).__name__,
            "rate": self.rate,
            "seen": self._seen,
            "found": self._found,
            "candidates": self._candidates,
            "times": self._times.copy(),
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Self:
        """Return one that decides on as the one did whose ``state`` it was.

        Raises
        ------
        ModelError
            The state is another rule's, or cannot be one.
        """
        try:
            made = cls(float(state["rate"]))
            counts = [state[name] for name in ("seen", "found", "candidates")]
            times = np.asarray(state["times"])
            whole = all(isinstance(count, int) for count in counts)
            fits = times.shape == made._times.shape and times.dtype == made._times.dtype
            if state["rule"] != cls.__name__ or not whole or not fits:
                raise ModelError(f"This is no state of {cls.__name__}.")
            seen, found, candidates = counts
            if not (0 <= found <= seen and 0 <= candidates <= seen):
                raise ModelError("It has found more than it has seen.")
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"This is no state of {cls.__name__}: {error}") from None
        made._seen, made._found, made._candidates = seen, found, candidates
        made._times[...] = times
        return made

    @abstractmethod
    def _waited(self, times: np.ndarray) -> np.ndarray:
        """How many steps each of some moments has waited for, 1 at the next p-value."""

    @abstractmethod
    def _lent(self, waited: np.ndarray) -> np.ndarray:
        """Share of its wealth that is lent after so many steps; over all steps at most 1."""

    def _capped(self, level: float) -> float:
        return level

    def _is_candidate(self, value: float) -> bool:
        return False


class LordPlusPlus(OnlineFdr):
    """LORD++: each discovery lends what later ones may spend.

    References
    ----------
    Javanmard, Montanari: Online rules for control of false discovery rate and false discovery
    exceedance, Annals of Statistics 46, 2018; Ramdas, Yang, Wainwright, Jordan: Online control
    of the false discovery rate with decaying memory, NeurIPS 2017.

    Examples
    --------
    >>> LordPlusPlus(0.1).step([0.5, 1e-6, 0.3]).tolist()
    [False, True, False]
    """

    def _waited(self, times: np.ndarray) -> np.ndarray:
        return self._seen + 1 - times[0]

    def _lent(self, waited: np.ndarray) -> np.ndarray:
        # Javanmard and Montanari's choice; the factor makes the sum over all steps 1.
        steps = np.maximum(waited, 1.0)
        slow = np.log(np.maximum(steps, 2.0)) / (steps * np.exp(np.sqrt(np.log(steps))))
        return np.asarray(0.07720838 * slow)


class Saffron(OnlineFdr):
    """SAFFRON: spends only on p-values that are candidates, which gives more power.

    p-values above a half are no candidates: what waits for them costs nothing.

    References
    ----------
    Ramdas, Zrnic, Wainwright, Jordan: SAFFRON: an adaptive algorithm for online control of the
    false discovery rate, ICML 2018.

    Examples
    --------
    >>> Saffron(0.1).step([0.5, 1e-6, 0.3]).tolist()
    [False, True, False]
    """

    #: p-values up to it are candidates (the paper's lambda).
    candidate: ClassVar[float] = 0.5

    def _waited(self, times: np.ndarray) -> np.ndarray:
        return self._seen + 1 - times[0] - (self._candidates - times[1])

    def _lent(self, waited: np.ndarray) -> np.ndarray:
        # The paper's j^-1.6, divided by its sum zeta(1.6) = 2.28577.
        return np.asarray(np.maximum(waited, 1.0) ** -1.6 / 2.28577)

    def _capped(self, level: float) -> float:
        return min(self.candidate, (1.0 - self.candidate) * level)

    def _is_candidate(self, value: float) -> bool:
        return value <= self.candidate
