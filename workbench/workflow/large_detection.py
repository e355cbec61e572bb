"""What one run found in data that do not fit into memory: counts, the worst rows, and the model."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.detection import Threshold
    from workbench.core.explanation import Explanation
    from workbench.workflow.detection import Detection
    from workbench.workflow.large_dataset import Opened
    from workbench.workflow.model import Model

__all__ = ["LargeDetection"]


@dataclass(frozen=True, eq=False)
class LargeDetection:
    """Scores of more rows than memory holds.

    Its table ``anomalies`` has the worst rows above the threshold, as that of a ``Detection``.

    Attributes
    ----------
    name : str
        What the data are called.
    rows, flagged : int
        Rows that were scored, and those above the threshold.
    model : Model
        The fitted whole; scores new rows, large or small.
    how : str
        How the detector learned: from every row, by a sketch with a stated error, or from a sample.
    worst : Detection or None
        The rows with the highest scores (200 at most of those above the threshold) and some usual
        ones of the sample, as a result of their own, indexed by their row numbers; None where no
        row is above the threshold.
    path : Path or None
        Where all scores were written.
    seconds : float
    notices : tuple of str
    dashboard : str
        Where one could watch the cluster at work; "" where there was none.
    """

    name: str
    rows: int
    flagged: int
    model: Model
    how: str
    worst: Detection | None
    path: Path | None
    seconds: float
    notices: tuple[str, ...]
    engine: str
    dashboard: str = ""
    opened: Opened = field(default=None, repr=False)  # type: ignore[assignment]  # always given

    @property
    def detector(self) -> str:
        """Name in the catalog."""
        return self.model.detector

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter of the detector."""
        return self.model.params

    @property
    def threshold(self) -> Threshold:
        """Rows with a higher score are anomalies; set by the scores of the sample."""
        return self.model.threshold

    @property
    def provenance(self) -> dict[str, Any]:
        """Versions, seed, time of the run, and why this detector was chosen."""
        return self.model.provenance

    @property
    def reason(self) -> str:
        """Why this detector was taken."""
        return str(self.provenance.get("reason", ""))

    def __len__(self) -> int:
        return self.rows

    @property
    def anomalies(self) -> pd.DataFrame:
        """The worst rows above the threshold as a table, the most severe first.

        ``row`` counts from 0 in the order of the data; at most 200 lines. All scores are in the
        file that ``out`` named, or come from :meth:`batches`.
        """
        import pandas as pd

        if self.worst is None:
            return pd.DataFrame(columns=["id", "row", "score", "severity", "band"])
        table = self.worst.anomalies
        numbers = self.worst.dataset.frame.index.to_numpy()
        return table.assign(row=numbers[table["row"].to_numpy(dtype=int)])

    def explain(self, row: int | None = None) -> Explanation:
        """Return why one of the worst rows got its score.

        Parameters
        ----------
        row : int, optional
            Its number in the data; by default the highest score.

        Raises
        ------
        ParameterError
            It is not among the rows that were kept.
        """
        if self.worst is None:
            raise ParameterError("No row is above the threshold, so that none was kept to explain.")
        numbers = self.worst.dataset.frame.index.to_numpy()
        found = np.flatnonzero(numbers == row) if row is not None else np.array([0])
        if not found.size:
            raise ParameterError(
                f"Row {row!r} is not among the {len(numbers)} rows that were kept. Read it and "
                "score it: found.model.score(rows).explain(0)."
            )
        place, number = int(found[0]), int(numbers[found[0]])
        why = self.worst.explain(place)
        words = why.sentence.removeprefix(f"Row {place}")
        return replace(why, row=number, sentence=f"Row {number}{words}")

    def batches(self, progress: Progress | None = None) -> Generator[pd.DataFrame]:
        """Yield all scores in the order of the data, some rows at a time, and keep none.

        Yields
        ------
        pandas.DataFrame
            ``score`` and ``is_anomaly``, indexed by row number. They are computed anew.
        """
        import pandas as pd

        from workbench.workflow.large_detecting import scored_batches

        with closing(scored_batches(self.model, self.opened, (), progress or Progress())) as found:
            for scored in found:
                index = pd.RangeIndex(scored.start, scored.start + len(scored.scores), name="row")
                flags = scored.scores > self.threshold.value
                yield pd.DataFrame({"score": scored.scores, "is_anomaly": flags}, index=index)

    def save(self, path: str | Path) -> Path:
        """Save the fitted model as one ``.wb`` file; see :func:`workbench.save`."""
        from workbench.workflow.saving import save

        return save(self.model, path)

    def close(self) -> None:
        """Remove temporary files, if there are any."""
        self.opened.close()

    def to_dict(self) -> dict[str, Any]:
        """Return the result in plain values: the document that ``--json`` prints."""
        from workbench.workflow.exporting import large_document

        return large_document(self)

    def __repr__(self) -> str:
        return (
            f"LargeDetection({self.detector!r} on {self.name!r}: {self.flagged:,} of {self.rows:,} "
            f"rows score above {self.threshold.value:.4g})"
        )

    def _repr_html_(self) -> str:
        from html import escape

        lines = [f"<strong>{escape(repr(self))}</strong>", escape(f"{self.how} ({self.engine})")]
        if self.path is not None:
            lines.append(f"All scores: {escape(self.path.name)}")
        if self.dashboard:
            link = escape(self.dashboard)
            lines.append(f'The cluster at work: <a href="{link}">{link}</a>')
        table = self.anomalies.head(10).drop(columns="id")
        return f"<p>{'<br>'.join(lines)}</p>{table.to_html(index=False, escape=True)}"
