"""Samples: there, documented, the same each time, and without a network."""

from __future__ import annotations

import socket

import pandas as pd
import pytest

from workbench.core.errors import UnknownName
from workbench.sources import read, sample_names, samples
from workbench.sources._pump import DAY, FAULTS, pump


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a sample asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", sample_names())
def test_a_sample_is_what_its_card_says(name: str) -> None:
    card = next(sample for sample in samples() if sample.name == name)
    table = read(f"sample:{name}")
    assert len(table.frame) == card.rows
    assert table.roles["kind"] == card.kind
    assert table.name == f"sample:{name}"
    assert card.description.endswith(".")
    assert card.licence
    assert card.origin
    named = [table.roles.get(role) for role in ("time", "label", "entity")]
    assert {column for column in named if column} <= set(table.frame.columns)
    assert set(table.roles.get("exclude", [])) <= set(table.frame.columns)


@pytest.mark.parametrize("name", sample_names())
def test_a_sample_is_the_same_each_time(name: str) -> None:
    pd.testing.assert_frame_equal(read(f"sample:{name}").frame, read(f"sample:{name}").frame)


def test_there_are_six() -> None:
    expected = [
        "breast-cancer",
        "glucose",
        "les-miserables",
        "pump",
        "sea-temperature",
        "service-log",
    ]
    assert sample_names() == expected


def test_a_mistyped_sample_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'pump'"):
        read("sample:pmup")


def test_tumours_are_rare() -> None:
    frame = read("sample:breast-cancer").frame
    assert frame["is_anomaly"].sum() == 19
    assert (~frame["is_anomaly"]).sum() == 357
    assert frame.shape[1] == 31


def test_valjean_knows_most_people() -> None:
    frame = read("sample:les-miserables").frame.set_index("character")
    assert frame["degree"].idxmax() == "Valjean"
    assert frame["pagerank"].sum() == pytest.approx(1)


def test_the_pump_is_clean_for_three_weeks_and_odd_in_three_percent() -> None:
    frame = pump()
    assert not frame["is_anomaly"].iloc[: 21 * DAY].any()
    assert 0.02 < frame["is_anomaly"].mean() < 0.04
    assert (frame["fault"] != "").equals(frame["is_anomaly"])


def test_every_fault_of_the_pump_is_where_it_is_documented() -> None:
    frame = pump()
    for fault in FAULTS:
        assert (frame["fault"].iloc[fault.start : fault.end] == fault.kind).all()
    assert frame["is_anomaly"].sum() == sum(fault.end - fault.start for fault in FAULTS)
    assert {fault.kind for fault in FAULTS} == {
        "spike",
        "level shift",
        "drift",
        "stuck sensor",
        "seasonality change",
    }


def test_the_faults_of_the_pump_can_be_seen() -> None:
    frame = pump()
    for fault in FAULTS:
        here = frame[fault.column].iloc[fault.start : fault.end].to_numpy()
        before = frame[fault.column].iloc[fault.start - 7 * DAY : fault.end - 7 * DAY].to_numpy()
        if fault.kind == "stuck sensor":
            assert len(set(here)) == 1
        else:
            usual = frame[fault.column].iloc[: 21 * DAY]
            noise = (usual - usual.shift(7 * DAY)).std()
            assert abs(here - before).max() > 3 * noise


def test_another_seed_makes_another_pump() -> None:
    assert not pump(1)["flow"].equals(pump(2)["flow"])
