"""What a source gives is kept with its place, whatever comes between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.core.errors import DataError
from workbench.core.stream import Stream
from workbench.store.database import reading, writing
from workbench.store.streams import STREAMS, add_stream, find_stream, parts_after
from workbench.streams import intake
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.intake import Intake, take_in
from workbench.streams.records import from_bytes

from ._loop import in_a_thread
from ._reading import HERE

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Said(Source):
    """Says what it was told to, and raises what is among it; goes on from its place."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts, self.kept = parts, list[int]()

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        at = (position or {}).get("at", 0)
        while at < len(self.parts):
            part = self.parts[at]
            at += 1
            if isinstance(part, Exception):
                self.parts[at - 1] = []  # it is mended by the next try
                raise part
            yield Batch(part, {"at": at}, self._keep(at))

    def _keep(self, at: int) -> Any:
        async def kept() -> None:
            self.kept.append(at)

        return kept


@pytest.fixture
def stream() -> Stream:
    made = Stream(
        "s", "plant", "", "said", {}, {"time": "time", "features": []}, "running", "", None, 0, 0,
        0, None, None, NOW, NOW,
    )  # fmt: skip
    with writing() as connection:
        add_stream(connection, made)
        connection.execute(STREAMS.update().values(claim="mine"))
    return made


def told() -> Stream:
    with reading() as connection:
        found = find_stream(connection, "s")
    assert found is not None
    return found


def kept() -> list[float]:
    with reading() as connection:
        parts = parts_after(connection, "s", 0)
    return [value for part in parts for value in from_bytes(part.body).values[:, 0].tolist()]


def row(value: float) -> dict[str, Any]:
    return {"time": 1_767_225_600 + value, "v": value}


def run(source: Source, stream: Stream, claim: str = "mine") -> None:
    async def work() -> None:
        async with asyncio.timeout(30):
            await Intake(stream, source, HERE, claim).run()

    in_a_thread(work())


def test_all_that_came_is_kept_then_acknowledged_and_then_the_stream_has_ended(
    stream: Stream,
) -> None:
    source = Said([[row(1), row(2)], [row(3)]])
    run(source, stream)
    assert kept() == [1, 2, 3]
    assert source.kept == [1, 2]
    assert (told().state, told().position, told().records) == ("ended", {"at": 2}, 3)


@pytest.mark.parametrize("poison", [[{}], [{"v": 1}], [{"time": "never", "v": 1}], [{"time": 1}]])
def test_a_part_that_cannot_be_used_is_counted_said_and_gone_on_after(
    stream: Stream, poison: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    say = Intake._say

    async def note(self: Intake, **values: Any) -> None:
        await say(self, **values)
        seen.append(told().problem)

    monkeypatch.setattr(Intake, "_say", note)
    run(Said([[row(1)], poison, [row(2)]]), stream)
    assert kept() == [1, 2]
    assert told().refused == len(poison)
    assert seen[0] != ""  # said, until something better comes
    assert told().problem == ""


def test_what_is_in_the_way_is_said_and_tried_again_without_waiting_longer_each_time(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def short(seconds: float) -> None:
        pauses.append(seconds)
        assert told().problem
        await sleep(0)

    monkeypatch.setattr(intake.asyncio, "sleep", short)
    wrong = [DataError("mend it"), OSError("away"), KeyError("ours")]
    run(Said([[row(1)], *wrong, [row(2)], OSError("away"), [row(3)]]), stream)
    assert kept() == [1, 2, 3]
    assert pauses == [0.5, 0.5, 0.5, 0.5]  # each of them was gone past before the next
    assert told().problem == ""


def test_a_stream_that_is_somebody_elses_by_now_is_left_alone(stream: Stream) -> None:
    run(Said([[row(1)]]), stream, claim="another")
    assert kept() == []
    assert told().state == "running"


def test_the_first_records_say_what_the_features_are(stream: Stream) -> None:
    take_in("s", [row(1)])
    take_in("s", [{"time": 1_767_225_609, "v": 5, "w": 6}])
    assert told().shape["features"] == ["v"]
    assert kept() == [1, 5]
    assert take_in("nothing", [row(1)]) is None


def test_an_empty_part_keeps_the_place_and_is_no_sign_of_life(stream: Stream) -> None:
    take_in("s", [], position={"at": 7})
    assert told().position == {"at": 7}
    assert told().arrived is None
