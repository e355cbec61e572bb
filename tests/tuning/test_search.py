"""The search: defaults first, nothing twice, and it goes on from what is known."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from workbench.core.errors import MissingExtra
from workbench.core.trial import Trial
from workbench.tuning.search import Search, _between, importance


def worth(detector: str, params: dict[str, Any]) -> float:
    """A made-up value: knn is best, and few neighbours are better."""
    return 0.5 + 0.3 * (detector == "knn") - 0.001 * params.get("n_neighbors", 100)


def searched(search: Search, count: int) -> list[Trial]:
    for number in range(count):
        proposal = search.propose()
        if proposal is None:
            break
        handle, name, params = proposal
        value = worth(name, params)
        search.tell(handle, Trial(number, name, params, "done", value, (value,)))
    return search.finished


def test_each_detector_is_tried_at_its_defaults_first_in_the_order_given() -> None:
    trials = searched(Search(["auto", "ecod", "knn", "lof"]), 4)
    assert [(one.detector, one.params) for one in trials] == [
        (name, {}) for name in ("auto", "ecod", "knn", "lof")
    ]


def test_nothing_is_tried_twice() -> None:
    trials = searched(Search(["ecod", "knn", "sub_pca"]), 40)
    assert len(trials) == 40
    assert len({(one.detector, repr(one.params)) for one in trials}) == 40


def test_it_comes_back_to_what_does_well() -> None:
    trials = searched(Search(["knn", "lof", "iforest"]), 40)
    late = [one.detector for one in trials[20:]]
    assert late.count("knn") > len(late) / 2


def test_it_ends_where_nothing_new_is_left() -> None:
    assert len(searched(Search(["ecod", "copod", "seasonal_residual"]), 30)) == 4


def test_the_same_seed_proposes_the_same() -> None:
    first, again = (searched(Search(["knn", "lof"], random_state=3), 15) for _ in range(2))
    assert [one.params for one in first] == [one.params for one in again]


def test_it_goes_on_from_finished_trials_and_repeats_none() -> None:
    known = list(searched(Search(["knn", "lof"]), 15))
    search = Search(["knn", "lof"], known)
    assert len(search.finished) == 15
    trials = searched(search, 15)
    assert len({(one.detector, repr(one.params)) for one in trials}) == 30


def test_pruned_and_failed_trials_of_other_times_are_known_too() -> None:
    known = [
        Trial(0, "knn", {}, "pruned", 0.1, (0.1,)),
        Trial(1, "knn", {"n_neighbors": 5, "method": "mean"}, "failed", None, (), 0.0, "no"),
        Trial(2, "gone_since", {"a": 1}, "done", 0.4, (0.4,)),
        Trial(3, "lof", {"n_neighbors": 100_000}, "done", 0.4, (0.4,)),  # outside of today's space
    ]
    handle, name, params = Search(["knn", "lof"], known).propose() or (None, "", {})
    assert (name, params) == ("lof", {})
    assert handle is not None


def test_what_does_worse_than_most_at_the_same_point_is_hopeless() -> None:
    search = Search(["knn", "lof"])
    for number in range(12):
        handle, name, params = search.propose() or pytest.fail("nothing proposed")
        assert not search.hopeless(handle, 0, 0.8)
        search.tell(handle, Trial(number, name, params, "done", 0.8, (0.8, 0.8)))
    handle, _, _ = search.propose() or pytest.fail("nothing proposed")
    assert search.hopeless(handle, 0, 0.1)


def test_importance_tells_the_choice_of_the_detector_from_its_parameters() -> None:
    lines = importance(searched(Search(["knn", "lof"]), 40))
    by_name = {(one["detector"], one["parameter"]): one["share"] for one in lines}
    assert by_name["", "detector"] > 0.8
    assert by_name["knn", "n_neighbors"] > 0.9 > by_name["knn", "method"]


def test_detectors_that_differ_by_chance_alone_get_no_share() -> None:
    values = np.random.default_rng(0).random(60)
    trials = [Trial(n, f"d{n % 20}", {"n": n}, "done", v, (v,)) for n, v in enumerate(values)]
    assert _between([trials[place::20] for place in range(20)], values) < 0.25


def test_a_few_trials_say_nothing_of_importance() -> None:
    assert importance([Trial(0, "knn", {}, "done", 0.5, (0.5,))]) == []


def test_without_optuna_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"anomaly-workbench\[tune\]"):
        Search(["knn"])
