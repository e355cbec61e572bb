"""The runner: watched, within its time, stopped by a button, and clear about what failed."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from workbench.core.errors import Cancelled, LimitExceeded
from workbench.core.progress import Progress
from workbench.reports.html import render_html
from workbench.reports.runner import run_notebook

Make = Callable[..., Any]


@pytest.fixture
def notebook() -> Make:
    def made(*sources: str) -> Any:
        cells = [nbformat.v4.new_markdown_cell("## A part")]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        book = nbformat.v4.new_notebook(cells=cells)
        for part in (book, *book.cells):
            part.metadata["papermill"] = {}
        return book

    return made


def ended(pid: int) -> bool:
    """Wait for a process to be gone."""
    try:
        psutil.Process(pid).wait(timeout=30)
    except psutil.NoSuchProcess:
        return True
    return not psutil.pid_exists(pid)


def test_a_failure_names_the_part_and_the_clean_error_and_keeps_what_was_made(
    notebook: Make, tmp_path: Path
) -> None:
    steps: list[str] = []
    book = notebook("print('before')", "1 / 0", "print('after')")
    book.cells.insert(2, nbformat.v4.new_markdown_cell("## <b>Later</b>"))
    book.cells[2].metadata["papermill"] = {}
    progress = Progress(lambda _, stage: steps.append(stage))
    run = run_notebook(book, tmp_path, seconds=120, progress=progress)
    failure = run.failure
    assert failure is not None
    assert (failure.step, failure.steps, failure.error) == (2, 3, "ZeroDivisionError")
    assert failure.words == ("The report stopped at step 2 of 3, '<b>Later</b>': division by zero.")
    assert run.notebook.cells[1].outputs[0].text == "before\n"
    assert run.notebook.cells[-1].outputs == []
    assert steps == ["starting", "A part", "<b>Later</b>"]
    page = render_html(run, template="sample", title="<i>T</i>")
    assert "This report is not complete" in page
    assert "<code>ZeroDivisionError</code> division by zero" in page
    assert "&lt;b&gt;Later&lt;/b&gt;" in page
    assert "Traceback" not in page
    assert str(Path(sys.prefix)) not in page


def test_the_kernel_is_our_interpreter_with_nobodys_startup_lines(
    notebook: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "ipython"
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-mine.py").write_text("mine = 1")
    (tmp_path / "start.py").write_text("theirs = 1")
    monkeypatch.setenv("IPYTHONDIR", str(home))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "start.py"))
    work = tmp_path / "work"
    work.mkdir()
    lines = "import sys, os\nprint(sys.executable, 'mine' in globals(), 'theirs' in globals())"
    run = run_notebook(notebook(lines, "print(os.getpid())"), work, seconds=120)
    assert run.failure is None
    assert run.notebook.cells[1].outputs[0].text == f"{sys.executable} False False\n"
    pid = int(run.notebook.cells[2].outputs[0].text)
    assert pid != os.getpid()
    assert ended(pid)


def test_a_cell_that_never_ends_is_ended_with_its_children(notebook: Make, tmp_path: Path) -> None:
    lines = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "while True: time.sleep(0.1)"
    )
    book = notebook("1", lines)
    began = time.monotonic()

    with pytest.raises(LimitExceeded, match=r"more than .* it was at 'A part'"):
        _run_until(book, tmp_path, Progress())
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert all(ended(pid) for pid in pids)
    print(f"ended {time.monotonic() - began:.1f} s after the start")


def _run_until(book: Any, folder: Path, progress: Progress) -> None:
    """Run with a limit that is up once the file is there, however slow the machine is."""
    from workbench.reports import runner

    watch = runner._Watch(book, 1e9, progress)
    original = runner._Watch

    def made(*_: Any) -> Any:
        return watch

    def check() -> None:
        if (folder / "pids").exists() and (folder / "pids").read_text().count(" "):
            watch.seconds = 0.0
        original.check(watch)

    watch.check = check  # type: ignore[method-assign]
    runner._Watch = made  # type: ignore[assignment, misc]
    try:
        run_notebook(book, folder, seconds=1e9, progress=progress)
    finally:
        runner._Watch = original  # type: ignore[misc]


def test_a_cancelled_report_ends_its_kernel(notebook: Make, tmp_path: Path) -> None:
    lines = (
        "import os, time\nopen('pid', 'w').write(f'{os.getpid()} ')\nwhile True: time.sleep(0.1)"
    )

    progress = Progress()

    def press() -> None:
        """Press the button once the loop runs."""
        while not (pid := tmp_path / "pid").exists() or not pid.read_text().endswith(" "):
            time.sleep(0.05)
        progress.cancel()

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(Cancelled, match="'A part'"):
        run_notebook(notebook(lines), tmp_path, seconds=120, progress=progress)
    assert ended(int((tmp_path / "pid").read_text()))


def test_a_kernel_that_dies_is_a_failure_in_words(notebook: Make, tmp_path: Path) -> None:
    run = run_notebook(notebook("1", "import os; os._exit(9)", "2"), tmp_path, seconds=120)
    assert run.failure is not None
    assert (run.failure.step, run.failure.error) == (2, "DeadKernel")
    assert "ended by itself" in run.failure.words


def test_it_works_inside_of_a_loop_as_in_a_notebook(notebook: Make, tmp_path: Path) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    async def cell() -> Any:
        return run_notebook(notebook("print(1 + 1)"), tmp_path, seconds=120)

    # In a thread of its own: the browser's driver may have a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(lambda: asyncio.run(cell())).result()
    assert run.notebook.cells[1].outputs[0].text == "2\n"
