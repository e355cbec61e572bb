import numpy as np
import pytest

from workbench.explainers.shapley import shapley_parts


@pytest.mark.parametrize("features", [1, 3, 40])
def test_parts_add_up_exactly_and_respect_groups(features: int) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=features * 2)
    owner = np.repeat(np.arange(features), 2)

    def score(rows: np.ndarray) -> np.ndarray:
        return (rows @ weights) ** 2

    row, usual = random.normal(size=(2, features * 2))
    told = shapley_parts(score, row, usual, owner)
    assert told.base == pytest.approx(float(score(usual[None])[0]))
    assert told.base + told.parts.sum() == pytest.approx(float(score(row[None])[0]))


def test_parts_of_a_sum_are_its_terms() -> None:
    row, usual = np.array([3.0, 1.0, 2.0]), np.zeros(3)
    told = shapley_parts(lambda rows: rows.sum(axis=1), row, usual, np.arange(3))
    assert told.base == 0.0
    np.testing.assert_allclose(told.parts, row)


def pairs(rows: np.ndarray) -> np.ndarray:
    """Every feature times its neighbour: half of each product belongs to each of the two."""
    return (rows * np.roll(rows, 1, axis=1)).sum(axis=1)


def exact(row: np.ndarray) -> np.ndarray:
    return row * (np.roll(row, 1) + np.roll(row, -1)) / 2.0


def test_few_features_are_exact() -> None:
    row = np.random.default_rng(1).normal(size=7)
    told = shapley_parts(pairs, row, np.zeros(7), np.arange(7))
    np.testing.assert_allclose(told.parts, exact(row), atol=1e-12)
    assert not told.errors.any()
    assert told.settled


def products(rows: np.ndarray) -> np.ndarray:
    """Triples, for which a walk there and back is not exact yet."""
    return (rows * np.roll(rows, 1, axis=1) * np.roll(rows, 2, axis=1)).sum(axis=1)


def test_the_stated_error_holds() -> None:
    row = np.random.default_rng(2).normal(size=20)
    triple = row * np.roll(row, 1) * np.roll(row, 2)
    truth = (triple + np.roll(triple, -1) + np.roll(triple, -2)) / 3.0
    z = []
    for seed in range(30):
        told = shapley_parts(
            products, row, np.zeros(20), np.arange(20), random_state=seed, most_rows=2_000
        )
        usable = told.errors > 1e-9
        z.append(((told.parts - truth)[usable] / told.errors[usable]) ** 2)
    # Squared errors in units of the stated ones: 1 on average, a little more for few pairs.
    assert 0.8 < np.mean(np.concatenate(z)) < 1.3


def test_sampling_goes_on_until_the_error_is_small_or_the_cap_is_reached() -> None:
    row = np.random.default_rng(3).normal(size=20)
    short = shapley_parts(products, row, np.zeros(20), np.arange(20), most_rows=500)
    long = shapley_parts(products, row, np.zeros(20), np.arange(20), most_rows=10**6)
    assert not short.settled
    assert short.rows <= 500
    assert long.settled
    assert long.rows > short.rows
    assert long.errors.max() <= 0.01 * np.abs(long.parts).sum() < short.errors.max()


def test_the_seed_decides() -> None:
    row = np.random.default_rng(4).normal(size=12)
    one, two, other = (
        shapley_parts(products, row, np.zeros(12), np.arange(12), random_state=seed, most_rows=300)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.parts, two.parts)
    assert (one.parts != other.parts).any()


def test_a_row_like_the_usual_one_has_no_parts() -> None:
    told = shapley_parts(pairs, np.ones(4), np.ones(4), np.arange(4))
    assert (told.base, told.parts.tolist(), told.rows) == (4.0, [0.0] * 4, 1)
