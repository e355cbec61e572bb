"""A tuning job that is begun anew goes on from the trials that its last attempt finished."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflow.test_tuning import table
from workbench.core.errors import Cancelled
from workbench.core.progress import Progress
from workbench.registry import work
from workbench.store.trials import read_trials
from workbench.team.doer import Doer


class Kept:
    """Stands for a version of data, and for a result."""

    number, id = 1, "kept"


def test_what_was_finished_is_not_tried_again_and_forgotten_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import workbench as wb

    data = wb.load(table(), label="odd")
    monkeypatch.setattr(work, "open_data", lambda *words: data)
    monkeypatch.setattr(work.detections, "check_request", lambda *words: Kept)
    monkeypatch.setattr(work.detections, "keep_detection", lambda *words, **more: Kept)
    words = {"dataset": "d", "version": 1, "name": "", "trials": 6, "detectors": ["ecod", "lof"]}
    by, who = Doer("user:u", "job:j"), Any
    stages: list[str] = []

    def told(done: float, stage: str) -> None:
        stages.append(stage)
        if "trial 4" in stage and not again:
            first.cancel()

    again = False
    first = Progress(told)
    with pytest.raises(Cancelled):
        work._tuning(who, words, first, by)  # type: ignore[arg-type]
    assert len(read_trials("job:j")) == 3
    again, stages[:] = True, []
    result = work._tuning(who, words, Progress(told), by)  # type: ignore[arg-type]
    assert not any(stage.startswith("trial 1 ") for stage in stages)
    assert len(result["tuning"]["trials"]) == 6
    assert result["detection"] == "kept"
    assert read_trials("job:j") == []
