"""False discoveries among alarms of a stream: how small a p-value must be, decided as it comes."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from workbench.core.errors import DataError, ModelError, ParameterError

__all__ = ["LordPlusPlus", "OnlineFdr", "Saffron"]

#: Discoveries that are remembered. Levels are sums of what each discovery lends; leaving out what
#: the oldest lend makes levels smaller, which keeps the promise.
MOST_REMEMBERED = 1_000


class OnlineFdr:
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
    #: p-values up to it are candidates; 0 where all are alike.
    candidate: ClassVar[float] = 0.0

    def __init__(self, rate: float = 0.1) -> None:
        if not 0.0 < rate < 1.0:
            raise ParameterError(f"rate must lie between 0 and 1, found {rate}.")
        self.rate = float(rate)
        #: p-values seen, discoveries, candidates.
        self._counts = np.zeros(3, np.int64)
        #: When discoveries were made, and how many candidates there were by then.
        self._times = np.zeros((2, MOST_REMEMBERED), np.int64)

    @property
    def seen(self) -> int:
        """How many p-values were decided on."""
        return int(self._counts[0])

    @property
    def found(self) -> int:
        """How many discoveries were made."""
        return int(self._counts[1])

    @property
    def level(self) -> float:
        """Up to which p-value the next one is a discovery."""
        from workbench.thresholds._spending import level

        return float(level(self.rate, self.start, self.candidate, self._counts, self._times))

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
        from workbench.thresholds._spending import decide

        values = np.asarray(p_values, dtype=np.float64).reshape(-1)
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise DataError("p-values lie between 0 and 1; others are among those given.")
        found = np.empty(len(values), np.bool_)
        decide(values, self.rate, self.start, self.candidate, self._counts, self._times, found)
        return found

    def state(self) -> dict[str, np.ndarray | float | int | str]:
        """Return all that it knows as plain values."""
        return {
            "rule": type(self).__name__,
            "rate": self.rate,
            "counts": self._counts.copy(),
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
            kept = {name: np.asarray(state[name]) for name in ("counts", "times")}
            own = {"counts": made._counts, "times": made._times}
            fits = [kept[k].shape == a.shape and kept[k].dtype == a.dtype for k, a in own.items()]
            if state["rule"] != cls.__name__ or not all(fits):
                raise ModelError(f"This is no state of {cls.__name__}.")
            seen, found, candidates = kept["counts"].tolist()
            if not (0 <= found <= seen and 0 <= candidates <= seen):
                raise ModelError("It has found more than it has seen.")
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"This is no state of {cls.__name__}: {error}") from None
        made._counts[...], made._times[...] = kept["counts"], kept["times"]
        return made


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

    #: The paper's lambda.
    candidate: ClassVar[float] = 0.5
