"""Pages of a team: who looks may do what their role and grants open, under their own name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import NotAllowed
from workbench.core.progress import Progress
from workbench.registry import datasets, detections
from workbench.store.artifacts import keep
from workbench.store.audit import entries
from workbench.team.accounts import create_account
from workbench.team.sharing import give
from workbench.view.investigating import Investigating
from workbench.view.team_engine import TeamEngine

SECRET = "eleven purple ducks"


@pytest.fixture
def people() -> dict[str, TeamEngine]:
    """An engine for each of some people."""
    roles = {"ana": "analyst", "ben": "analyst", "vic": "viewer"}
    made = {name: create_account(name, role, password=SECRET) for name, role in roles.items()}
    return {name: TeamEngine(user.id) for name, user in made.items()}


@pytest.fixture
def kept(people: dict[str, TeamEngine]) -> tuple[str, str]:
    """Data and a result of Ana's: their sources."""
    ana = people["ana"]
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
    frame.loc[7] = 9.0
    digest = keep(frame.to_csv(index=False).encode())
    data, _ = datasets.keep_data(ana.who, "pump", digest, "pump.csv", by=ana.by)
    found = wb.detect(datasets.open_data(ana.who, data.id), "ecod", contamination=0.05)
    one = detections.keep_detection(ana.who, found, data.id, 1, by=ana.by)
    return f"dataset:{data.id}", f"detection:{one.id}"


def looking(engine: TeamEngine, kept: tuple[str, str], source: str) -> Investigating:
    found = detections.open_detection(engine.who, kept[1].partition(":")[2])
    return Investigating(found, 7, engine=engine, source=source)


@pytest.mark.parametrize("place", [0, 1])
def test_a_label_of_a_page_carries_the_name_of_who_looks_and_is_noted(
    people: dict[str, TeamEngine], kept: tuple[str, str], place: int
) -> None:
    space = looking(people["ana"], kept, kept[place])
    space.labels.asked = {"what": "label", "label": "anomaly", "seq": 1}
    assert space.found.labels[["row", "verdict", "author"]].values.tolist() == [
        [7, "anomaly", "ana"]
    ]
    last = list(entries())[-1].event
    assert (last.action, last.object) == ("label.write", kept[place])
    assert last.actor == f"user:{people['ana'].who.user.id}"


def test_who_may_not_label_is_told_so_instead_of_being_asked(
    people: dict[str, TeamEngine], kept: tuple[str, str]
) -> None:
    for name, reason in (("vic", "labels:write"), ("ben", "on this object")):
        subject = f"user:{people[name].who.user.id}"
        give(subject, kept[0], "read")
        space = looking(people[name], kept, kept[1])
        assert reason in space.labels.phase["words"]
        with pytest.raises(NotAllowed):
            people[name].label(
                kept[1], space.found, {"row": 7, "label": "normal", "note": "", "tag": ""}
            )
    assert space.found.labels.empty


def test_rows_of_a_sample_are_labelled_by_who_may_label(people: dict[str, TeamEngine]) -> None:
    assert people["ana"].may_label("sample:pump") == ""
    assert "labels:write" in people["vic"].may_label("sample:pump")


def test_a_kept_log_stays_a_log_whatever_columns_are_named(people: dict[str, TeamEngine]) -> None:
    ana = people["ana"]
    lines = [
        f"2026-03-02T08:00:{n % 60:02} job {n // 2} {('begins', 'ends')[n % 2]}" for n in range(120)
    ]
    digest = keep("\n".join(lines).encode())
    roles = {"session": r"job (\d+)"}
    data, version = datasets.keep_data(ana.who, "jobs", digest, "jobs.log", roles=roles, by=ana.by)
    assert (version.facts["kind"], version.facts["rows"]) == ("text", 60)
    named = ana.load(f"dataset:{data.id}", Progress(), {"time": "time"})
    plain = ana.load(f"dataset:{data.id}", Progress())
    assert named.kind == plain.kind == "text"
    assert named.features == plain.features == ("records", "text")
