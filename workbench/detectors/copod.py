"""COPOD: tail probabilities of each column, joined as an empirical copula."""

from __future__ import annotations

from workbench.detectors._tails import TailDetector
from workbench.detectors.base import Tags

__all__ = ["Copod"]


class Copod(TailDetector):
    """Finds rows in the corners of the data: like ECOD, with the two tails weighed together.

    The score adds, over the columns, the larger of the skewness-chosen tail surprise and the
    mean of both tails. Ranks are frozen at fit; see
    :class:`workbench.detectors._tails.Tails` for the difference from PyOD.

    References
    ----------
    Li, Zhao, Botta, Ionescu, Hu: COPOD, ICDM 2020, arXiv:2009.09463.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> float(Copod().fit(X).decision_function([[40.0]])[0]) > 1.5
    True
    """

    tags = Tags(
        paper="Li et al. 2020, arXiv:2009.09463",
        cost="d · n log n",
        good_at="odd corners of skewed columns; any number of rows; no tuning",
        exact=True,
        parts="sketch",
    )

    _copod = True
