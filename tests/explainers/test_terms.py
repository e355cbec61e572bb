from collections import Counter
from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.explainers.terms import MOST_TERMS, term_parts


def long_ones(texts: list[Mapping[str, int]]) -> np.ndarray:
    return np.array([float(sum(n for term, n in text.items() if len(term) > 3)) for text in texts])


def test_the_term_without_which_the_score_falls_most_comes_first() -> None:
    parts = term_parts(long_ones, Counter(["a", "dragon", "and", "castle", "dragon"]))
    assert parts[:2] == [("dragon", 2.0), ("castle", 1.0)]


def test_a_text_without_terms_has_no_parts() -> None:
    assert term_parts(long_ones, {}) == []


def test_a_long_text_is_bounded() -> None:
    assert len(term_parts(long_ones, {f"word{n}": 1 for n in range(1_000)})) == MOST_TERMS


@given(st.lists(st.sampled_from(["sea", "storm", "wind", "tempest"]), max_size=12))
def test_each_term_is_told_once_in_falling_order(tokens: list[str]) -> None:
    parts = term_parts(long_ones, Counter(tokens))
    assert {term for term, _ in parts} == set(tokens)
    assert len(parts) == len(set(tokens))
    falls = [fall for _, fall in parts]
    assert falls == sorted(falls, reverse=True)
