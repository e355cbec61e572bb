"""Scores of rows that lie column by column: the same as of rows, and of a row alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.detectors import DETECTORS
from workbench.detectors._rows import InMemory
from workbench.detectors._sketched_tails import SketchedTails
from workbench.detectors.kernels._sketch import MANY


def rows_of(columns: int) -> np.ndarray:
    """Rows with a column that never varies, and later ones far outside of the others."""
    random = np.random.default_rng(columns)
    X = random.normal(size=(1_300, columns))
    X[:, -1] = 3.0 if columns > 1 else X[:, -1]
    X[1_000:] *= 40.0
    return X


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 9, 11])
@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("hbos", {}),
        ("hbos", {"n_bins": 47, "tol": 0.2}),
        ("loda", {}),
        ("loda", {"n_random_cuts": 13}),
        ("loda", {"n_random_cuts": 9, "n_bins": 60}),
        ("loda", {"n_random_cuts": 1}),
    ],
)
def test_columns_rows_and_a_row_alone_score_the_same(
    name: str, params: dict[str, Any], columns: int
) -> None:
    X = rows_of(columns)
    made = DETECTORS.get(name).create(**params).fit(X[:1_000])
    scores = made.decision_function(X)
    assert np.isfinite(scores).all()
    by_columns = made.score_blocks([X[:700].T.copy(), X[700:].T.copy()], len(X))
    np.testing.assert_array_equal(by_columns, scores)
    np.testing.assert_array_equal([made.score_one(row) for row in X[::37]], scores[::37])


def test_a_mean_over_projections_is_that_of_their_bins() -> None:
    X = rows_of(9)
    made = DETECTORS.get("loda").create(n_random_cuts=21).fit(X[:1_000])
    shadows = np.einsum("nkp,kp->nk", X[:, made.columns_], made.weights_)
    place = np.clip((shadows - made.low_) * made.scale_ + 1.0, 0.0, 11.0).astype(int)
    expected = made.surprise_[np.arange(21), place].mean(axis=1)
    np.testing.assert_allclose(made.decision_function(X), expected, rtol=1e-12)


def test_sketched_tails_find_their_cut_however_many_lie_close_together() -> None:
    random = np.random.default_rng(0)
    # Most within a hair of one place, so that a cell holds hundreds of cuts; some far out.
    X = np.column_stack([0.3 + 1e-7 * random.normal(size=4_000), random.normal(size=4_000)])
    X[::400] = 5.0 * random.normal(size=(10, 2))
    tails = SketchedTails().learn(InMemory(X, 1_000), copod=False)
    assert (tails.first_ >= MANY).any()
    fresh = np.concatenate([X, X + 3e-8, [[-50.0, 50.0]]])
    parts = tails.parts(fresh, copod=False)
    for column in range(2):
        cuts = tails.cuts_[column, : tails.sizes_[column]]
        at = np.searchsorted(cuts, fresh[:, column], side="right") - 1
        inside = (at >= 0) & (fresh[:, column] <= cuts[-1])
        cut, here, above, rise = tails.pieces_[column, at[inside]].T
        apart = fresh[inside, column] - cut
        expected = np.where(apart > 0.0, above + apart * rise, here)
        np.testing.assert_array_equal(parts[inside, column], expected)
    total = parts[:, 0] + parts[:, 1]
    np.testing.assert_array_equal(tails.score(fresh, copod=False), total)
    alone = [tails.score_one(row, copod=False) for row in fresh[::97]]
    np.testing.assert_array_equal(alone, total[::97])
