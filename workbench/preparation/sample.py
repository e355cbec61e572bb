"""Some of the rows that a model learned from, kept so that later ones can be held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.preparation.kinds import as_numbers

if TYPE_CHECKING:
    import pandas as pd

    from workbench.preparation.encoding import Preparation

__all__ = ["MOST_ROWS", "keep_sample"]

#: Rows and cells that are kept at most; distributions are told apart by far fewer.
MOST_ROWS, MOST_CELLS = 2_000, 100_000


def keep_sample(frame: pd.DataFrame, preparation: Preparation) -> dict[str, np.ndarray]:
    """Return rows of what was learned from, by chance and always the same ones, by feature.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that a model learns from.
    preparation : Preparation
        Fitted on them; of its features those that are numbers are kept, in their own units.

    Returns
    -------
    dict of str to numpy.ndarray of shape (n,)
        At most :data:`MOST_ROWS` values each, in the order of the rows; NaN where one is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from workbench.preparation.encoding import Preparation
    >>> frame = pd.DataFrame({"flow": [1.0, 2.0, 4.0], "state": ["on", "off", "on"]})
    >>> keep_sample(frame, Preparation().fit(frame, ["flow", "state"]))
    {'flow': array([1., 2., 4.])}
    """
    names = [
        plan.name
        for plan in preparation.plans
        if plan.constant is None and plan.kind in ("numeric", "boolean")
    ]
    if not names:
        return {}
    most = min(MOST_ROWS, max(1, MOST_CELLS // len(names)))
    if len(frame) > most:
        chosen = np.random.default_rng(0).choice(len(frame), most, replace=False)
        frame = frame.iloc[np.sort(chosen)]
    return {name: as_numbers(frame[name]).to_numpy(dtype=float) for name in names}
