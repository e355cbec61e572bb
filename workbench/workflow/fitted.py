"""What scores live data: a detector that learns from them, or a model that was fitted before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.streams.scoring import Streaming
from workbench.workflow.model import Model

__all__ = ["FittedModel", "learner"]


def learner(detector: str, params: Mapping[str, Any]) -> Callable[[], Streaming]:
    """Return what makes a detector that learns from a stream.

    Raises
    ------
    UnknownName, ParameterError
        There is no such detector, it does not learn from a stream, or a parameter cannot work.
    """
    from workbench.detectors import DETECTORS

    kind: Any = DETECTORS.get(detector)
    if not kind.tags.online:
        online = [name for name in DETECTORS.names() if DETECTORS.get(name).tags.online]
        raise ParameterError(
            f"'{detector}' does not learn from a stream. Take 'sliding' with detector="
            f"'{detector}', a model that was fitted before, or one of {', '.join(online)}."
        )
    given = dict(params)
    kind.create(**given)
    return lambda: kind.create(**given)


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
        if model.kind == "series":
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
