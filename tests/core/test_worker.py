"""The worker: risky work comes back as a table, or as one clear error."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from workbench.core import worker
from workbench.core.errors import (
    Cancelled,
    ColumnError,
    LimitExceeded,
    UnreadableFile,
    WorkbenchError,
)
from workbench.core.progress import Progress
from workbench.core.worker import run_in_worker

MIB = 1024 * 1024
HERE = "tests.core.test_worker"

# --- what the workers do; called by name in a fresh interpreter -----------------------------


def give_arrow(size: int) -> Any:
    import pyarrow as pa

    return pa.table({"a": list(range(size))}), {"said": "Grüße"}


def give_polars() -> Any:
    import polars as pl

    return pl.DataFrame({"a": ["x", None], "b": [True, False]})


def give_nothing() -> None:
    return None


def list_modules() -> Any:
    return None, {"modules": sorted(sys.modules), "start": os.environ.get("TMPDIR")}


def fail_with_column_error() -> None:
    raise ColumnError("Column 'x' is not here.")


def fail_raw(path: str) -> None:
    raise ZeroDivisionError(f"in {path}\nand more")


def die(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(30)


def leave(code: int) -> None:
    os._exit(code)


def take_memory(size: int) -> None:
    hoard = [bytearray(b"x" * MIB) for _ in range(size // MIB)]
    time.sleep(30)
    del hoard


def write_much(size: int) -> Any:
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(size // MIB):
            file.write(bytes(MIB))
    return None


def leave_rubbish() -> None:
    Path(tempfile.mkdtemp(), "rubbish").write_bytes(b"x")


def sleep_long() -> None:
    time.sleep(60)


def run(name: str, **options: Any) -> worker.WorkerResult:
    return run_in_worker(f"{HERE}:{name}", **{"memory": 400 * MIB, "seconds": 30, **options})


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A private temporary folder that must be empty in the end; the tests can be imported."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


# --- tests ----------------------------------------------------------------------------------


def test_a_table_and_its_notes_come_back() -> None:
    result = run("give_arrow", size=3)
    assert result.table is not None
    assert result.table.to_pydict() == {"a": [0, 1, 2]}
    assert result.notes == {"said": "Grüße"}


def test_what_it_cost_comes_back() -> None:
    result = run("give_arrow", size=3)
    assert 10 * MIB < result.peak_memory < 400 * MIB
    assert 0 < result.seconds < 30


def test_a_polars_table_comes_back() -> None:
    table = run("give_polars").table
    assert table is not None
    assert table.to_pydict() == {"a": ["x", None], "b": [True, False]}


def test_nothing_can_come_back() -> None:
    assert run("give_nothing").table is None


def test_the_worker_starts_without_pandas_or_anything_heavy() -> None:
    modules = run_in_worker(f"{HERE}:list_modules", memory=400 * MIB, seconds=30).notes["modules"]
    # pytest is what the test module itself imports.
    heavy = {"pandas", "sklearn", "scipy", "bokeh", "panel", "matplotlib"}
    assert not heavy & {name.partition(".")[0] for name in modules}


def test_an_error_of_ours_keeps_its_class_and_message() -> None:
    with pytest.raises(ColumnError) as caught:
        run("fail_with_column_error")
    assert str(caught.value) == "Column 'x' is not here."
    assert vars(caught.value)["seconds"] > 0


def test_a_foreign_error_becomes_one_line_without_the_folder() -> None:
    with pytest.raises(UnreadableFile) as caught:
        run("fail_raw", path="/secret/folder/x.csv", subject="'x.csv'")
    assert str(caught.value) == "'x.csv' cannot be read (ZeroDivisionError: in x.csv)."


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_names_the_signal(number: signal.Signals) -> None:
    with pytest.raises(UnreadableFile, match=number.name):
        run("die", number=int(number))


def test_leaving_without_an_answer_is_an_error() -> None:
    with pytest.raises(UnreadableFile, match="exit code 7"):
        run("leave", code=7)


def test_a_function_that_is_not_there_is_an_error() -> None:
    with pytest.raises(WorkbenchError, match="nothing_like_this"):
        run("nothing_like_this")


def test_too_much_memory_ends_it_and_says_which_setting_helps() -> None:
    with pytest.raises(LimitExceeded, match="WORKBENCH_PARSE_MEMORY") as caught:
        run("take_memory", size=2000 * MIB, subject="'x.csv'")
    assert str(caught.value).startswith("'x.csv' needs more than 0.4 GiB of memory to read.")
    assert vars(caught.value)["peak_memory"] < 700 * MIB


def test_too_much_time_ends_it_and_says_which_setting_helps() -> None:
    with pytest.raises(LimitExceeded, match="WORKBENCH_PARSE_SECONDS"):
        run("sleep_long", seconds=1)


def test_too_much_on_disk_ends_it() -> None:
    with pytest.raises(LimitExceeded):
        run("write_much", size=500 * MIB)


def test_temporary_files_of_the_worker_are_removed() -> None:
    run("leave_rubbish")  # the fixture looks at the folder


def test_cancelling_ends_it() -> None:
    progress = Progress()
    threading.Timer(0.5, progress.cancel).start()
    with pytest.raises(Cancelled):
        run("sleep_long", progress=progress)


def test_many_at_once_do_not_disturb_each_other() -> None:
    found: list[int] = []

    def one(size: int) -> None:
        found.append(run("give_arrow", size=size).table.num_rows)  # type: ignore[union-attr]

    threads = [threading.Thread(target=one, args=(size,)) for size in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1, 2, 3]
