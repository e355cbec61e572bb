"""What a browser keeps: drawn by the components, bounded, and no more than who asks may see."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.alerts._setting import NOW, channel, firing, raised, routes
from tests.reports._cases import monitor as a_monitor
from tests.reports._cases import points as some_points
from workbench.alerts import handling
from workbench.core.errors import NotFound
from workbench.core.stream import Stream
from workbench.registry import datasets, detections
from workbench.store.artifacts import keep
from workbench.store.database import reading, writing
from workbench.store.monitors import add_monitor, add_points
from workbench.store.streams import add_stream
from workbench.streams import kept_points
from workbench.team.access import Identity, identity_of
from workbench.team.accounts import create_account
from workbench.view import snapshots
from workbench.view.components._pack import unpack
from workbench.view.snapshots import (
    MOST_BYTES,
    Snapshot,
    snapshot_of_detection,
    snapshot_of_incident,
    snapshot_of_monitor,
)


def person(name: str, role: str) -> Identity:
    user = create_account(name, role, password="eleven purple ducks")
    with reading() as connection:
        return identity_of(connection, user, "session:s")


@pytest.fixture
def ana() -> Identity:
    return person("ana", "operator")


def told(one: Snapshot) -> dict[str, Any]:
    """Return it as it travels: strict JSON within the bound."""
    words = json.dumps(one.document(), allow_nan=False)
    assert len(words) <= MOST_BYTES
    return dict(json.loads(words))


def parcel(part: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return unpack(base64.b64decode(part["wire"][name]["base64"]))


def a_result(ana: Identity) -> tuple[str, str]:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
    frame.loc[7] = 9.0
    digest = keep(frame.to_csv(index=False).encode())
    data, _ = datasets.keep_data(ana, "pump", digest, "pump.csv", by=ana.doer())
    found = wb.detect(datasets.open_data(ana, data.id), "ecod", contamination=0.05)
    return detections.keep_detection(ana, found, data.id, 1, by=ana.doer()).id, data.id


def test_a_result_comes_with_lanes_reasons_and_what_people_say_of_it(ana: Identity) -> None:
    id_, _ = a_result(ana)
    detections.label_rows(ana, id_, [7], "anomaly", comment="stuck\nvalve", by=ana.doer())
    one = told(snapshot_of_detection(ana, id_))
    lanes, *reasons = one["parts"]
    assert lanes["component"] == "lanes"
    header, arrays = parcel(lanes, "frame")
    assert (header["rows"], header["lanes"][0]) == (60, "overall")
    assert 7 in arrays["markRow"].tolist()
    assert [part["component"] for part in reasons] == ["why_bars"] * snapshots.MOST_REASONS
    assert reasons[0]["row"] == 7
    assert {bar["feature"] for bar in reasons[0]["wire"]["bars"]} == {"a", "b"}
    anomalies, labels = one["sections"]
    worst = anomalies["lines"][0]
    assert (worst["row"], worst["chosen"]["nth"], worst["band"]) == (
        7,
        0,
        worst["words"].split()[2],
    )
    assert lanes["wire"]["selected"] == worst["chosen"]
    assert labels["lines"][0]["words"] == "ana: row 7 is anomaly"
    assert labels["lines"][0]["said"] == "stuck valve"
    assert one["may"] == ["label"]


def test_it_is_the_same_until_something_changes(ana: Identity) -> None:
    id_, _ = a_result(ana)
    before = told(snapshot_of_detection(ana, id_))
    assert told(snapshot_of_detection(ana, id_)) == before
    detections.set_threshold(ana, id_, 1e9, {}, by=ana.doer())
    after = told(snapshot_of_detection(ana, id_))
    assert after["sections"][0]["lines"] == []
    assert [part["component"] for part in after["parts"]] == ["lanes"]


def an_incident(ana: Identity, **more: Any) -> str:
    channel()
    detail = {"actual": {"flow": 26.0}, "expected": {"flow": (10.0, 20.0)},
              "parts": {"flow": 6.0, "heat": 2.0}}  # fmt: skip
    by = replace(routes(), owner=ana.user.id)
    (one,) = raised(firing(severity=82.0, **{**detail, **more}), by=by)
    return one.id


def test_an_incident_comes_with_why_what_happened_and_what_may_be_done(ana: Identity) -> None:
    id_ = an_incident(ana)
    with writing() as connection:
        handling.comment(connection, id_, "<b>stuck</b>", by=ana.doer(), now=NOW)
    one = told(snapshot_of_incident(ana, id_))
    card, why = one["parts"]
    assert card["wire"]["cards"][0]["id"] == id_
    assert card["wire"]["writable"] is False
    bars = why["wire"]["bars"]
    assert [bar["feature"] for bar in bars] == ["flow", "heat"]
    assert bars[-1]["stop"] == why["wire"]["ends"]["score"]
    assert bars[0]["range"] == [10.0, 20.0, 26.0]
    happened, _ = one["sections"]
    assert [line["words"] for line in happened["lines"]][:1] == ["ana commented"]
    assert happened["lines"][0]["said"] == "<b>stuck</b>"
    assert one["may"] == ["comment", "acknowledge", "assign"]


def test_who_may_only_look_is_offered_nothing_and_a_stranger_sees_nothing(ana: Identity) -> None:
    id_, _ = a_result(ana)
    incident = an_incident(ana, parts={})
    viewer = replace(
        ana, permissions=frozenset(one for one in ana.permissions if one.endswith(":read"))
    )
    assert snapshot_of_detection(viewer, id_).may == ()
    assert snapshot_of_incident(viewer, incident).may == ()
    ben = person("ben", "operator")
    for read, one in ((snapshot_of_detection, id_), (snapshot_of_incident, incident)):
        with pytest.raises(NotFound):
            read(ben, one)


def test_a_monitor_comes_with_its_lanes_and_incidents(ana: Identity) -> None:
    now = datetime.now(UTC)
    one, shown = a_monitor(owner=ana.user.id, latest=now, points=240), some_points()
    stream = Stream(
        one.stream, "plant", ana.user.id, "push", {}, {}, "running", "", None, 1, 240, 0, now, now,
        now, now,
    )  # fmt: skip
    with writing() as connection:
        add_stream(connection, stream, "")
        add_monitor(connection, one)
        add_points(connection, one.id, kept_points.kept(shown))
    flow, cards = told(snapshot_of_monitor(ana, one.id))["parts"]
    assert flow["wire"]["lanes"] == ["pump-3", "pump-4"]
    _, arrays = parcel(flow, "news")
    assert arrays["severity"].max() == 82.0
    assert "beat" not in flow["wire"]["status"]
    assert cards["component"] == "incident_cards"
    with pytest.raises(NotFound):
        snapshot_of_monitor(person("ben", "operator"), one.id)


def test_what_would_grow_too_large_loses_its_last_parts() -> None:
    part = snapshots.Part("Why", "why_bars", {"sentence": "x" * (MOST_BYTES // 2)})
    one = Snapshot("detection", "1", "t", "", (), (part, part, part), ())
    assert len(told(one)["parts"]) == 1
