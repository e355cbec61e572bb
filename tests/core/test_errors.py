import pytest

from workbench.core import errors


@pytest.mark.parametrize(
    "name", [n for n in errors.__all__ if n not in ("suggest", "DataWarning", "WorkbenchError")]
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
