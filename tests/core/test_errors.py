import pytest

from workbench.core import errors


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in errors.__all__
        if n not in ("suggest", "DataWarning", "Interrupted", "WorkbenchError")
    ],
)
def test_every_error_is_of_the_family_and_of_a_builtin(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.WorkbenchError)
    builtins = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    assert any(base not in (Exception, BaseException, object) for base in builtins)


def test_a_message_is_shown_as_it_was_written() -> None:
    assert str(errors.ColumnError("Column 'x' is not there.")) == "Column 'x' is not there."
    assert str(errors.UnreadableFile("broken")) == "broken"


def test_a_near_miss_is_proposed_and_a_far_one_is_not() -> None:
    assert errors.suggest("Temprature", ["temperature", "flow"]) == " Did you mean 'temperature'?"
    assert errors.suggest("zzz", ["temperature", "flow"]) == ""
    assert errors.suggest("x", []) == ""
    known = ["sub_knn", "sub_lof", "iforest"]
    assert errors.suggest("sub_kn", known, 2) == " Did you mean 'sub_knn' or 'sub_lof'?"


def test_a_cell_sees_one_message_and_all_calls_when_it_asks_again() -> None:
    with pytest.raises(errors.ColumnError) as caught:
        raise errors.ColumnError("Column 'tmep' is not in pump.csv.")
    told = caught.value._render_traceback_()
    assert told[0] == "ColumnError: Column 'tmep' is not in pump.csv."
    assert "%tb" in told[-1]
    asked_again = caught.value._render_traceback_()
    assert asked_again[0].startswith("Traceback")
    assert __file__ in "".join(asked_again)
