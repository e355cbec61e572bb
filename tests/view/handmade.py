"""A small detection made by hand: what the views show does not depend on any detector."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.core.dataset import DatasetRecord
from workbench.core.detection import DetectionRecord, Threshold
from workbench.core.explanation import Contribution, Explanation
from workbench.core.severity import SeverityScale

Lanes = namedtuple("Lanes", "names matrix")


@dataclass(frozen=True, eq=False)
class HandMade(DetectionRecord):
    """A detection whose verbs answer from the scores alone."""

    def lanes(self) -> Lanes:
        overall = self.severity.to_numpy()[self.order]
        each = [overall * 0.5 for _ in self.dataset.features]
        matrix = np.vstack([overall, *each]).astype("float32")
        return Lanes(("overall", *self.dataset.features), matrix)

    def with_threshold(self, rule: float | str, **params: Any) -> HandMade:
        threshold = Threshold(float(rule), "manual", {}, "set by hand")
        return replace(self, threshold=threshold)

    def explain(self, row: int) -> Explanation:
        frame = self.dataset.frame
        parts = tuple(
            Contribution(
                name,
                frame[name].iloc[row],
                1.0 / (i + 1),
                0.5 / (i + 1),
                40.0,
                60.0,
                "40 to 60",
                i == 0,
            )
            for i, name in enumerate(self.dataset.features)
        )
        return Explanation(
            row,
            float(self.scores.iloc[row]),
            0.0,
            self.threshold.value,
            float(self.severity.iloc[row]),
            parts,
            frame.head(3),
            f"Row {row} stands out: {self.dataset.features[0]} is far too high.",
            "Made by hand.",
            "Says nothing about causes.",
        )

    @property
    def labels(self) -> pd.DataFrame:
        return pd.DataFrame(columns=["row", "verdict", "tag", "comment", "author", "time"])

    @property
    def code(self) -> str:
        return f'import workbench as wb\n\nfound = wb.detect("{self.dataset.name}")'


def hand_made(rows: int = 600, *, series: bool = True, name: str = "boiler") -> HandMade:
    """Return a detection over ``rows`` rows with three planted anomalies."""
    rng = np.random.default_rng(3)
    times = pd.date_range("2026-01-01", periods=rows, freq="h")
    frame = pd.DataFrame(
        {"time": times, "flow": rng.normal(50, 2, rows), "heat": rng.normal(20, 1, rows)}
    )
    frame.loc[rows // 2 : rows // 2 + 4, "flow"] = 90.0
    frame.loc[rows // 4, "heat"] = 40.0
    frame.loc[rows // 8, "heat"] = 29.0
    if not series:
        frame = frame.drop(columns="time")
    data = DatasetRecord(
        frame,
        name,
        "series" if series else "tabular",
        ("flow", "heat"),
        time="time" if series else None,
    )
    centred = (frame[["flow", "heat"]] - frame[["flow", "heat"]].median()).abs()
    scores = (centred / centred.median()).max(axis=1)
    return HandMade(
        dataset=data,
        scores=scores,
        p_values=scores.rank(pct=True),
        detector="iforest",
        threshold=Threshold(8.0, "contamination", {"contamination": 0.01}, "1 % of the rows"),
        scale=SeverityScale(float(scores.median())),
        params={},
        seconds=0.1,
        provenance={"reason": "chosen by hand"},
    )
