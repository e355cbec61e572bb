from hypothesis import given
from hypothesis import strategies as st

from workbench.preparation.templates import Templates

LINE = st.text(st.sampled_from("abc 019.:/-<*>\tÄ"), min_size=1, max_size=40)


def learned(*lines: str) -> Templates:
    found = Templates()
    for line in lines:
        found.learn(line)
    return found


def test_values_are_masked_whatever_they_are() -> None:
    line = (
        "job 9f86d081884c7d65 at 2026-01-02T03:04:05Z from 10.0.0.1:8080 took 1,250.5ms, "
        "0x1F, id 123e4567-e89b-12d3-a456-426614174000, 97%"
    )
    told = learned(line).known()
    assert told == ["job <*> at <*> from <*> took <*>, <*>, id <*>, <*>"]


def test_words_are_no_values_only_because_they_hold_digits() -> None:
    assert learned("disk sda1 on node7a is full").known() == ["disk sda1 on node7a is full"]


def test_lines_of_one_statement_share_a_template() -> None:
    found = learned("user ann has logged in", "user bob has logged in", "user eve has logged out")
    assert found.known() == ["user <*> has logged <*>"]
    assert found.of("user mia has logged in") == "user <*> has logged <*>"


def test_another_first_word_or_length_is_another_statement() -> None:
    assert len(learned("disk is full", "fan is slow", "disk is full again")) == 3


def test_the_template_that_says_most_is_taken() -> None:
    found = Templates(["load of <*> is <*>", "load of cpu is <*>"])
    assert found.of("load of cpu is 97") == "load of cpu is <*>"
    assert found.of("load of disk is 97") == "load of <*> is <*>"


def test_what_is_like_none_has_no_template() -> None:
    assert learned("disk is full").of("the dragon is awake") == ""


@given(st.lists(LINE, min_size=1, max_size=20))
def test_every_line_that_was_learned_is_found_again_also_after_keeping(lines: list[str]) -> None:
    found = learned(*lines)
    again = Templates(found.known())
    for line in lines:
        if line.strip():
            assert found.of(line)
            assert again.of(line) == Templates(found.known()).of(line) != ""
