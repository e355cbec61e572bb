"""A model that was fitted before, on live data: it scores each record, and learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.workflow.model import Model

__all__ = ["FittedModel"]


class FittedModel:
    """A model that was fitted before, on a stream: it scores, and learns nothing.

    Parameters
    ----------
    model : Model
    features : sequence of str
        Columns of what it is given.

    Raises
    ------
    ParameterError
        It looks at stretches of a series, or needs a feature that does not come.
    """

    warm_up = 0

    def __init__(self, model: Model, features: Sequence[str]) -> None:
        if model.kind != "tabular":
            raise ParameterError(
                "This model looks at stretches of a series, which end where a part of a stream "
                "does. Take an online detector, or 'sliding'."
            )
        lacking = [name for name in model.features if features and name not in features]
        if lacking:
            raise ParameterError(
                f"The model needs the feature '{lacking[0]}', which the stream does not have. It "
                f"has: {', '.join(features)}."
            )
        self._model, self._features = model, list(features)

    def score_learn(self, X: Any, *, time: Any = None) -> np.ndarray:
        """Return the scores of rows (n, d)."""
        import pandas as pd

        frame = pd.DataFrame(np.asarray(X), columns=self._features)
        found = self._model.score(frame[list(self._model.features)])
        return np.asarray(found.scores.to_numpy(dtype=float))

    def state(self) -> dict[str, Any]:
        """Return nothing: the model is kept already."""
        return {}

    def restore(self, state: Any) -> FittedModel:
        """Return itself."""
        return self
