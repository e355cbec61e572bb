"""The result of one run: a score for each row, a threshold, and what follows from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.anomaly import BANDS, Anomaly
from workbench.core.dataset import DatasetRecord
from workbench.core.severity import SeverityScale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DetectionRecord", "Threshold"]


@dataclass(frozen=True)
class Threshold:
    """The score above which a row counts as an anomaly, and the rule that set it."""

    value: float
    rule: str
    params: dict[str, Any]
    reason: str


@dataclass(frozen=True, eq=False)
class DetectionRecord:
    """Scores, threshold and provenance of one run of one detector on one dataset.

    Attributes
    ----------
    dataset : DatasetRecord
        What was looked at.
    scores : pandas.Series of float
        One score a row, indexed like ``dataset.frame``; higher is more anomalous.
    p_values : pandas.Series of float
        Share of the fitted rows that score at least as high, in (0, 1].
    threshold : Threshold
        Rows with ``score > threshold.value`` are anomalies.
    scale : SeverityScale
        Turns scores into severities.
    detector : str
        Name in the catalog.
    params : dict
        Every parameter of the detector, defaults included.
    seconds : float
        Wall-clock time of fitting and scoring.
    provenance : dict
        Versions, seed, time of the run, and why this detector was chosen.
    feature_scores : pandas.DataFrame or None
        Severity of each feature on its own, for the lanes; shape (n, number of features).
    notices : tuple of str
        What a reader of the result should know.
    """

    dataset: DatasetRecord
    scores: pd.Series
    p_values: pd.Series
    threshold: Threshold
    scale: SeverityScale
    detector: str
    params: dict[str, Any]
    seconds: float
    provenance: dict[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.scores)

    @cached_property
    def is_anomaly(self) -> pd.Series:
        """Whether each row's score passes the threshold."""
        return (self.scores > self.threshold.value).rename("is_anomaly")

    @cached_property
    def severity(self) -> pd.Series:
        """Severity of each row, 0-100."""
        import pandas as pd

        values = self.scale.severities(self.scores.to_numpy(), self.threshold.value)
        return pd.Series(values, index=self.scores.index, name="severity")

    @cached_property
    def probability(self) -> pd.Series:
        """Calibrated probability that each row is an anomaly, in (0, 1).

        Learned from labelled rows after ``wb.learn``; otherwise what public labelled data have
        at the same distance from the threshold, which ``scale.source`` says.
        """
        import pandas as pd

        values = self.scale.chances(self.scores.to_numpy(), self.threshold.value)
        return pd.Series(values, index=self.scores.index, name="probability")

    @cached_property
    def rank(self) -> pd.Series:
        """1 for the most anomalous row; ties share the better rank."""
        return self.scores.rank(ascending=False, method="min").astype("int64").rename("rank")

    @cached_property
    def table(self) -> pd.DataFrame:
        """The original columns plus ``score``, ``is_anomaly``, ``rank`` and ``severity``.

        A column of the data that already has one of these names is kept as ``name_original``.
        """
        added = {
            "score": self.scores,
            "is_anomaly": self.is_anomaly,
            "rank": self.rank,
            "severity": self.severity,
        }
        taken: set[Any] = set(self.dataset.frame.columns)
        renames = {}
        for name in added:
            if name in taken:
                fresh = f"{name}_original"
                while fresh in taken:
                    fresh += "_"
                renames[name] = fresh
                taken.add(fresh)
        table = self.dataset.frame.rename(columns=renames)
        return table.assign(**{name: series.to_numpy() for name, series in added.items()})

    @cached_property
    def order(self) -> np.ndarray:
        """Row positions in reading order: by entity, then time, where the data have them."""
        frame, data = self.dataset.frame, self.dataset
        keys = [frame[column] for column in (data.time, data.entity) if column is not None]
        if data.kind != "series" or not keys:
            return np.arange(len(frame))
        codes = [key.astype(str) if key.dtype == object else key for key in keys]
        ranks = [code.rank(method="min", na_option="bottom").to_numpy() for code in codes]
        return np.lexsort(ranks)

    @cached_property
    def records(self) -> tuple[Anomaly, ...]:
        """All anomalies, most severe first: rows, or for series stretches of rows."""
        flags = self.is_anomaly.to_numpy()[self.order]
        stretches = self._stretches(flags) if self.dataset.kind == "series" else _singles(flags)
        found = [self._anomaly(start, end) for start, end in stretches]
        return tuple(sorted(found, key=lambda item: (-item.score, item.start)))

    @cached_property
    def anomalies(self) -> pd.DataFrame:
        """All anomalies as a table, most severe first.

        One line an anomaly: ``id``, ``row`` (position of the peak), ``score``, ``severity``,
        ``band``; for series also ``start``, ``end``, ``rows``; then the original values of the
        peak's row.
        """
        import pandas as pd

        series = self.dataset.kind == "series"
        lines: list[dict[str, Any]] = []
        for item in self.records:
            line: dict[str, Any] = {"id": item.id, "row": item.peak}
            if series:
                timed = self.dataset.time is not None
                line["start"] = item.start_time if timed else item.start
                line["end"] = item.end_time if timed else item.end - 1
                line["rows"] = len(item.rows)
            line |= {"score": item.score, "severity": item.severity, "band": item.band}
            lines.append(line)
        names = ["id", "row", *(["start", "end", "rows"] if series else [])]
        table = pd.DataFrame(lines, columns=[*names, "score", "severity", "band"])
        original = self.dataset.frame.iloc[table["row"].to_numpy(dtype=int)].reset_index(drop=True)
        taken = {*table.columns, "is_anomaly", "rank"}  # as in ``table``
        clash = {name: f"{name}_original" for name in original.columns if name in taken}
        return pd.concat([table, original.rename(columns=clash)], axis=1)

    @property
    def bands(self) -> dict[str, int]:
        """Number of anomalies in each severity band, worst first."""
        counts = {word: 0 for _, word in BANDS}
        for item in self.records:
            counts[item.band] = counts.get(item.band, 0) + 1
        return counts

    def _stretches(self, flags: np.ndarray) -> list[tuple[int, int]]:
        """Merge flagged rows of one entity that are at most 2 rows apart (in time order)."""
        hits = np.flatnonzero(flags)
        if hits.size == 0:
            return []
        apart = np.diff(hits) > 3
        if self.dataset.entity is not None:
            entity = self.dataset.frame[self.dataset.entity].to_numpy()[self.order]
            apart |= entity[hits[1:]] != entity[hits[:-1]]
        starts = np.concatenate([[0], np.flatnonzero(apart) + 1])
        ends = np.concatenate([np.flatnonzero(apart), [hits.size - 1]])
        return [(int(hits[a]), int(hits[b]) + 1) for a, b in zip(starts, ends, strict=True)]

    def _anomaly(self, start: int, end: int) -> Anomaly:
        rows = self.order[start:end]
        scores = self.scores.to_numpy()[rows]
        severity = self.severity.to_numpy()[rows]
        frame, data = self.dataset.frame, self.dataset
        entity = frame[data.entity].iloc[rows[0]] if data.entity is not None else None
        times = frame[data.time].iloc[rows] if data.time is not None else None
        key = f"{data.fingerprint}|{self.detector}|{entity}|{int(rows[0])}|{end - start}"
        return Anomaly(
            id=hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12],
            start=start,
            end=end,
            rows=tuple(int(row) for row in rows),
            peak=int(rows[int(np.argmax(scores))]),
            score=float(scores.max()),
            severity=float(severity.max()),
            entity=entity,
            start_time=None if times is None else times.iloc[0],
            end_time=None if times is None else times.iloc[-1],
        )


def _singles(flags: np.ndarray) -> list[tuple[int, int]]:
    return [(int(row), int(row) + 1) for row in np.flatnonzero(flags)]
