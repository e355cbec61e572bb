"""Data told again as if their rows arrived now: learned on the first part, scored as they come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.core.errors import DataError
from workbench.core.progress import Progress

__all__ = ["Replay"]

#: Share of the rows that the detector learns from before anything arrives.
LEARNED = 0.3
#: Rows before a batch that are scored with it, for detectors that look back; a week at 10 minutes.
CONTEXT = 1008
FEWEST_ROWS = 100
MOST_LANES = 8


class Replay:
    """Rows in the order of time; :meth:`learn` takes the first ones, :meth:`step` the next.

    Parameters
    ----------
    data : Dataset
        What is told again.
    detector : str
        A name of the catalog, or "auto".

    Examples
    --------
    >>> import workbench as wb
    >>> replay = Replay(wb.load("sample:pump"), "seasonal_residual")
    >>> replay.learn()
    >>> replay.step(144), replay.at
    (True, 3168)
    """

    def __init__(self, data: Any, detector: str = "auto") -> None:
        if len(data) < FEWEST_ROWS:
            raise DataError(
                f"A replay needs {FEWEST_ROWS} rows or more, and {data.name} has {len(data)}. "
                "Choose other data."
            )
        frame = data.frame
        if data.time is not None:
            frame = frame.sort_values(data.time, kind="stable")
        self.data = replace(data, frame=frame.reset_index(drop=True))
        self.detector = detector
        self.first = self.at = round(LEARNED * len(data))
        self.found: Any = None
        self.names: tuple[str, ...] = ()
        self.lanes = np.empty((0, 0), dtype=np.float32)

    def learn(self, progress: Progress | None = None) -> None:
        """Fit the detector on the first part; what it finds there is history."""
        from workbench.workflow.detecting import detect

        self.at = self.first
        self.found = detect(self._rows(0, self.at), self.detector, progress=progress)
        lanes = self.found.lanes()
        self.names = lanes.names[: MOST_LANES + 1]
        self.lanes = np.zeros((len(self.names), len(self.data)), dtype=np.float32)
        self._keep(0, self.found, lanes)

    def step(self, count: int) -> bool:
        """Let ``count`` rows arrive and score them; return whether more will come.

        Nothing is fitted again: the rows get the scores that the model gives them, seen with the
        rows before them.
        """
        from workbench.workflow.detection import Detection
        from workbench.workflow.model import ScoredRows

        start, stop = self.at, min(self.at + count, len(self.data))
        if start < stop:
            back = max(0, start - CONTEXT)
            part = self.found.model.score(self._rows(back, stop))
            self._keep(start - back, part, part.lanes(), start)
            scores = np.concatenate([self.found.scores, part.scores.to_numpy()[start - back :]])
            rows = ScoredRows(scores, part.matrix, part.notices, part.seconds)
            self.found = Detection.of(self.found.model, self._rows(0, stop), rows)
            self.at = stop
        return stop < len(self.data)

    def set_threshold(self, value: float) -> None:
        """Judge what has arrived, and what will, by another threshold; nothing is scored again."""
        self.found = self.found.with_threshold(value)
        self._keep(0, self.found, self.found.lanes())

    @property
    def over(self) -> bool:
        """Whether all rows have arrived."""
        return self.at >= len(self.data)

    @property
    def severities(self) -> np.ndarray:
        """Severity of each lane for the rows so far, shape (lanes, rows), in the order of time."""
        return self.lanes[:, : self.at]

    def _rows(self, start: int, stop: int) -> Any:
        return replace(self.data, frame=self.data.frame.iloc[start:stop].reset_index(drop=True))

    def _keep(self, skip: int, part: Any, lanes: Any, at: int = 0) -> None:
        """Keep what the lanes say of the rows after ``skip``; lanes are known by their names."""
        rows = part.order >= skip
        places = at + part.order[rows] - skip
        for name, severity in zip(lanes.names, lanes.matrix, strict=True):
            if name in self.names:
                self.lanes[self.names.index(name), places] = severity[rows]
