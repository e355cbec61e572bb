"""Which rows to ask about: never one that may not be asked, never the same twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.tuning.asking import informative_rows


@given(st.integers(0, 40), st.integers(1, 12), st.integers(0, 99))
def test_questions_are_allowed_distinct_and_as_many_as_asked_for(
    rows: int, count: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    scores, allowed = random.normal(size=rows), random.random(rows) < 0.7
    asked = informative_rows(
        random.random(rows), scores, random.normal(size=(rows, 3)), allowed, count
    )
    assert len(asked) == len(set(asked.tolist())) == min(count, int(allowed.sum()))
    assert allowed[asked].all() if len(asked) else True


def test_near_repetitions_are_one_question() -> None:
    values = np.random.default_rng(0).normal(size=(200, 2))
    values[:30] = [9.0, 9.0]
    values[:30] += np.random.default_rng(1).normal(0, 1e-3, (30, 2))
    scores = np.abs(values).sum(axis=1)
    asked = informative_rows(np.linspace(0, 1, 200), scores, values, np.ones(200, bool), 10)
    assert (asked < 30).sum() <= 2
