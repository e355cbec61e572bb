"""What tests of runners share: waiting for what a runner tells, and paces that leave no time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from workbench.core.job import OVER, Job
from workbench.jobs.runner import Pace

#: Generous: a deadline for what should have happened long ago, and no measure of speed.
PATIENCE = 60.0
QUICK = Pace(look=0.02, note=0.02, beat=0.05, silent=30.0)


class Watch:
    """Hears of each change of a job; waits until one is as it should be."""

    def __init__(self) -> None:
        self.heard: list[Job] = []
        self._changed = threading.Condition()

    def __call__(self, job: Job) -> None:
        with self._changed:
            self.heard.append(job)
            self._changed.notify_all()

    def wait(self, fits: Callable[[Job], bool]) -> Job:
        """Return the first job heard of that fits."""

        def found() -> Job | None:
            return next((job for job in self.heard if fits(job)), None)

        with self._changed:
            job = self._changed.wait_for(found, PATIENCE)
        assert job is not None, self.heard
        return job

    def over(self, job: Job) -> Job:
        """Return a job when it has ended."""
        return self.wait(lambda heard: heard.id == job.id and heard.state in OVER)
