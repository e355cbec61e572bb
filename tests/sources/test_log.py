from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError, ParameterError, UnreadableFile
from workbench.sources import read
from workbench.sources._service_log import service_log

ISO = """2026-01-05T08:00:00.250Z INFO job 1 began
2026-01-05T08:00:01,500Z ERROR job 1 failed
Traceback (most recent call last):
  ValueError: no
2026-01-05 08:02:30+01:00 INFO job 2 began
"""
SYSLOG = "Jan  5 08:00:00 host sshd[311]: session opened\nFeb 11 09:10:11 host cron[2]: done\n"
COMMON = '10.0.0.1 - - [05/Jan/2026:08:00:00 +0100] "GET / HTTP/1.1" 200 12\n'


def written(folder: Path, text: str, name: str = "app.log") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_times_and_levels_become_columns_and_a_traceback_stays_with_its_record(
    tmp_path: Path,
) -> None:
    table = read(written(tmp_path, ISO))
    frame = table.frame
    assert frame["line"].tolist() == [1, 2, 5]
    assert frame["level"].tolist() == ["INFO", "ERROR", "INFO"]
    assert (
        frame["text"][1]
        == "ERROR job 1 failed\nTraceback (most recent call last):\n  ValueError: no"
    )
    times = [datetime(2026, 1, 5, 8, 0, 0, 250000), datetime(2026, 1, 5, 8, 0, 1, 500000),
             datetime(2026, 1, 5, 7, 2, 30)]  # fmt: skip
    assert frame["time"].tolist() == [pd.Timestamp(moment) for moment in times]
    assert table.roles == {"kind": "text", "exclude": ["line", "level"], "time": "time"}


def test_each_record_knows_the_one_before(tmp_path: Path) -> None:
    frame = read(written(tmp_path, "a 1\nb 2\nc 3\n")).frame
    assert frame["step"].tolist() == ["a 1", "a 1\nb 2", "b 2\nc 3"]


@pytest.mark.parametrize(
    ("text", "time", "rest"),
    [
        (SYSLOG, (1, 5, 8), "host sshd[311]: session opened"),
        (COMMON, (1, 5, 7), '10.0.0.1 - - "GET / HTTP/1.1" 200 12'),
        ("2026/01/05 08:00:00 ready\n", (1, 5, 8), "ready"),
        ("[2026-01-05 08:00:00] ready\n", (1, 5, 8), "ready"),
    ],
)
def test_the_common_ways_of_writing_times_are_known(
    tmp_path: Path, text: str, time: tuple[int, int, int], rest: str
) -> None:
    first = read(written(tmp_path, text)).frame.iloc[0]
    assert (first["time"].month, first["time"].day, first["time"].hour) == time
    assert first["text"] == rest


def test_a_time_that_cannot_be_is_text(tmp_path: Path) -> None:
    frame = read(written(tmp_path, "2026-13-45 08:00:00 began\nended\n")).frame
    assert "time" not in frame
    assert frame["text"][0] == "2026-13-45 08:00:00 began"


def test_rows_are_sessions(tmp_path: Path) -> None:
    text = "req=a in\nreq=b in\nreq=a out\nlonely\nreq=b out\n"
    table = read(written(tmp_path, text), session=r"req=(\w)")
    assert table.frame["session"].tolist() == ["a", "b"]
    assert table.frame["text"].tolist() == ["req=a in\nreq=a out", "req=b in\nreq=b out"]
    assert table.frame["records"].tolist() == [2, 2]
    assert table.notices == ("1 of 5 records belong to no session: left out.",)


def test_rows_are_stretches_of_time_and_silent_ones_are_rows(tmp_path: Path) -> None:
    lines = [f"2026-01-05T08:0{minute}:30 tick {n}" for minute in (0, 0, 1, 4) for n in (1,)]
    frame = read(written(tmp_path, "\n".join(lines)), window="1min").frame
    assert frame["records"].tolist() == [2, 1, 0, 0, 1]
    assert frame["time"].dt.minute.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("records", "sizes"), [(6, [3, 3]), (7, [2, 2, 3]), (10, [2, 3, 2, 3]), (1, [1]), (3, [3])]
)
def test_rows_are_up_to_so_many_records_and_no_last_one_is_short(
    tmp_path: Path, records: int, sizes: list[int]
) -> None:
    written_ = written(tmp_path, "".join(f"tick {n}\n" for n in range(records)))
    frame = read(written_, window=3).frame
    assert frame["records"].tolist() == sizes
    assert "\n".join(frame["text"]).split("\n") == [f"tick {n}" for n in range(records)]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"window": "1min"}, DataError, "no times"),
        ({"window": "soon"}, ParameterError, "5min"),
        ({"window": 0}, ParameterError, "at least 1"),
        ({"window": 5, "session": "x"}, ParameterError, "not both"),
        ({"session": "("}, ParameterError, "regular expression"),
        ({"session": "nowhere"}, DataError, "looks for"),
    ],
)
def test_options_that_cannot_be_are_refused_in_words(
    tmp_path: Path, options: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        read(written(tmp_path, "a b c\nd e f\n"), **options)


def test_an_empty_log_and_a_picture_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no line"):
        read(written(tmp_path, "\n \n"))
    path = tmp_path / "picture.log"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    with pytest.raises(UnreadableFile, match="PNG"):
        read(path)


def test_a_packed_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(ISO.encode()))
    assert len(read(path).frame) == 3


def test_a_model_of_one_day_scores_the_next(tmp_path: Path) -> None:
    def day(seed: int) -> Path:
        lines = [f"{one.time.isoformat()} {one.text}" for one in service_log(200, 0.0, seed)]
        return written(tmp_path, "\n".join(lines), f"day{seed}.log")

    found = wb.detect(wb.load(day(1)), "knn")
    path = wb.save(found, tmp_path / "log.wb")
    odd = day(2)
    odd.write_text(odd.read_text() + "\n2026-03-02T09:00:00 FATAL kernel panic: not syncing\n")
    scores = wb.open(path).score(odd).scores
    assert int(scores.argmax()) == len(scores) - 1
