"""What one person compares: data, several detectors, and what is looked at among them.

No server and no browser: pages watch these parameters, tests read them.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import param

from workbench.view.comparing import Comparing
from workbench.view.components.detector_matrix import MOST_DETECTORS
from workbench.view.data_session import DataSession, real, whole
from workbench.view.job import Job

__all__ = ["FEWEST", "USUAL", "CompareSession"]

#: Detectors that are quick, need no parameters, and look at data in three different ways.
USUAL = ("iforest", "ecod", "knn")
FEWEST = 2


class CompareSession(DataSession):
    """The state behind the Compare page; every parameter that matters is in the URL.

    Examples
    --------
    >>> session = CompareSession.from_query({"data": "sample:pump", "detectors": "ecod,knn"})
    >>> session.detectors, session.query()["detectors"]
    (['ecod', 'knn'], 'ecod,knn')
    """

    NOTHING: ClassVar[dict[str, Any]] = {"comparison": None}

    detectors = param.List(default=list(USUAL), doc="Detectors, as ``wb.compare`` takes them.")
    comparison = param.Parameter(default=None, doc="What was found; its thresholds may move.")

    def __init__(self, engine: Any = None, **params: Any) -> None:
        super().__init__(engine, **params)
        #: What is looked at: the components and how they are wired.
        self.space = Comparing()
        self.forget()

    # ---- the URL ------------------------------------------------------------------------------

    @classmethod
    def from_query(cls, query: dict[str, Any], engine: Any = None) -> CompareSession:
        """Return the session that a URL describes; what it gets wrong is left at the default."""
        words = {key: str(text) for key, text in query.items()}
        session = cls(engine, **cls._data_of(words))
        asked = _names(words.get("detectors", ""))
        session.detectors = asked or ([] if session.source.startswith("result:") else list(USUAL))
        session._asked = (words.get("detector", ""), whole(words.get("row")))
        session._thresholds = _thresholds(words.get("thresholds", ""))
        return session

    def query(self) -> dict[str, str]:
        """Return what the URL says, defaults included; "" where there is nothing."""
        space, shown = self.space, self.comparison is not None
        detector, row = (space.detector, space.row) if shown else self._asked
        moved = {} if not shown else {
            name: float(space.comparison.detections[name].threshold.value)
            for name in space.comparison.moved
        }  # fmt: skip
        thresholds = moved if shown else self._thresholds
        return {
            **self._data_query(),
            "detectors": ",".join(self.detectors),
            "detector": detector,
            "row": "" if row is None else str(row),
            "thresholds": ";".join(f"{name}:{value:.12g}" for name, value in thresholds.items()),
            "scored": "yes" if shown else "no",
        }

    # ---- work ---------------------------------------------------------------------------------

    def run(self) -> None:
        """Run the chosen detectors on the loaded data, one after the other."""
        if self.dataset is None:
            self.param.update(stage="failed", message="Choose a sample or upload a file first.")
            return
        names = list(self.detectors)
        if not FEWEST <= len(names) <= MOST_DETECTORS:
            told = f"Choose {FEWEST} to {MOST_DETECTORS} detectors to compare."
            self.param.update(stage="failed", message=told)
            return
        data, source, roles = self.dataset, self.source, self.roles
        self.param.update(stage="running", comparison=None, message="")

        def compare(progress: Any) -> Any:
            progress.step(0.0, "starting")
            return self.engine.compare(self.engine.place(source), data, names, progress, roles)

        def after(job: Job) -> None:
            if not self._ended_badly(job):
                self._scored(job.result)

        self._start(compare, after, "running")

    def forget(self) -> None:
        """Drop what was looked at: detector, row and moved thresholds."""
        self._asked: tuple[str, int | None] = ("", None)
        self._thresholds: dict[str, float] = {}

    def _kept(self, place: str) -> Any:
        kept = self.engine.kept_comparison(place, self.detectors, self.roles)
        if kept is None and not self.detectors:
            self.detectors = list(USUAL)
        return kept

    def _scored(self, result: Any) -> None:
        for name, value in self._thresholds.items():
            if name in result.detections:
                result = result.with_threshold(name, value)
        detector, row = self._asked
        self.forget()
        self.space.show(result, detector=detector, row=row)
        names = [*result.detections, *result.failures]
        if set(names) != set(self.detectors):
            self.detectors = names
        self.param.update(comparison=result, stage="scored", message="")


def _names(words: str) -> list[str]:
    """Split at commas that are not inside of brackets; each name once."""
    parts = (part.strip()[:200] for part in re.split(r",(?![^(]*\))", words[:4000]))
    return [name for name in dict.fromkeys(parts) if name][:MOST_DETECTORS]


def _thresholds(words: str) -> dict[str, float]:
    parts = (part.rpartition(":") for part in words[:4000].split(";"))
    known = {name: real(value) for name, _, value in parts if name}
    return {name: value for name, value in known.items() if value is not None}
