"""How a search went and what mattered, drawn from real trials."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.charts.tuning_history import tuning_history
from workbench.charts.tuning_importance import tuning_importance
from workbench.workflow.tuned import Tuning


@pytest.fixture(scope="module")
def tuned() -> Tuning:
    return wb.tune("sample:breast-cancer", trials=24, detectors=["ecod", "hbos", "lof"])


@pytest.mark.parametrize("dark", [False, True])
def test_the_history_shows_every_trial_with_a_value_and_the_best_never_falls(
    tuned: Tuning, dark: bool
) -> None:
    plot = tuning_history(tuned, dark=dark)
    shown = [
        number
        for state in ("done", "pruned")
        for number in plot.select_one({"name": state}).data["trial"]
    ]
    assert sorted(shown) == [one.number for one in tuned.trials if one.state != "failed"]
    best = plot.renderers[0].data_source.data["y"]
    assert list(best) == sorted(best)
    assert best[-1] == tuned.value


@pytest.mark.parametrize("dark", [False, True])
def test_the_bars_are_the_shares_of_the_table(tuned: Tuning, dark: bool) -> None:
    plot = tuning_importance(tuned, dark=dark)
    told = plot.select_one({"name": "shares"}).data
    assert told["share"] == tuned.importance["share"].tolist()
    assert told["name"][0] == "choice of the detector"
    assert len(told["name"]) == len(set(told["name"])) > 1


def test_too_few_trials_are_told() -> None:
    few = wb.tune("sample:breast-cancer", trials=1, detectors=["ecod"])
    assert "too few" in tuning_importance(few).title.text
