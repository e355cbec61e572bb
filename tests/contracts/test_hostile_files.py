"""Bar 9: files made to harm end in one clear error or in the right frame, never in a crash."""

from __future__ import annotations

import tempfile
import threading
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.hostile_files import (
    FRAMES,
    MEMORY_BAR,
    REFUSED,
    SECONDS_BAR,
    SLOW,
    built,
)
from workbench.core.errors import WorkbenchError
from workbench.core.worker import run_in_worker
from workbench.sources import _isolate, read


def some(listed: Iterable[str], few: int) -> list[Any]:
    """Return all names; the quick run takes a few, drawn by name."""
    ranked = sorted(listed, key=lambda name: zlib.crc32(name.encode()))
    rest = set(ranked[few:])
    return [pytest.param(name, marks=[pytest.mark.bars] if name in rest else []) for name in listed]


@pytest.fixture
def costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Watch what the worker takes and whether it leaves anything behind."""
    spool = tmp_path / "temporary"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    seen: list[tuple[int, float]] = []

    def watched(*arguments: Any, **options: Any) -> Any:
        try:
            result = run_in_worker(*arguments, **options)
        except WorkbenchError as error:
            seen.append((vars(error)["peak_memory"], vars(error)["seconds"]))
            raise
        seen.append((result.peak_memory, result.seconds))
        return result

    monkeypatch.setattr(_isolate, "run_in_worker", watched)
    yield seen
    assert list(spool.iterdir()) == []
    for memory, seconds in seen:
        assert memory <= MEMORY_BAR
        assert seconds <= SECONDS_BAR + 5


@pytest.mark.parametrize("name", some(FRAMES, 15))
def test_an_odd_file_gives_the_right_frame(
    name: str, tmp_path: Path, costs: list[tuple[int, float]]
) -> None:
    build, check = FRAMES[name]
    source, options = built(build, tmp_path)
    table = read(source, **options)
    assert check(table.frame), table.frame.head()
    assert table.frame.columns.is_unique
    assert costs


@pytest.mark.parametrize("name", some(REFUSED, 25))
def test_a_hostile_file_is_refused_with_the_reason(
    name: str, tmp_path: Path, costs: list[tuple[int, float]]
) -> None:
    build, word = REFUSED[name]
    source, options = built(build, tmp_path)
    _assert_refused(source, options, word, tmp_path)


@pytest.mark.bars
@pytest.mark.parametrize("name", SLOW)
def test_a_hostile_file_that_takes_all_its_time_is_ended(
    name: str, tmp_path: Path, costs: list[tuple[int, float]]
) -> None:
    build, word = SLOW[name]
    source, options = built(build, tmp_path)
    _assert_refused(source, options, word, tmp_path)


def _assert_refused(source: Any, options: dict[str, Any], word: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        read(source, **options)
    message = str(caught.value)
    assert word in message
    assert "\n" not in message
    assert "Traceback" not in message
    assert str(tmp_path) not in message


def test_a_file_that_grows_while_it_is_read_gives_whole_rows(
    tmp_path: Path, costs: list[tuple[int, float]]
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"a,b\n" + b"12345,67890\n" * 50_000)
    done = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"12345,67890\n123")
                file.write(b"45,67890\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        frame = read(path).frame
    finally:
        done.set()
        writer.join()
    assert len(frame) >= 50_000
    assert frame["a"].unique().tolist() == [12345]
    assert frame["b"].unique().tolist() == [67890]


def test_there_are_enough_hostile_files() -> None:
    assert len(FRAMES) + len(REFUSED) + len(SLOW) >= 60
