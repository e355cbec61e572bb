"""Where parameters are looked for: what is declared exists, and its ends can be fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.detectors import DETECTORS, Detector, Tags
from workbench.detectors._space import Range, space_of

DECLARED = [name for name in DETECTORS.names() if DETECTORS.get(name).space is not None]


def ends(where: Any, which: int) -> Any:
    return (where.low, where.high)[which] if isinstance(where, Range) else where[-which]


@pytest.mark.parametrize("name", DECLARED)
def test_what_is_declared_are_parameters_with_ranges_around_their_defaults(name: str) -> None:
    kind = DETECTORS.get(name)
    for place, where in space_of(kind).items():
        default = kind.defaults()[place]
        if isinstance(where, Range):
            assert where.low < where.high
            numeric = isinstance(default, (int, float))
            assert not numeric or where.low <= default <= where.high, place
        else:
            assert default in where


@pytest.mark.parametrize("which", [0, 1], ids=["lowest", "highest"])
@pytest.mark.parametrize("name", DECLARED)
def test_a_detector_works_at_the_ends_of_its_space(name: str, which: int) -> None:
    kind = DETECTORS.get(name)
    params = {place: ends(where, which) for place, where in space_of(kind).items()}
    steps = np.arange(700)
    rows = np.column_stack([np.sin(steps / 8), np.cos(steps / 11)])
    rows += np.random.default_rng(0).normal(0.0, 0.1, rows.shape)
    try:
        scores = kind.create(**params).fit_score(rows)
    except DataError as error:  # too little data for an end is told in words
        pytest.fail(str(error))
    assert np.isfinite(scores).all()


class Newcomer(Detector):
    """Says nothing of a space."""

    tags = Tags()

    def __init__(
        self, width: int = 8, share: float = 0.4, scale: float = 3.0, robust: bool = True,
        method: str = "a", limit: int | None = None, zero: int = 0, random_state: int = 7,
    ) -> None:  # fmt: skip
        self.width = width

    def _fit(self, X: np.ndarray, time: Any, progress: Any) -> None: ...

    def _score(self, X: np.ndarray, time: Any) -> np.ndarray:
        return np.zeros(len(X))


def test_a_newcomer_is_searched_around_its_defaults() -> None:
    assert space_of(Newcomer) == {
        "width": Range(2, 32, log=True),
        "share": Range(0.1, 0.7, log=True),
        "scale": Range(0.75, 12.0, log=True),
        "robust": (False, True),
    }
