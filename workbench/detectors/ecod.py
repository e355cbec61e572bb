"""ECOD: how far in the tail of its own column each value lies."""

from __future__ import annotations

from workbench.detectors._tails import TailDetector
from workbench.detectors.base import Tags

__all__ = ["Ecod"]


class Ecod(TailDetector):
    """Finds values far in the tails of single columns: no parameters, and it says why exactly.

    The score adds, over the columns, the largest of the left, right and skewness-chosen tail
    surprise (−log of the empirical tail probability). Ranks are frozen at fit; see
    :class:`workbench.detectors._tails.Tails` for the difference from PyOD.

    References
    ----------
    Li, Zhao, Hu, Botta, Ionescu, Chen: ECOD, IEEE TKDE 2022, arXiv:2201.00382.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> float(Ecod().fit(X).decision_function([[40.0]])[0]) > 3.0
    True
    """

    tags = Tags(
        paper="Li et al. 2022, arXiv:2201.00382",
        cost="d · n log n",
        good_at="single odd values; any number of rows; no tuning",
        exact=True,
        parts="sketch",
    )

    _copod = False
