"""How soon and how well monitors find labelled events, beside River's HalfSpaceTrees.

Run it: ``python -m tests.benchmarks.live_detection [FOLDER] [--every N] [--rate 1e-3]``.

Every N-th series of NAB and Microsoft's cloud monitoring goes once through each detector as a
monitor runs it: scored before it is learned, the threshold from the newest 2,000 scores (rule
"tail"). River's scores get the same threshold; its columns are scaled by the whole series, which
ours do not see. An event is a stretch of labelled records; it is found where one of its records is
anomalous, and its delay counts from its first record, as a share of its length. A stretch of
anomalous records that touches no event is a false one. The first 500 records count for nobody.
Nothing is asserted.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.detectors import DETECTORS
from workbench.streams.event_time import SECOND
from workbench.streams.judging import Judging
from workbench.streams.records import Records
from workbench.streams.scoring import Scorer

SHARED = Path(__file__).parents[3] / "shared" / "data"
HEAD = 500
OURS = ("ewma", "half_space_trees", "online_loda")


class River:
    """River's half-space trees, as a monitor wants them: scored, then learned."""

    warm_up = 250  # its window

    def __init__(self, low: float, span: float) -> None:
        from river import anomaly

        self._low, self._span = low, span or 1.0
        self._model = anomaly.HalfSpaceTrees(seed=0)

    def score_learn(self, X: Any, *, time: Any = None) -> np.ndarray:
        scores = np.empty(len(X))
        for row, value in enumerate(((X[:, 0] - self._low) / self._span).tolist()):
            named = {0: value}
            scores[row] = self._model.score_one(named)
            self._model.learn_one(named)
        return scores


def stretches(flags: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(int), 0]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.read_csv(path)
    frame.columns = [name.lower() for name in frame.columns]
    frame = frame.assign(value=pd.to_numeric(frame["value"], errors="coerce"))
    label = next(name for name in ("label", "is_anomaly", "anomaly") if name in frame)
    frame = frame.dropna(subset=["value"])
    return frame["value"].to_numpy(dtype=float), frame[label].to_numpy(dtype=float) > 0


def judged(make: Callable[[], Any], values: np.ndarray, rate: float) -> np.ndarray:
    scorer = Scorer(("value",), make, Judging(rule="tail", rate=rate))
    text = np.full(len(values), "", dtype=object)
    time = np.arange(len(values), dtype=np.int64) * SECOND
    return scorer.step(Records(time, text, text, values[:, None])).anomalous


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-3)
    given = parser.parse_args()
    with (given.folder / "index.csv").open() as index:
        paths = [line["path"] for line in csv.DictReader(index)
                 if line["path"].startswith(("ts_uni/nab/", "ts_uni/mscloud/"))]  # fmt: skip
    sums: dict[str, dict[str, Any]] = {}
    rows = used = 0
    for path in paths[:: given.every]:
        values, labels = read(given.folder / path)
        if not labels[HEAD:].any():
            continue
        used, rows = used + 1, rows + len(values)
        low, span = float(values.min()), float(np.ptp(values))
        makers: dict[str, Callable[[], Any]] = {n: DETECTORS.get(n).create for n in OURS}
        makers["River HalfSpaceTrees"] = lambda low=low, span=span: River(low, span)
        events = [one for one in stretches(labels) if one[0] >= HEAD]
        for name, make in makers.items():
            flags = judged(make, values, given.rate)
            flags[:HEAD] = False
            told = sums.setdefault(
                name, {"events": 0, "found": 0, "true": 0, "false": 0, "late": []}
            )
            told["events"] += len(events)
            for first, last in events:
                hits = np.flatnonzero(flags[first:last])
                if len(hits):
                    told["found"] += 1
                    told["late"].append((hits[0], hits[0] / (last - first)))
            for first, last in stretches(flags):
                told["true" if labels[first:last].any() else "false"] += 1
    print(f"{used} series with events, {rows:,} records, tail rate {given.rate:g}")
    print(f"{'detector':<22}{'events':>7}{'found':>7}{'recall':>8}{'precision':>10}"
          f"{'delay (records, median)':>25}{'of the event':>14}")  # fmt: skip
    for name, told in sums.items():
        late = np.array(told["late"] or [(np.nan, np.nan)])
        alarms = told["true"] + told["false"]
        print(
            f"{name:<22}{told['events']:>7}{told['found']:>7}"
            f"{told['found'] / max(1, told['events']):>8.2f}{told['true'] / max(1, alarms):>10.2f}"
            f"{np.median(late[:, 0]):>25.0f}{np.median(late[:, 1]):>14.2f}"
        )


if __name__ == "__main__":
    main()
