"""The last look at a table: a score for each row, and the rows that stand out most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.detectors import Detector
from workbench.preparation.encoding import Preparation
from workbench.preparation.gate import check_scores
from workbench.scaling.parts import Batch
from workbench.scaling.preparing import PlainColumns

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["MOST_WORST", "Scored", "Scoring", "Tally", "write_scores"]

#: Rows with the highest scores that a result keeps.
MOST_WORST = 200
#: Batches of one group of rows in the file.
GROUP_BATCHES = 16
#: Values that are encoded at a time.
PAGE_ROWS = 65_536


@dataclass(frozen=True, eq=False)
class Scored:
    """What scoring made of one batch.

    Attributes
    ----------
    start : int
    scores : numpy.ndarray of shape (n,)
    kept : pyarrow.RecordBatch or None
        Columns that are written beside the scores.
    flagged : int
        Rows above the threshold.
    worst : numpy.ndarray of shape (k,)
        Their numbers, the highest scores only.
    held : pyarrow.RecordBatch, pandas.DataFrame or None
        What these rows hold.
    notices : tuple of str
    """

    start: int
    scores: np.ndarray
    kept: Any
    flagged: int
    worst: np.ndarray
    held: Any
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Scoring:
    """Scores a batch with a fitted preparation and detector; runs where the batch lies.

    Attributes
    ----------
    columns : tuple of str
        What is written beside the scores.
    """

    preparation: Preparation
    detector: Detector
    threshold: float
    columns: tuple[str, ...] = ()

    def __call__(self, batch: Batch) -> Scored:
        """Return what scoring made of it."""
        scores, notices = self._scores(batch)
        above = np.flatnonzero(scores > self.threshold)
        flagged, held = len(above), None
        if flagged > MOST_WORST:
            above = above[np.argpartition(-scores[above], MOST_WORST - 1)[:MOST_WORST]]
            above.sort()
        if flagged:
            held = batch.taken(above)
        kept = _selected(batch, self.columns) if self.columns else None
        return Scored(batch.start, scores, kept, flagged, above + batch.start, held, notices)

    def _scores(self, batch: Batch) -> tuple[np.ndarray, tuple[str, ...]]:
        columns = PlainColumns(self.preparation, batch)
        if columns.plain:
            scores = self.detector.score_blocks(columns.blocks(), len(batch))
            if columns.plain:
                return check_scores(scores, len(batch), f"'{self.detector.name()}'"), ()
        matrix = self.preparation.transform(batch.frame())
        return self.detector.decision_function(matrix.values), matrix.notices


def _selected(batch: Batch, columns: Sequence[str]) -> Any:
    import pyarrow as pa

    table = batch.only(columns).table
    if hasattr(table, "schema"):
        return table
    return pa.RecordBatch.from_pandas(table, preserve_index=False)


@dataclass
class Tally:
    """Counts over all batches, and the rows that stand out most among them."""

    rows: int = 0
    flagged: int = 0
    notices: dict[str, str] = field(default_factory=dict)
    _scores: list[np.ndarray] = field(default_factory=list)
    _rows: list[np.ndarray] = field(default_factory=list)
    _held: list[Any] = field(default_factory=list)
    _floor: float = -np.inf

    def add(self, scored: Scored) -> None:
        """Count a batch in."""
        self.rows += len(scored.scores)
        self.flagged += scored.flagged
        for notice in scored.notices:
            key = "".join(letter for letter in notice if not letter.isdigit())
            last = scored.start + len(scored.scores) - 1
            self.notices.setdefault(key, f"First in rows {scored.start:,} to {last:,}: {notice}")
        if scored.held is not None:
            self._add_worst(scored)

    def _add_worst(self, scored: Scored) -> None:
        scores, rows, held = scored.scores[scored.worst - scored.start], scored.worst, scored.held
        passing = np.flatnonzero(scores >= self._floor)
        if len(passing) < len(scores):
            held = Batch(0, held).taken(passing)
            scores, rows = scores[passing], rows[passing]
        if len(rows):
            self._scores.append(scores)
            self._rows.append(rows)
            self._held.append(held)
        if sum(map(len, self._scores)) > 4 * MOST_WORST:
            self._trim()

    def worst(self) -> tuple[np.ndarray, np.ndarray, pd.DataFrame] | None:
        """Return numbers, scores and values of the worst rows, the worst first; None without."""
        if not self._held:
            return None
        self._trim()
        return self._rows[0], self._scores[0], Batch(0, self._held[0]).frame()

    def _trim(self) -> None:
        scores, rows = np.concatenate(self._scores), np.concatenate(self._rows)
        # Of equal scores the row that comes first, so that the cut into batches tells nothing.
        order = np.lexsort((rows, -scores))[:MOST_WORST]
        held = Batch(0, _together(self._held)).taken(order)
        self._scores, self._rows, self._held = [scores[order]], [rows[order]], [held]
        if len(order) == MOST_WORST:
            self._floor = float(scores[order[-1]])


def _together(pieces: list[Any]) -> Any:
    """Return pieces of a table as one, of Arrow or of pandas."""
    if not hasattr(pieces[0], "schema"):
        import pandas as pd

        return pd.concat(pieces, ignore_index=True)
    import pyarrow as pa

    return pa.Table.from_batches(pieces).combine_chunks().to_batches()[0]


def write_scores(
    path: Path, found: Iterator[Scored], tally: Tally, threshold: float, about: dict[str, str]
) -> None:
    """Write scores as Parquet, in the order of the rows, and count them.

    Parameters
    ----------
    path : Path
        A scratch file: whoever calls moves it to its place once it is whole.
    about : dict of str to str
        Kept with the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, waiting = None, list[Any]()
    try:
        for scored in found:
            tally.add(scored)
            batch = _as_batch(scored, threshold)
            if writer is None:
                named = batch.schema.names[:-2]
                # Hardly a score occurs twice, doubles hardly get smaller by packing, and ends of
                # a group tell little where each group holds some of the odd rows.
                writer = pq.ParquetWriter(
                    path, batch.schema, compression="none", use_dictionary=named,
                    write_statistics=named, write_batch_size=PAGE_ROWS,
                )  # fmt: skip
            waiting.append(batch)
            if len(waiting) >= GROUP_BATCHES:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
        if writer is not None:
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting))
            writer.add_key_value_metadata(about)
    finally:
        if writer is not None:
            writer.close()


def _as_batch(scored: Scored, threshold: float) -> pa.RecordBatch:
    import pyarrow as pa

    fields, columns = list[Any](), list[Any]()
    if scored.kept is not None:
        taken = ("score", "is_anomaly")
        fields = [
            field.with_name(f"{field.name}_original") if field.name in taken else field
            for field in scored.kept.schema
        ]
        columns = list(scored.kept.columns)
    # Never missing, which spares a level for each value.
    fields += [pa.field("score", pa.float64(), False), pa.field("is_anomaly", pa.bool_(), False)]
    columns += [pa.array(scored.scores), pa.array(scored.scores > threshold)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
