"""Trials outlive the process, one study beside another."""

from workbench.core.trial import Trial
from workbench.store.trials import add_trial, drop_trials, read_trials


def test_trials_come_back_as_they_were_in_order() -> None:
    trials = [
        Trial(1, "knn", {"n_neighbors": 5, "method": "mean"}, "pruned", 0.25, (0.25,), 1.5),
        Trial(0, "lof", {}, "failed", None, (), 0.5, "too few rows"),
    ]
    for one in trials:
        add_trial("a", "data", one)
    assert read_trials("a") == [("data", trials[1]), ("data", trials[0])]


def test_a_study_knows_nothing_of_another_and_is_forgotten_alone() -> None:
    add_trial("a", "data", Trial(0, "knn"))
    add_trial("b", "data", Trial(0, "lof"))
    drop_trials("a")
    assert read_trials("a") == []
    assert [trial.detector for _, trial in read_trials("b")] == ["lof"]


def test_a_second_one_under_the_same_number_takes_the_place() -> None:
    add_trial("a", "data", Trial(0, "knn"))
    add_trial("a", "data", Trial(0, "lof"))
    assert [trial.detector for _, trial in read_trials("a")] == ["lof"]


def test_looking_for_trials_where_nothing_was_ever_stored_makes_no_file() -> None:
    from workbench.store.database import is_there

    assert read_trials("a") == []
    drop_trials("a")
    assert not is_there()
