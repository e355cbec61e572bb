"""What one person works on: data with the roles of their columns, and the work that goes on.

No server and no browser: pages watch these parameters, tests read them.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import param

from workbench.core.errors import WorkbenchError
from workbench.view.engine import Engine
from workbench.view.job import Job
from workbench.view.wording import axis_of

__all__ = ["ROLES", "STAGES", "DataSession", "real", "whole"]

#: What a page can be in; each has its own words and next step.
STAGES = ("empty", "loading", "ready", "running", "scored", "failed", "cancelled")

#: Columns that a person may name, as ``wb.load`` calls them.
ROLES = ("time", "label", "entity")


class DataSession(param.Parameterized):
    """Chosen data and their stage; a page's session adds what is found in them.

    A subclass says in ``NOTHING`` how its results look before there are any, and how to
    :meth:`run`, to take a result (:meth:`_scored`) and to find one that is kept (:meth:`_kept`).
    """

    NOTHING: ClassVar[dict[str, Any]] = {}

    source = param.String(default="", doc='"sample:NAME", "upload:TOKEN/NAME" or "result:TOKEN".')
    time = param.String(default="", doc='Column with the times; "" is found automatically.')
    label = param.String(default="", doc='Column that says what is odd; "" is the data\'s own.')
    entity = param.String(default="", doc='Column that tells series apart; "" is the data\'s own.')
    columns = param.List(default=[], doc="Columns of the data, kept when a choice of them fails.")
    theme: Any = param.Selector(
        default="light", objects=["light", "dark"], doc="Colours of the page."
    )
    stage: Any = param.Selector(default="empty", objects=list(STAGES), doc="Where the work stands.")
    message = param.String(default="", doc="What went wrong, in words.")
    dataset = param.Parameter(default=None, doc="The loaded dataset.")
    profile = param.Parameter(default=None, doc="What is in the dataset.")

    def __init__(self, engine: Any = None, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # param is typed in part
        self.engine = Engine() if engine is None else engine
        self.job: Job | None = None
        self.axis = np.empty(0)

    # ---- what a page adds ---------------------------------------------------------------------

    def run(self) -> None:
        """Begin to find what the page is for in the loaded data."""
        raise NotImplementedError

    def _scored(self, result: Any) -> None:
        raise NotImplementedError

    def _kept(self, place: str) -> Any:
        """Return a result that is already there, or None; never computes."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what belonged to the data or to the columns before."""
        raise NotImplementedError

    # ---- the URL ------------------------------------------------------------------------------

    @staticmethod
    def _data_of(words: dict[str, str]) -> dict[str, Any]:
        """Return the parameters of the data that a URL names."""
        theme = words.get("theme")
        return {
            "source": words.get("data", ""),
            **{role: words.get(role, "") for role in ROLES},
            **({"theme": theme} if theme in ("light", "dark") else {}),
        }

    def _data_query(self) -> dict[str, str]:
        """Return what a URL says of data and theme; "" where there is nothing."""
        roles = {role: getattr(self, role) for role in ROLES}
        return {"data": self.source, **roles, "theme": self.theme}

    # ---- work ---------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is being loaded or scored."""
        return self.job is not None

    @property
    def roles(self) -> dict[str, str]:
        """Columns that the person has named, by role."""
        return {role: getattr(self, role) for role in ROLES if getattr(self, role)}

    def pick(self, source: str, *, then_run: bool = False, keep: bool = False) -> None:
        """Load a sample or an upload; what belonged to the data before is dropped.

        Parameters
        ----------
        source : str
            "sample:NAME" or "upload:TOKEN/NAME".
        then_run : bool
            Go on to the run when loading has succeeded.
        keep : bool
            Keep columns and choices, as when a URL is restored.
        """
        self.cancel()
        if not keep:
            self.forget()
            self.param.update(time="", label="", entity="", columns=[])
        self.param.update(
            stage="loading", source=source, dataset=None, profile=None, message="", **self.NOTHING
        )
        roles = self.roles

        def load(progress: Any) -> Any:
            progress.step(0.02, "reading the data")
            data = self.engine.load(self.engine.place(source), progress, roles)
            progress.step(0.9, "looking at the columns")
            return data, data.profile()

        def after(job: Job) -> None:
            if self._ended_badly(job):
                return
            data, profile = job.result
            self._loaded(data, profile)
            if then_run:
                self.run()
            else:
                self.stage = "ready"

        self._start(load, after, "loading")

    def restore(self, scored: bool = True) -> None:
        """Bring back what the URL named; a shared result is there at once."""
        if not self.source:
            self.stage = "empty"
            return
        try:
            place = self.engine.place(self.source)
            kept = self._kept(place) if scored else None
        except WorkbenchError as error:
            self.param.update(stage="failed", message=str(error))
            return
        if kept is None:
            self.pick(self.source, then_run=scored, keep=True)
            return
        self._loaded(kept.dataset, kept.dataset.profile())
        self._scored(kept)

    def set_role(self, role: str, column: str) -> None:
        """Say which column is the time, the label or the entity; the data are read again.

        Parameters
        ----------
        role : {"time", "label", "entity"}
            What the column is.
        column : str
            Its name; "" leaves it to be found.
        """
        self.forget()
        self.param.update(**{role: column})
        if self.source:
            self.pick(self.source, keep=True)

    def cancel(self) -> None:
        """Give up the work that is going on; its thread stops at its next step, unheard."""
        if self.job is not None:
            self.job.cancel()
            self.param.update(stage="cancelled")
            self.job = None

    def poll(self) -> bool:
        """Collect work that has ended; return whether any still goes on."""
        job = self.job
        if job is not None and not job.alive:
            self.job = None
            job.collect()
        return self.job is not None

    def _start(self, work: Any, after: Any, stage: str) -> None:
        self.job = Job(work, after)
        self.stage = stage

    def _ended_badly(self, job: Job) -> bool:
        if job.cancelled:
            self.stage = "cancelled"
        elif job.error:
            self.param.update(message=job.error, stage="failed")
        return bool(job.cancelled or job.error)

    def _loaded(self, data: Any, profile: Any) -> None:
        columns = [name for name in data.frame.columns if isinstance(name, str)]
        self.param.update(dataset=data, profile=profile, columns=columns)
        times = data.frame[data.time] if data.time is not None else None
        self.axis = axis_of(times, len(data))


def real(words: str | None) -> float | None:
    """Return the finite number that a URL says, or None."""
    try:
        number = float(words or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def whole(words: str | None) -> int | None:
    """Return the whole number that a URL says, or None."""
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 12 else None
