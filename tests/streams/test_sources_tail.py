"""Files that others write on: lines, halves of lines, files moved aside, cut short and replaced."""

from __future__ import annotations

import csv
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import UnreadableFile
from workbench.streams.sources.tail import Tail

from ._loop import in_a_thread
from ._reading import HERE, read, resumes, when


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [int(row["v"]) for row in rows]


def lines(first: int, last: int) -> str:
    return "".join(f"{number},{number}\n" for number in range(first, last))


def follow(path: Path, *doing: Any, pattern: str = "*") -> list[list[int]]:
    """Do one thing after the other to what is followed; return what came after each."""

    async def work() -> list[list[int]]:
        found = []
        parts: Any = Tail(str(path), pattern, every=0.05).batches(None, HERE)
        async with aclosing(parts):
            for one, rows in doing:
                one()
                got: list[int] = []
                while len(got) < rows:
                    batch = await when(parts, lambda batch: bool(batch.rows))
                    got += numbers(batch.rows)
                found.append(got)
        return found

    return in_a_thread(work())


def test_a_csv_file_is_followed_from_any_place(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("time,v\n" + lines(0, 50))
    assert numbers(resumes(lambda: Tail(str(file)), 50)) == list(range(50))


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"

    def add(text: str) -> Any:
        def write() -> None:
            with file.open("a") as opened:
                opened.write(text)

        return write

    told = follow(
        file, (add('{"v": 1}\n{"v": '), 1), (add('2}\n{"v": 3'), 1), (add("}\n"), 1),
    )  # fmt: skip
    assert told == [[1], [2], [3]]


def test_a_line_that_is_no_json_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    deep = "[" * 100_000
    file.write_text(f'{{"v": 1}}\nnonsense\n{deep}\n[1]\n{{"v": 2, "e": "a\u2028b"}}\n')
    rows, _ = read(Tail(str(file)), 5)
    assert rows == [{"v": 1}, {}, {}, {}, {"v": 2, "e": "a\u2028b"}]


@pytest.mark.parametrize("allowed", [2**17, 2**31 - 1])
def test_a_csv_field_that_is_far_too_long_stops_nothing(
    tmp_path: Path, allowed: int, request: pytest.FixtureRequest
) -> None:
    before = csv.field_size_limit(allowed)  # of the whole process: another room may have set it
    request.addfinalizer(lambda: csv.field_size_limit(before))
    file = tmp_path / "x.csv"
    file.write_text("time,v\n1,1\n2," + "9" * 200_000 + "\n3,3\n")
    rows, _ = read(Tail(str(file)), 3)
    assert [row.get("v") for row in rows] == ["1", None, "3"]


def test_a_file_that_is_cut_short_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    told = follow(
        file,
        (lambda: file.write_text("time,v\n" + lines(0, 5)), 5),
        (lambda: file.write_text("time,v\n" + lines(7, 9)), 2),
    )
    assert told == [[0, 1, 2, 3, 4], [7, 8]]


def test_a_file_that_was_written_anew_and_is_longer_by_now_is_read_from_its_beginning(
    tmp_path: Path,
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("time,v\n" + lines(0, 5))
    _, places = read(Tail(str(file)), 5)
    file.write_text("time,v\n" + lines(100, 150))
    assert numbers(read(Tail(str(file)), 50, places[-1][1])[0]) == list(range(100, 150))


def test_what_was_still_to_be_read_of_a_file_that_was_moved_aside_is_read(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("time,v\n" + lines(0, 5))
    _, places = read(Tail(str(file)), 5)
    with file.open("a") as opened:
        opened.write(lines(5, 8))
    file.rename(tmp_path / "x.csv.1")
    file.write_text("time,v\n" + lines(8, 10))
    assert numbers(read(Tail(str(file)), 5, places[-1][1])[0]) == [5, 6, 7, 8, 9]


def test_in_a_folder_a_file_that_gets_another_name_is_not_read_again(tmp_path: Path) -> None:
    first = tmp_path / "log"

    def turn() -> None:
        with first.open("a") as opened:
            opened.write(lines(3, 4))
        first.rename(tmp_path / "log.1")
        first.write_text("time,v\n" + lines(4, 6))

    first.write_text("time,v\n" + lines(0, 3))
    told = follow(tmp_path, (lambda: None, 3), (turn, 3))
    assert [sorted(one) for one in told] == [[0, 1, 2], [3, 4, 5]]


def test_a_folder_gives_the_files_that_a_pattern_names(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").write_text("time,v\n" + lines(0, 2))
    (folder / "b.csv").write_text("v,time\n" + lines(2, 4))
    (folder / "c.txt").write_text("time,v\n" + lines(4, 6))
    outside = tmp_path / "secret.csv"
    outside.write_text("time,v\n" + lines(100, 102))
    (folder / "d.csv").symlink_to(outside)
    (folder / "e.csv").write_text("\n\ntime,v\n9,9\n")
    rows = resumes(lambda: Tail(str(folder), "*.csv"), 5)
    assert numbers(rows) == [0, 1, 2, 3, 9]


def test_a_position_says_where_in_each_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("time,v\n" + lines(0, 3))
    _, places = read(Tail(str(file)), 3)
    assert places[-1][1] is not None
    assert set(places[-1][1]["files"]["x.csv"]) == {"at", "inode", "head", "print"}
    assert len(json.dumps(places[-1][1])) < 200


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no file or folder"):
        read(Tail(str(tmp_path / "nothing.csv")), 1)
