"""A runner in a process of its own: works until its standard input ends.

Called with the number of workers, the seconds after which a silent runner counts as dead, and those
between two signs of life. Tells on standard output what it begins and how that ended, as "begun ID"
and "done ID"; work of the kind "hold" goes on when a line comes.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from workbench.core.job import OVER, Job
from workbench.core.progress import Progress
from workbench.jobs.runner import Pace, Runner

GO = threading.Event()


def _say(line: str) -> None:
    # One call for one line: lines of several threads do not mix.
    os.write(1, f"{line}\n".encode())


def hold(job: Job, progress: Progress) -> dict[str, Any]:
    """Begin, and go on when a line comes."""
    _say(f"begun {job.id}")
    GO.wait()
    return {"by": "the process"}


def count(job: Job, progress: Progress) -> dict[str, Any]:
    """Say that it was begun: a job that is begun twice is said twice."""
    _say(f"begun {job.id}")
    progress.step(0.5, "counting")
    return {"by": os.getpid()}


def ended(job: Job) -> None:
    """Say how a job ended."""
    if job.state in OVER:
        _say(f"{job.state} {job.id}")


if __name__ == "__main__":
    silent, beat = map(float, sys.argv[2:])
    pace = Pace(look=0.02, note=0.02, beat=beat, silent=silent)
    kinds = {"hold": hold, "count": count}
    with Runner(kinds, int(sys.argv[1]), on_change=ended, pace=pace) as runner:
        for _ in sys.stdin:
            GO.set()
        runner.stop(60)
