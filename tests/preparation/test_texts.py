import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.preparation.encoding import Preparation
from workbench.preparation.texts import TextPlan, learn_texts

USUAL = [
    f"the {part} of pump {number} is {state}"
    for number in range(20)
    for part in ("valve", "motor", "filter")
    for state in ("warm", "worn", "shut")
]
NUMBERS = ["surprise", "unseen", "distance"]


def encoded(plan: TextPlan, *texts: str) -> pd.DataFrame:
    values = plan.encode([plan.count(text) for text in texts])
    return pd.DataFrame(values[:, :3], columns=NUMBERS)


def prose() -> list[str]:
    """Sentences of which no template is shared by many."""
    random = np.random.default_rng(0)
    words = ["sea", "wind", "tide", "sail", "boat", "rope", "harbour", "gull", "storm", "wave"]
    return [" ".join(random.choice(words, random.integers(4, 9))) for _ in range(200)]


def test_words_that_nobody_used_stand_out() -> None:
    plan = learn_texts(prose())
    assert plan.analyzer == "words"
    told = encoded(plan, "sea wind and sail", "the parliament adjourned its session")
    assert (told.loc[1] > told.loc[0]).all()


def test_a_text_of_common_words_is_not_odd_by_its_words() -> None:
    plan = learn_texts(prose())
    common = " ".join(plan.terms[:3])
    assert encoded(plan, common)["surprise"].tolist() == [0.0]


def test_lines_of_a_log_are_read_by_their_templates() -> None:
    plan = learn_texts(USUAL)
    assert plan.analyzer == "templates"
    assert plan.templates == ["the <*> of pump <*> is <*>"]
    told = encoded(plan, "the motor of pump 99 is cold", "pump 3 exploded")
    assert told.loc[0].tolist() == [0.0, 0.0, 0.0]
    assert told.loc[1, "unseen"] > 0.0


def test_the_order_of_lines_counts() -> None:
    sessions = [
        f"open file {n}\nread {n} bytes\nclose file {n}"
        if n % 2
        else f"open file {n}\nclose file {n}"
        for n in range(100)
    ]
    plan = learn_texts(sessions)
    usual, odd = "open file 1\nread 2 bytes\nclose file 1", "close file 1\nopen file 1"
    told = encoded(plan, usual, odd)
    assert told.loc[1, "unseen"] > told.loc[0, "unseen"] == 0.0


def test_scripts_without_spaces_are_read_by_characters() -> None:
    random = np.random.default_rng(1)
    letters = list("山川雨雪風花鳥月星空")
    texts = ["".join(random.choice(letters, random.integers(6, 12))) for _ in range(100)]
    assert learn_texts(texts).analyzer == "characters"


@pytest.mark.parametrize("texts", [["one two three"], ["", ""], ["a\n\nb"], ["x"] * 5])
def test_few_and_empty_texts_have_numbers_too(texts: list[str]) -> None:
    plan = learn_texts(texts)
    assert np.isfinite(plan.encode([plan.count(text) for text in [*texts, "new"]])).all()


@given(st.lists(st.text(max_size=30), min_size=2, max_size=12))
def test_whatever_the_texts_the_numbers_are_finite_and_a_row_depends_on_itself_alone(
    texts: list[str],
) -> None:
    plan = learn_texts(texts)
    tokens = [plan.count(text) for text in texts]
    together = plan.encode(tokens)
    assert np.isfinite(together).all()
    for one, row in zip(tokens, together, strict=True):
        np.testing.assert_allclose(plan.encode([one])[0], row, rtol=0, atol=1e-12)


def test_a_kept_preparation_gives_the_same_numbers() -> None:
    frame = pd.DataFrame({"said": prose()})
    fitted = Preparation().fit(frame, ["said"])
    kept = json.loads(json.dumps(fitted.to_dict()))
    again = Preparation.from_dict(kept)
    np.testing.assert_array_equal(fitted.transform(frame).values, again.transform(frame).values)


def test_parts_that_do_not_belong_together_are_refused() -> None:
    told = asdict(learn_texts(prose()))
    for change in ({"counts": [1]}, {"themes": [[1.0]]}, {"centres": [1.0]}):
        with pytest.raises(ValueError, match="do not belong"):
            TextPlan(**{**told, **change})


def test_missing_texts_count_as_unusual_where_there_were_none() -> None:
    frame = pd.DataFrame({"said": prose()})
    fitted = Preparation().fit(frame, ["said"])
    gone = fitted.transform(pd.DataFrame({"said": [None, frame["said"][0]]})).values
    assert gone[0].max() > gone[1].max()
    with_gaps = pd.DataFrame({"said": [*prose(), None, None]})
    told = Preparation().fit(with_gaps, ["said"]).transform(with_gaps).values
    assert told[-1].tolist() == [0.0, 0.0, 0.0, 1.0]


def test_repeated_sentences_are_categories_unless_the_data_are_texts() -> None:
    frame = pd.DataFrame({"said": ["the disk is full", "the fan is slow"] * 50})
    assert Preparation().fit(frame, ["said"]).texts == ()
    assert Preparation().fit(frame, ["said"], texts=True).texts == ("said",)


def test_numbers_where_texts_were_are_texts_too() -> None:
    frame = pd.DataFrame({"said": prose()})
    fitted = Preparation().fit(frame, ["said"])
    assert np.isfinite(fitted.transform(pd.DataFrame({"said": [1.5, 2.5]})).values).all()


def test_nothing_to_look_at_is_told() -> None:
    with pytest.raises(DataError, match="no rows"):
        Preparation().fit(pd.DataFrame({"said": []}), ["said"])
