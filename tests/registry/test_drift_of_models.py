"""Drift of a monitor with a model is held against what that model learned, and its successor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from tests.streams._watching import Watched
from workbench.core.progress import Progress
from workbench.registry import detections, models
from workbench.registry._tables import kept_table
from workbench.registry.datasets import keep_data
from workbench.store.database import reading
from workbench.store.incidents import FIRINGS
from workbench.team.access import house
from workbench.team.doer import SYSTEM

RULE = {"rule": "drift", "reference": 400, "window": 200, "every": 100}


def rows(count: int, level: float, start: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(start)
    frame = pd.DataFrame(rng.normal(level, 1.0, (count, 2)), columns=["flow", "heat"])
    when = pd.Timestamp("2026-11-01", tz="UTC") + pd.to_timedelta(start + np.arange(count), "s")
    return frame.assign(time=when)


def learned(level: float, **where: str) -> tuple[Any, Any]:
    """Keep a model of rows around a level."""
    digest = kept_table(rows(600, level, start=7)[["flow", "heat"]])
    words = {"roles": {}, "source": {"kind": "test"}, "by": SYSTEM}
    data, version = keep_data(house(), f"around {level}", digest, "rows.parquet", **words)
    asked = detections.Request(data.id, version.number, "ecod", "usual", {})
    found = detections.run_detection(house(), asked, Progress(), by=SYSTEM)
    return models.register(house(), found.id, by=SYSTEM, **where)


def told() -> list[tuple[str, Any]]:
    """Return what was told, oldest first, and until when it went on."""
    with reading() as connection:
        rows_of = connection.execute(select(FIRINGS).order_by(FIRINGS.c.start)).all()
    return [(row.detail["text"], row.end) for row in rows_of]


def scored(watched: Watched, frame: pd.DataFrame) -> None:
    watched.take(frame)
    watch = watched.watch()
    while watch.step():
        pass
    watch.close()


@pytest.mark.parametrize("by", ["promote", "deploy"])
def test_the_reference_follows_the_model_that_scores(by: str) -> None:
    model, _ = learned(0.0, name="plant")
    models.promote(house(), model.id, 1, by=SYSTEM)
    watched = Watched({}, detector="model", params={"model": model.id}, rules=[RULE])
    scored(watched, rows(800, 3.0))  # from the first record on unlike what was learned
    ((text, ended),) = told()
    assert "held against 600 rows that the model learned from" in text
    learned(3.0, model=model.id)
    act = models.promote if by == "promote" else models.deploy
    act(house(), model.id, 2, by=SYSTEM)
    scored(watched, rows(800, 3.0, start=800))
    assert told() == [(text, ended)], "the new one learned from just that"
    scored(watched, rows(800, 0.0, start=1_600))
    assert len(told()) == 2
    assert moved(told()[1][0]) == ("3", "0")


def moved(text: str) -> tuple[str, str]:
    """Return the medians before and after, as whole numbers."""
    words = text.split()
    before, after = (float(words[words.index(one) + 1]) for one in ("from", "to"))
    return f"{abs(round(before))}", f"{abs(round(after))}"
