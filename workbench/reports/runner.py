"""Runs a template in a kernel of its own: watched, within a time, and stopped by a button."""

from __future__ import annotations

import copy
import re
import threading
import time as clock
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.errors import Cancelled, LimitExceeded
from workbench.core.extras import require
from workbench.core.progress import Progress
from workbench.reports.templates import Template

__all__ = ["Failure", "Run", "Step", "prepare", "run_notebook"]

#: Time between two looks at the clock and at the cancel button.
POLL_SECONDS = 0.1
#: Time for a killed kernel to be noticed by those who wait for it.
GRACE_SECONDS = 30.0
WHY = "to make a report"

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Step:
    """One cell of the template, with the heading it stands under."""

    number: int
    name: str
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Where a report stopped, and why, in words.

    Attributes
    ----------
    step : int
        Which code cell, from 1.
    steps : int
        How many there are.
    name : str
        The heading that the cell stands under.
    error : str
        Class of the error.
    message : str
        What it said, without traceback.
    """

    step: int
    steps: int
    name: str
    error: str
    message: str

    @property
    def words(self) -> str:
        """One sentence."""
        why = self.message or self.error
        end = "" if why.endswith((".", "!", "?")) else "."
        return f"The report stopped at step {self.step} of {self.steps}, '{self.name}': {why}{end}"


@dataclass(frozen=True)
class Run:
    """An executed template.

    Attributes
    ----------
    notebook : NotebookNode
        With outputs, up to a failure.
    steps : tuple of Step
    failure : Failure or None
    seconds : float
    """

    notebook: Any
    steps: tuple[Step, ...]
    failure: Failure | None
    seconds: float


def prepare(template: Template, values: dict[str, Any]) -> Any:
    """Return a copy of the template with checked values in a cell below the tagged one.

    The cell is tagged ``injected-parameters``, as papermill's own.
    """
    nbformat = require("nbformat", extra="report", why=WHY)
    cells = []
    for cell in copy.deepcopy(template.notebook["cells"]):
        cells.append(cell)
        if "parameters" in cell["metadata"].get("tags", []):
            injected = nbformat.v4.new_code_cell(template.schema.cell(values), id="given")
            injected["metadata"]["tags"] = ["injected-parameters"]
            cells.append(injected)
    made = nbformat.from_dict({**copy.deepcopy(template.notebook), "cells": cells})
    # Where papermill keeps its times; it makes the places itself only for files that it reads.
    for part in (made, *made["cells"]):
        part["metadata"]["papermill"] = nbformat.from_dict({})
    return made


def run_notebook(
    notebook: Any, folder: Path, *, seconds: float, progress: Progress | None = None
) -> Run:
    """Execute a notebook in a spawned kernel and return it with its outputs.

    Parameters
    ----------
    notebook : NotebookNode
        Its cells are executed in order, until one fails.
    folder : Path
        Private working folder of the kernel.
    seconds : float
        Wall-clock time for all of it.
    progress : Progress, optional
        Told which cell begins; its cancel ends the kernel.

    Raises
    ------
    LimitExceeded
        The time is used up.
    Cancelled
        Somebody cancelled.
    MissingExtra
        papermill or the kernel is not installed.
    """
    require("ipykernel", extra="report", why=WHY)
    require("papermill", extra="report", why=WHY)
    watch = _Watch(notebook, seconds, progress or Progress())
    thread = threading.Thread(target=watch.execute, args=(notebook, folder), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(POLL_SECONDS)
            watch.check()
    finally:
        if thread.is_alive():
            watch.end(thread)
    watch.tell()
    return watch.result()


@dataclass
class _Watch:
    """Follows the cells of one run from another thread."""

    notebook: Any
    seconds: float
    progress: Progress
    kernel: Any = None
    error: BaseException | None = None
    done: Any = None
    _start: float = field(default_factory=clock.monotonic)
    _begun: list[tuple[int, float]] = field(default_factory=list)
    _told: int = -1  # before "starting"

    def __post_init__(self) -> None:
        self.names = _step_names(self.notebook)

    def begins(self, index: int, cell: Any) -> None:
        """Note that a cell begins; called by the engine."""
        if index in self.names:
            self._begun.append((index, clock.monotonic()))

    def execute(self, notebook: Any, folder: Path) -> None:
        """Run all cells; the body of a thread, so that the caller may have a loop of its own."""
        from jupyter_core.utils import ensure_event_loop
        from papermill.engines import papermill_engines

        from workbench.reports._engine import ENGINE

        try:
            self.done = papermill_engines.execute_notebook_with_engine(
                ENGINE, notebook, "python3", progress_bar=False, folder=folder, watch=self
            )
        except BaseException as error:  # handed over to the thread that waits
            self.error = error
        finally:
            ensure_event_loop().close()  # Jupyter makes one for each thread and leaves it open

    def check(self) -> None:
        """Leave by raising when time is up or somebody cancelled; tell which cell runs."""
        name = self.names[self._begun[-1][0]] if self._begun else "starting"
        if self.progress.cancelled:
            raise Cancelled(f"Cancelled while the report was at '{name}'.")
        if clock.monotonic() - self._start > self.seconds:
            raise LimitExceeded(
                f"The report took more than {self.seconds:g} seconds; it was at '{name}'. Give it "
                "more (seconds=…), or look at fewer rows."
            )
        self.tell()

    def tell(self) -> None:
        """Tell every cell that has begun since the last look; quick ones too."""
        if self._told < 0:
            self._told = 0
            self.progress.step(0.0, "starting")
        for index, _ in self._begun[self._told :]:
            self._told += 1
            self.progress.step(self._told / (len(self.names) + 1), self.names[index])

    def end(self, thread: threading.Thread) -> None:
        """End the kernel and wait until the thread has noticed."""
        deadline = clock.monotonic() + GRACE_SECONDS
        while thread.is_alive() and clock.monotonic() < deadline:
            if self.kernel is not None:
                self.kernel.end()
            thread.join(0.5)

    def result(self) -> Run:
        """Return what was made, and where it stopped."""
        finish = clock.monotonic()
        times = [moment for _, moment in self._begun] + [finish]
        steps = tuple(
            Step(number, self.names[index], times[number] - moment)
            for number, (index, moment) in enumerate(self._begun, 1)
        )
        failure = self._failure()
        if failure is None and self.error is not None:
            raise self.error
        notebook = self.notebook if self.done is None else self.done
        return Run(notebook, steps, failure, finish - self._start)

    def _failure(self) -> Failure | None:
        place = {index: number for number, index in enumerate(self.names, 1)}
        notebook = self.notebook if self.done is None else self.done
        for index, cell in enumerate(notebook["cells"]):
            for output in cell.get("outputs", []):
                if output["output_type"] == "error":
                    return Failure(
                        place[index],
                        len(place),
                        self.names[index],
                        _clean(output["ename"]),
                        _clean(output["evalue"]),
                    )
        if type(self.error).__name__ == "DeadKernelError":
            last = self._begun[-1][0] if self._begun else next(iter(self.names))
            words = "the process that computed it ended by itself, perhaps for lack of memory."
            return Failure(place[last], len(place), self.names[last], "DeadKernel", words)
        return None


def _clean(text: str) -> str:
    return _ANSI.sub("", str(text)).strip()


def _step_names(notebook: Any) -> dict[int, str]:
    """Return each code cell's place and the heading above it."""
    names, heading = {}, "beginning"
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            match = re.search(r"^#+ (.+)$", cell["source"], re.MULTILINE)
            heading = match[1].strip() if match else heading
        elif cell["cell_type"] == "code" and cell["source"].strip():
            names[index] = heading
    return names
