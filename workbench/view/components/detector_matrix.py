"""Sets several detectors side by side: what each sees when, who agrees with whom, at what price."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.charts._thinning import Buckets
from workbench.view.components import _examples
from workbench.view.components._along import AlongState
from workbench.view.components._square import square
from workbench.view.components._state import Wish
from workbench.view.wording import number, plural, text

__all__ = ["DetectorMatrixState"]

MOST_DETECTORS = 16
MOST_SETS = 12


class DetectorMatrixState(AlongState):
    """Aligned lanes, rank correlation, agreement on flagged rows, seconds and memory.

    Examples
    --------
    >>> state = DetectorMatrixState()
    >>> state.show_comparison(comparison)  # doctest: +SKIP
    >>> state.sets[0]["count"]  # rows flagged by exactly these detectors  # doctest: +SKIP
    """

    WIRE = (
        *AlongState.WIRE, "detectors", "square", "measures", "sets", "chosen", "failures",
        "detector",
    )  # fmt: skip

    detectors = param.List(default=[], doc="One record a detector: name, counts, costs in words.")
    square = param.Dict(default={}, doc="Detectors by detectors: title, names, values.")
    measures = param.List(default=[], doc="What the square can show.")
    sets = param.List(default=[], doc="Who flags together: members, count; largest first.")
    chosen = param.Integer(default=None, allow_None=True, doc="Which of the sets is picked.")
    failures = param.List(default=[], doc="Detectors that could not work: name, why.")
    detector = param.Integer(
        default=None, allow_None=True, doc="Detector that is looked at; None offers no choice."
    )

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.names: tuple[str, ...] = ()
        self._matrix = np.empty((0, 0), dtype=np.float32)
        self._codes = np.empty(0, dtype=np.int64)
        self._ranked: list[int] = []
        self._squares: dict[str, Any] = {}

    @classmethod
    def example(cls, case: str) -> DetectorMatrixState:
        """Return a state for the gallery."""
        state = cls()
        if not _examples.phase(state, case, "No detectors yet. Choose two or more to compare."):
            state.show_comparison(_examples.comparison(case))
        return state

    def show_comparison(self, comparison: Any) -> None:
        """Take a Comparison: several detectors on one dataset."""
        found = dict(list(comparison.detections.items())[:MOST_DETECTORS])
        first = next(iter(found.values()))
        order = first.order
        matrix = np.vstack([one.severity.to_numpy(np.float32)[order] for one in found.values()])
        flags = np.vstack([one.is_anomaly.to_numpy()[order] for one in found.values()])
        along = self._take(matrix.mean(axis=0), **{**self.places(first), "records": ()})
        self.names = tuple(text(name, 40) for name in found)
        self._matrix = np.ascontiguousarray(matrix[:, along])
        self._codes = (flags[:, along] << np.arange(len(found))[:, None]).sum(axis=0)
        votes = flags[:, along].sum(axis=0)
        odd = np.flatnonzero(votes)
        ranked = odd[np.lexsort((-self._scores[odd], -votes[odd]))]
        self._ranked = [int(row) for row in self._rows[ranked]]
        self._squares = {
            "rank correlation": comparison.correlation,
            "highest scores in common": comparison.agreement,
            "flagged rows in common": comparison.flag_agreement,
        }
        self.param.update(
            detectors=_records(comparison.table.loc[list(found)]),
            measures=list(self._squares),
            square=square("rank correlation", comparison.correlation),
            sets=self._sets(),
            chosen=None,
            failures=[
                [text(name, 60), text(why, 200)] for name, why in comparison.failures.items()
            ],
        )
        self._open(None)
        together = int((votes == len(found)).sum())
        self.summary = (
            f"{plural(len(found), 'detector')} on {plural(len(first), 'row')}: "
            f"{plural(len(odd), 'row')} flagged by at least one, {together:,d} by all. "
            + self.square["summary"]
        )

    @property
    def rows(self) -> np.ndarray:
        """Rows of the picked set; else those of the brushed range; else the selected row."""
        if self.chosen is not None:
            code = sum(1 << place for place in self.sets[self.chosen]["members"])
            return self._rows[self._codes == code]
        if len(self.brush) != 2 and self.selected:
            return np.array([self.selected["row"]])
        return AlongState.rows.fget(self)  # type: ignore[attr-defined]

    def neighbour(self, step: int) -> int | None:
        """Return the next row by how many detectors flag it, then by severity."""
        if not self._ranked:
            return None
        row = self.selected.get("row")
        if row not in self._ranked:
            return self._ranked[0 if step > 0 else -1]
        return self._ranked[(self._ranked.index(row) + step) % len(self._ranked)]

    def _sets(self) -> list[dict[str, Any]]:
        codes, counts = np.unique(self._codes[self._codes > 0], return_counts=True)
        top = np.argsort(-counts, kind="stable")[:MOST_SETS]
        places = range(len(self.names))
        return [
            {"members": [k for k in places if codes[i] >> k & 1], "count": int(counts[i])}
            for i in top
        ]

    def _on_set(self, wish: Wish) -> None:
        place = wish.whole("set") if wish.has("set") else None
        known = place is not None and 0 <= place < len(self.sets)
        self.chosen = place if known and place != self.chosen else None

    def _on_detector(self, wish: Wish) -> None:
        place = wish.whole("detector")
        if self.detector is not None and 0 <= place < len(self.names):
            self.detector = place

    def _on_measure(self, wish: Wish) -> None:
        name = wish.words("name", 60)
        if name in self._squares:
            self.square = square(name, self._squares[name])

    def _header(self) -> dict[str, Any]:
        return {"lanes": list(self.names)}

    def _layers(self, cells: Buckets, peaks: np.ndarray) -> dict[str, np.ndarray]:
        highest = cells.highest(self._matrix) if len(cells) else self._matrix[:, :0]
        return {"severities": highest.ravel()}


def _records(table: Any) -> list[dict[str, Any]]:
    lines = []
    for name, line in zip(table.index, table.to_dict("records"), strict=True):
        memory, alike = line.get("memory_mib"), line.get("mean_rank_correlation")
        quality = [
            (key, line[key]) for key in ("vus_pr", "roc_auc") if np.isfinite(line.get(key, np.nan))
        ]
        lines.append(
            {
                "name": text(name, 40),
                "anomalies": int(line["anomalies"]),
                "flagged": int(line["rows_flagged"]),
                "seconds": _known(line["seconds"]),
                "memory": _known(memory),
                "alike": _known(alike),
                "quality": _known(quality[0][1]) if quality else None,
                "metric": {"vus_pr": "VUS-PR", "roc_auc": "ROC-AUC"}[quality[0][0]]
                if quality
                else "",
                "words": f"{number(line['seconds'])} s, {number(memory)} MiB",
            }
        )
    return lines


def _known(item: Any) -> float | None:
    return float(item) if item is not None and np.isfinite(item) else None
