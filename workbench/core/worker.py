"""Risky work in a process of its own: capped in memory and time, and it cannot take us down.

The parent starts ``python -m workbench.core.worker FOLDER`` (a fresh interpreter, never a
fork), hands the call over as JSON and gets a table back as an Arrow file and the rest as JSON:
nothing that comes back is ever unpickled. The private folder is removed in every case.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from workbench.core import errors
from workbench.core.errors import Cancelled, LimitExceeded, UnreadableFile, WorkbenchError

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.core.progress import Progress

__all__ = ["WorkerResult", "limit_memory", "run_in_worker", "save_table", "worker_environment"]

GIB = 1024**3
#: Address space beyond the cap: Polars, Arrow and DuckDB reserve much more than they touch.
SPARE_ADDRESSES = 6 * GIB
POLL_SECONDS = 0.01
#: Share of the memory cap at which the worker is ended: between two looks it may take the rest.
MARGIN = 0.95
_JOB, _TABLE, _ANSWER, _STDERR = "job.json", "table.arrow", "answer.json", "stderr.txt"
#: Bytes of room below which an answer that is missing was not written for want of room.
_ANSWER_ROOM = 64 * 1024


@dataclass(frozen=True)
class WorkerResult:
    """What came back from the worker, and what it cost.

    Attributes
    ----------
    table : pyarrow.Table or None
        The table that the function returned.
    notes : dict
        The JSON-able rest.
    peak_memory : int
        Highest resident memory of the worker, in bytes.
    seconds : float
        Time from start to end, start of the interpreter included.
    """

    table: pa.Table | None
    notes: dict[str, Any] = field(default_factory=dict)
    peak_memory: int = 0
    seconds: float = 0.0


def run_in_worker(
    function: str,
    /,
    *,
    memory: int,
    seconds: float,
    subject: str = "This work",
    progress: Progress | None = None,
    **arguments: Any,
) -> WorkerResult:
    """Run a function where a crash, a memory bomb or an endless loop cannot hurt this process.

    Parameters
    ----------
    function : str
        ``"module:name"``. It is called with ``arguments`` in a fresh interpreter and returns a
        table (pyarrow or Polars) or None, or a pair of that and a JSON-able dict of notes.
    memory : int
        Bytes of resident memory the worker may take, its result included.
    seconds : float
        Wall-clock seconds it may take.
    subject : str, optional
        What is being worked on, as messages begin: ``"pump.csv"``.
    progress : Progress, optional
        Its :meth:`~workbench.core.progress.Progress.cancel` ends the worker.
    **arguments
        JSON-able arguments.

    Returns
    -------
    WorkerResult
        Table, notes, peak memory and seconds.

    Raises
    ------
    LimitExceeded
        It took more memory or time than allowed.
    UnreadableFile
        The worker died, or the function failed with something it should have caught.
    WorkbenchError
        Whatever the function raised, as the same class with the same message.
        Every error carries ``peak_memory`` and ``seconds``.

    Examples
    --------
    >>> run_in_worker("gc:enable", memory=2**30, seconds=20).table is None
    True
    """
    folder = Path(tempfile.mkdtemp(prefix="workbench-"))
    watch = _Watch(subject, memory, seconds, progress)
    try:
        job = {
            "function": function,
            "arguments": arguments,
            "memory": memory,
            "seconds": seconds,
            "subject": subject,
        }
        (folder / _JOB).write_text(json.dumps(job), encoding="utf-8")
        code = watch.run(folder)
        return _collect(folder, code, watch)
    except WorkbenchError as error:
        vars(error).update(peak_memory=watch.peak, seconds=watch.elapsed)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Watch:
    """Looks at the worker every few milliseconds and ends it when it takes too much."""

    def __init__(
        self, subject: str, memory: int, seconds: float, progress: Progress | None
    ) -> None:
        self.subject, self.memory, self.seconds = subject, memory, seconds
        self.progress = progress
        self.peak = 0
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def run(self, folder: Path) -> int:
        """Start the worker in ``folder``, watch it to its end and return its exit code."""
        with (folder / _STDERR).open("wb") as stderr:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", __spec__.name, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=_environment(folder),
                close_fds=True,
            )
        try:
            return self._follow(child)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()

    def _follow(self, child: subprocess.Popen[bytes]) -> int:
        import psutil

        try:
            process = psutil.Process(child.pid)
            while (code := child.poll()) is None:
                self.peak = max(self.peak, process.memory_info().rss)
                self.check()
                if self.elapsed > self.seconds:
                    raise _too_slow(self.subject, self.seconds)
                if self.progress is not None and self.progress.cancelled:
                    raise Cancelled(f"Cancelled while working on {self.subject}.")
                time.sleep(POLL_SECONDS)
        except psutil.Error:  # it ended between two looks
            return child.wait(timeout=self.seconds)
        return code

    def check(self) -> None:
        if self.peak > MARGIN * self.memory:
            raise _too_big(self.subject, self.memory)


def worker_environment() -> dict[str, str]:
    """Return the environment of a process of ours: the same packages, and no chatter."""
    package_root = str(Path(__file__).resolve().parents[2])
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    quiet = {"PYTHONWARNINGS": "ignore", "RUST_BACKTRACE": "0"}
    return {**os.environ, **quiet, "PYTHONPATH": os.pathsep.join(paths)}


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of the worker, whose temporary files lie in its folder."""
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "POLARS_TEMP_DIR"), str(folder))
    return worker_environment() | places


def _too_big(subject: str, memory: int) -> LimitExceeded:
    return LimitExceeded(
        f"{subject} needs more than {memory / GIB:.1f} GiB of memory to read. "
        "Read a smaller part of it, or raise WORKBENCH_PARSE_MEMORY if you trust it."
    )


def _too_slow(subject: str, seconds: float) -> LimitExceeded:
    return LimitExceeded(
        f"{subject} needs more than {seconds:g} seconds to read. "
        "Read a smaller part of it, or raise WORKBENCH_PARSE_SECONDS if you trust it."
    )


def _collect(folder: Path, code: int, watch: _Watch) -> WorkerResult:
    """Read what the worker left behind, or say how it died."""
    try:
        answer = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        _explain_death(folder, code, watch)
    watch.peak = max(watch.peak, answer.get("peak_memory", 0))
    if "error" in answer:
        raise _rebuilt(answer["error"], answer["message"])
    watch.check()
    table = None
    if (folder / _TABLE).exists():
        import pyarrow as pa

        with pa.OSFile(str(folder / _TABLE)) as source:
            table = pa.ipc.open_file(source).read_all()
    return WorkerResult(table, answer["notes"], watch.peak, watch.elapsed)


def _rebuilt(name: str, message: str) -> WorkbenchError:
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, WorkbenchError)):
        kind = UnreadableFile
    return kind(message)


def _explain_death(folder: Path, code: int, watch: _Watch) -> NoReturn:
    try:
        last_words = (folder / _STDERR).read_bytes()[-4000:]
    except OSError:
        last_words = b""
    if shutil.disk_usage(folder).free < _ANSWER_ROOM:  # it could not even say what happened
        raise errors.StorageFull
    if b"memory allocation" in last_words or b"bad_alloc" in last_words:
        raise _too_big(watch.subject, watch.memory)
    if code == -getattr(signal, "SIGXCPU", 24):
        raise _too_slow(watch.subject, watch.seconds)
    how = f"exit code {code}"
    if code < 0:
        known = {int(item): item.name for item in signal.Signals}
        how = f"signal {known.get(-code, -code)}"
    raise UnreadableFile(
        f"{watch.subject} broke the reader: its process ended with {how}. "
        "The file is probably damaged; save or download it again."
    )


# What follows runs in the worker.


def save_table(table: Any, path: str) -> None:
    """Write a pyarrow or Polars table as an Arrow file that every reader understands."""
    if hasattr(table, "write_ipc"):
        import polars as pl

        table.write_ipc(path, compat_level=pl.CompatLevel.oldest())
        return
    import pyarrow as pa

    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _main(folder: Path) -> None:
    job = json.loads((folder / _JOB).read_text(encoding="utf-8"))
    _limit(job["memory"], job["seconds"])
    answer: dict[str, Any] = {"notes": {}}
    try:
        module, _, name = job["function"].partition(":")
        returned = getattr(importlib.import_module(module), name)(**job["arguments"])
        table, answer["notes"] = returned if isinstance(returned, tuple) else (returned, {})
        if table is not None:
            save_table(table, str(folder / _TABLE))
        json.dumps(answer)
    except BaseException as error:
        answer = _confession(error, job)
    answer["peak_memory"] = _peak_memory()
    part = folder / (_ANSWER + ".part")
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.replace(folder / _ANSWER)
    os._exit(0)  # skip the slow tear-down of native libraries


def _confession(error: BaseException, job: dict[str, Any]) -> dict[str, Any]:
    """Turn any exception into the name and message of a WorkbenchError."""
    if not isinstance(error, WorkbenchError):
        words = str(error).strip().splitlines()
        if isinstance(error, MemoryError) or "File too large" in str(error):
            error = _too_big(job["subject"], job["memory"])
        elif full := errors.StorageFull.of(error):  # of our own table: the file is not to blame
            error = full
        else:
            detail = words[0][:300] if words else "no details"
            place = job["arguments"].get("path")
            if isinstance(place, str):  # messages name the file, not where it lies
                detail = detail.replace(place, Path(place).name)
            error = UnreadableFile(
                f"{job['subject']} cannot be read ({type(error).__name__}: {detail})."
            )
    return {"error": type(error).__name__, "message": str(error), "notes": {}}


def _limit(memory: int, seconds: float) -> None:
    """Cap this process from inside too, in case the parent cannot look or is gone."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(), seconds), daemon=True).start()
    limit_memory(memory, RLIMIT_CPU=int(seconds * (os.cpu_count() or 1)) + 10)


def limit_memory(memory: int, **more: int) -> None:
    """Cap what this process may take: bytes of memory and of a file, and other limits by name."""
    try:
        import resource
    except ImportError:  # Windows: the parent's watch and its time cap remain
        return
    wanted = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": memory, "RLIMIT_AS": memory + SPARE_ADDRESSES}
    for name, value in (wanted | more).items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write then fails with "File too large"


def _end_with_parent(parent: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds + 10
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.5)
    os._exit(3)


def _peak_memory() -> int:
    """Return the highest resident memory of this process in bytes; 0 where unknown.

    Not ``ru_maxrss``: Linux starts that one at the memory of the parent.
    """
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
