"""Models from outside score as they should, and hurt nobody where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.workflow._harmful import harmful_models, plain, wounded
from workbench.core.errors import LimitExceeded, ModelError, WorkbenchError
from workbench.core.settings import settings
from workbench.workflow import foreign
from workbench.workflow.foreign import ForeignModel, open_foreign


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    foreign.end_processes()


@pytest.fixture
def saved(machines: pd.DataFrame, tmp_path: Path) -> Path:
    found = wb.detect(wb.load(machines, label="broken"), "iforest", contamination=0.02)
    return wb.save(found, tmp_path / "machines.wb")


def test_a_model_from_outside_scores_as_at_home(saved: Path, machines: pd.DataFrame) -> None:
    ours, theirs = wb.open(saved).score(machines), open_foreign(saved).score(machines)
    np.testing.assert_array_equal(theirs.scores, ours.scores)
    assert theirs.threshold == ours.threshold
    reasons = [
        {part.feature for part in found.explain(123).contributions} for found in (ours, theirs)
    ]
    assert reasons[0] == reasons[1]


def test_saved_again_it_is_the_same_model(saved: Path, machines: pd.DataFrame) -> None:
    moved = open_foreign(saved).score(machines).with_threshold("budget", n=3)
    again = open_foreign(wb.save(moved, saved.with_name("again.wb")))
    assert isinstance(moved.model, ForeignModel)
    assert again.payload() == moved.model.payload()
    assert again.threshold == moved.threshold


def test_one_model_an_entity_and_time_cross_over(tmp_path: Path) -> None:
    data = wb.load("sample:pump")
    found = wb.detect(data, "seasonal_residual")
    theirs = open_foreign(wb.save(found, tmp_path / "pump.wb")).score(data)
    np.testing.assert_array_equal(theirs.scores, found.scores)


def test_a_process_that_dies_is_told_and_the_next_request_begins_anew(
    saved: Path, machines: pd.DataFrame
) -> None:
    model = open_foreign(saved)
    foreign._scorers[saved]._child.kill()
    foreign._scorers[saved]._child.wait()
    assert len(model.score(machines)) == len(machines)


def test_a_tree_that_leads_astray_ends_its_own_process_only(
    tmp_path: Path,
) -> None:
    bad = wounded(tmp_path, "children far away")
    with pytest.raises(ModelError, match="ended the process"):
        open_foreign(bad).score(plain())


def test_a_tree_that_leads_in_a_circle_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = wounded(tmp_path, "children in a circle")
    model = open_foreign(bad)
    monkeypatch.setenv("WORKBENCH_PARSE_SECONDS", "2")
    settings.cache_clear()
    with pytest.raises(LimitExceeded, match="more than 2 seconds"):
        model.score(plain())


def test_it_does_not_learn_here(saved: Path, machines: pd.DataFrame) -> None:
    unit = next(iter(open_foreign(saved).units.values()))
    with pytest.raises(ModelError, match="does not learn"):
        unit.detector.fit(np.zeros((5, 2)))


def test_processes_of_models_that_nobody_asks_end(saved: Path, machines: pd.DataFrame) -> None:
    copies = []
    for number in range(foreign.MOST + 2):
        copy = saved.with_name(f"copy{number}.wb")
        copy.write_bytes(saved.read_bytes())
        open_foreign(copy)
        copies.append(copy)
    assert len(foreign._scorers) == foreign.MOST
    assert list(foreign._scorers) == copies[-foreign.MOST :]


def test_harmful_models_are_refused_or_contained(tmp_path: Path) -> None:
    """A seeded sample; the server's tests send all of them."""
    made = harmful_models(tmp_path)
    rows = pd.DataFrame(np.eye(3) * 5, columns=list("abc"))
    assert len(made) >= 50
    for name in list(made)[::20]:
        try:
            found = open_foreign(made[name]).score(rows)
        except WorkbenchError as error:
            assert len(str(error)) > 20, name
        else:
            assert np.isfinite(found.scores).all(), name
