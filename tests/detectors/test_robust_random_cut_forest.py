"""Robust random cut forest: trees stay sound as rows come and go, and scores are expectations."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import ModelError
from workbench.detectors.kernels._random_cuts import tree_is_sound
from workbench.detectors.robust_random_cut_forest import RobustRandomCutForest


def stream(rows: int) -> np.ndarray:
    values = np.random.default_rng(0).normal(size=(rows, 3))
    values[::5] = np.round(values[::5])  # equal rows
    return values


def boxes_hold_their_rows(forest: RobustRandomCutForest, tree: int) -> None:
    """Every inner node's box is that of the points below it, its mass their number."""
    size = forest.tree_size
    _, left, right, column, mass = forest.links_[tree]

    def below(node: int) -> tuple[np.ndarray, int]:
        if node >= size:
            return forest.points_[tree, node - size][None, :], int(mass[node])
        (one, some), (other, more) = below(left[node]), below(right[node])
        points = np.vstack([one, other])
        np.testing.assert_array_equal(points.min(axis=0), forest.low_[tree, node])
        np.testing.assert_array_equal(points.max(axis=0), forest.high_[tree, node])
        assert (one[:, column[node]] <= forest.cuts_[tree, node]).all()
        assert (other[:, column[node]] > forest.cuts_[tree, node]).all()
        assert mass[node] == some + more
        return points, some + more

    assert below(int(forest.ends_[tree, 0]))[1] == forest.ends_[tree, 1]


@pytest.mark.parametrize("rows", [1, 2, 17, 40, 400])
def test_trees_stay_sound_as_rows_enter_and_leave(rows: int) -> None:
    forest = RobustRandomCutForest(n_trees=6, tree_size=16, memory=20).fit_partial(stream(rows))
    for tree in range(6):
        boxes_hold_their_rows(forest, tree)
        assert tree_is_sound(
            forest.links_[tree], forest.cuts_[tree], forest.free_[tree], forest.slots_[tree],
            forest.ends_[tree], 3,
        )  # fmt: skip


def drawn_displacement(forest: RobustRandomCutForest, x: np.ndarray, draws: int) -> float:
    """Let the row enter copies of the trees and look at what it displaces, as Guha et al. do."""
    found = []
    for draw in range(draws):
        copy = RobustRandomCutForest.restore(forest.state())
        copy.chances_ += np.uint64(7919 * (draw + 1))
        # Room for one more row, so that none leaves.
        copy.fit_partial(x[None, :])
        for tree in range(copy.n_trees):
            parent, left, right, _, mass = copy.links_[tree]
            node = int(copy.slots_[tree, copy.ends_[tree, 1] - 1])
            largest = 0.0
            while parent[node] >= 0:
                above = parent[node]
                sibling = right[above] if left[above] == node else left[above]
                largest = max(largest, mass[sibling] / mass[node])
                node = int(above)
            found.append(largest)
    return float(np.mean(found))


@pytest.mark.parametrize("x", [[0.0, 0.0, 0.0], [2.5, 0.0, 0.0], [6.0, -6.0, 0.0]])
def test_the_score_is_the_expectation_of_the_collusive_displacement(x: list[float]) -> None:
    forest = RobustRandomCutForest(n_trees=20, tree_size=64).fit_partial(stream(50))
    drawn = drawn_displacement(forest, np.array(x), draws=60)
    assert forest.score_one(x) == pytest.approx(drawn, rel=0.08)


def test_rows_equal_to_one_that_is_held_displace_as_that_leaf() -> None:
    values = np.repeat(np.arange(8.0), 4)[:, None]
    forest = RobustRandomCutForest(n_trees=10, tree_size=64).fit_partial(values)
    base, parts = forest.contributions(values, np.arange(3))  # type: ignore[misc]
    np.testing.assert_allclose(parts, 0.0)
    assert (base > 0.0).all()


def test_units_of_the_columns_hardly_matter() -> None:
    values = np.random.default_rng(1).normal(size=(600, 3))
    plain = RobustRandomCutForest(n_trees=20).score_learn(values)
    scaled = RobustRandomCutForest(n_trees=20).score_learn(values * [1024.0, 1.0, 2.0**-10])
    np.testing.assert_allclose(scaled[50:], plain[50:], rtol=1e-6)


def test_old_rows_are_forgotten_at_the_pace_of_the_memory() -> None:
    random = np.random.default_rng(0)
    values = np.vstack([random.normal(size=(500, 2)), random.normal(9.0, 1.0, size=(1_500, 2))])
    quick = RobustRandomCutForest(n_trees=20, tree_size=64, memory=200).fit_partial(values)
    slow = RobustRandomCutForest(n_trees=20, tree_size=64, memory=10**6).fit_partial(values)
    old = [0.0, 0.0]
    assert quick.score_one(old) > 2.0 * slow.score_one(old)


def test_a_tree_that_goes_in_circles_is_refused() -> None:
    forest = RobustRandomCutForest(n_trees=2, tree_size=16).fit_partial(stream(12))
    kept = forest.state()
    links = np.array(kept["links_"])
    root = int(forest.ends_[1, 0])
    links[1, 1, root] = root
    with pytest.raises(ModelError, match="Tree 1"):
        RobustRandomCutForest.restore({**kept, "links_": links})
