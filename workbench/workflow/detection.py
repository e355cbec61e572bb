"""A detection with its verbs: explain, evaluate, move the threshold, show, save, export."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.dataset import DatasetRecord
from workbench.core.detection import DetectionRecord, Threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from workbench.core.explanation import Explanation
    from workbench.core.label import Label
    from workbench.core.network import Network
    from workbench.preparation.encoding import Matrix
    from workbench.thresholds._conformal import Calibration
    from workbench.thresholds.base import ScoreContext
    from workbench.workflow.evaluation import Evaluation
    from workbench.workflow.importance import Importance
    from workbench.workflow.lanes import Lanes
    from workbench.workflow.model import Model, ScoredRows

__all__ = ["Detection", "score_context"]


def score_context(data: DatasetRecord, calibration: Calibration | None = None) -> ScoreContext:
    """Return what threshold rules may want to know about a dataset and the model's reference."""
    from workbench.preparation.labels import as_labels
    from workbench.preparation.times import span_days
    from workbench.thresholds.base import ScoreContext

    days = span_days(None if data.time is None else data.frame[data.time])
    labels = None if data.label is None else as_labels(data.frame[data.label])
    return ScoreContext(days, calibration, labels)


#: Explanations that a result keeps.
MOST_REASONS = 64


@dataclass(frozen=True, eq=False)
class Detection(DetectionRecord):
    """What one run found; see :class:`workbench.core.detection.DetectionRecord` for its parts.

    Attributes
    ----------
    model : Model
        The fitted whole; scores new rows.
    """

    model: Model = None  # type: ignore[assignment]  # dataclass order: always given

    @classmethod
    def of(cls, model: Model, data: DatasetRecord, rows: ScoredRows) -> Detection:
        """Return the detection that a model's scores make."""
        import pandas as pd

        index = data.frame.index
        return cls(
            dataset=data,
            scores=pd.Series(rows.scores, index=index, name="score"),
            p_values=pd.Series(model.p_values(rows.scores), index=index, name="p_value"),
            threshold=model.threshold,
            scale=model.scale,
            detector=model.detector,
            params=model.params,
            seconds=rows.seconds,
            provenance=model.provenance,
            notices=(*data.notices, *rows.notices),
            model=model,
        )

    @cached_property
    def matrix(self) -> Matrix:
        """What the detector saw of each row."""
        return self.model.preparation.transform(self.dataset.frame)

    @cached_property
    def network(self) -> Network | None:
        """Edges between the rows, beside the matrix; None where there are none."""
        from workbench.workflow.model import network_beside

        return network_beside(self.matrix, self.dataset.network)

    @cached_property
    def positions(self) -> np.ndarray | None:
        """Time of each row in usual steps of training, or None."""
        return self.model.positions(self.dataset.frame)

    @cached_property
    def groups(self) -> dict[str, np.ndarray]:
        """Row positions that were scored together, in the order of time."""
        return self.model.groups(self.dataset.frame, self.positions)

    @property
    def reason(self) -> str:
        """Why this detector was taken."""
        return str(self.provenance.get("reason", ""))

    def with_threshold(self, rule: Any, **params: Any) -> Detection:
        """Return the same scores under another threshold; nothing is refitted.

        Parameters
        ----------
        rule : float, str or Rule
            A value, a rule's name with its parameters, or short text such as "budget:5".

        Examples
        --------
        >>> import workbench as wb
        >>> found = wb.detect("sample:breast-cancer")
        >>> len(found.with_threshold("contamination", contamination=0.01).anomalies)
        4
        """
        from workbench.thresholds import set_threshold
        from workbench.thresholds.base import parse_rule

        if isinstance(rule, Threshold):
            return self._at(rule)
        if isinstance(rule, str) and not params:
            rule = parse_rule(rule)
        scores = self.scores.to_numpy()
        known = self.model.calibration(self.matrix, scores)
        return self._at(set_threshold(rule, scores, score_context(self.dataset, known), **params))

    def _at(self, threshold: Threshold) -> Detection:
        parts = {item.name: getattr(self, item.name) for item in fields(self)}
        parts |= {"threshold": threshold, "model": replace(self.model, threshold=threshold)}
        moved = Detection(**parts)
        for name in (
            "matrix",
            "network",
            "positions",
            "groups",
            "_kept_parts",
            "_kept_expected",
        ):  # unchanged, and dear
            if name in self.__dict__:
                moved.__dict__[name] = self.__dict__[name]
        return moved

    def row_position(self, row: Any) -> int:
        """Return the position of a row given by position, or by a label of the index.

        Raises
        ------
        ParameterError
            There is no such row.
        """
        from workbench.workflow.dataset import row_position

        return row_position(self.dataset, row)

    def explain(self, row: Any = None) -> Explanation:
        """Return why a row got its score, for the fitted model itself.

        Parameters
        ----------
        row : int or label, optional
            Position in the data, or a label of the index; by default the highest score.

        Raises
        ------
        ParameterError
            There is no such row.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.detect("sample:breast-cancer", "ecod").explain().method
        "Exact: the score of 'ecod' is the sum of these parts."
        """
        from workbench.workflow.explaining import explain_row

        position = int(self.scores.to_numpy().argmax()) if row is None else self.row_position(row)
        known = self._kept_reasons
        if position not in known:  # asked again whenever somebody opens a page on the same row
            if len(known) >= MOST_REASONS:
                known.pop(next(iter(known), -1), None)
            known[position] = explain_row(self, position)
        return known[position]

    @cached_property
    def _kept_reasons(self) -> dict[int, Explanation]:
        return {}

    def contributions(self, rows: Any) -> pd.DataFrame:
        """Return the parts of many rows at once, one column a feature; no words about them.

        Parameters
        ----------
        rows : sequence of int
            Row positions.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.detect("sample:breast-cancer", "ecod").contributions([3, 5]).shape
        (2, 30)
        """
        import pandas as pd

        from workbench.workflow.explaining import parts_of_rows

        places = np.array([self.row_position(row) for row in rows], dtype=int)
        parts = parts_of_rows(self, places)
        return pd.DataFrame(parts, index=places, columns=list(self.matrix.features))

    def importance(self, rows: int | None = None) -> Importance:
        """Return which features carry the scores: over the anomalies, and over all rows.

        Parameters
        ----------
        rows : int, optional
            Rows from everywhere that are explained for it; by default 1,000, or 30 where parts
            must be sampled.

        Raises
        ------
        ParameterError
            ``rows`` is less than 1.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.detect("sample:breast-cancer", "ecod").importance().table.shape
        (30, 4)
        """
        from workbench.workflow.importance import importance

        return importance(self, rows)

    def evaluate(self) -> Evaluation:
        """Return how good the ranking is: by the label, or what can be said without one."""
        from workbench.workflow.evaluation import evaluate

        return evaluate(self)

    def label(
        self,
        row: Any,
        verdict: str | None,
        *,
        comment: str = "",
        tag: str = "",
        author: str | None = None,
    ) -> Label:
        """Say what a row is; stored in the data folder with author and time.

        A later word on the same row takes the place of this one. Labels belong to the data:
        every detection on the same data sees them.

        Parameters
        ----------
        row : int or label
            Position in the data, or a label of the index.
        verdict : {"anomaly", "normal", "unsure", None}
            None takes back what was said.
        comment, tag : str
            Why, and a kind of anomaly to filter by.
        author : str, optional
            By default the setting ``author``, or the name of the user.

        Raises
        ------
        ParameterError
            There is no such row, or the verdict is none of these.
        StoreError
            The data folder cannot be written to.
        """
        from workbench.workflow.labelling import label_rows

        said = label_rows(self.dataset, [row], verdict, comment=comment, tag=tag, author=author)
        return said[0]

    @property
    def labels(self) -> pd.DataFrame:
        """What people said about rows of these data: row, verdict, tag, comment, author, time."""
        from workbench.workflow.labelling import labels_table

        return labels_table(self.dataset)

    def suggest(self, count: int = 10) -> pd.DataFrame:
        """Return the rows whose label would teach most, as a table; labelled rows are left out.

        Half have the highest scores, half are in doubt, none are near repetitions.

        Parameters
        ----------
        count : int
            How many rows to ask about.
        """
        from workbench.workflow.labelling import suggest_rows

        return suggest_rows(self, count)

    def lanes(self) -> Lanes:
        """Return severities over time: overall, then one lane for each entity or feature."""
        from workbench.workflow.lanes import lanes

        return lanes(self)

    def save(self, path: str | Path) -> Path:
        """Save the fitted model as one ``.wb`` file; see :func:`workbench.save`."""
        from workbench.workflow.saving import save

        return save(self, path)

    def export(self, path: str | Path) -> Path:
        """Write all rows with scores as CSV, Parquet, JSON or Excel, by the file's ending."""
        from workbench.workflow.exporting import export_table

        return export_table(self.table, path)

    def to_dict(self) -> dict[str, Any]:
        """Return the result in plain values: the document that ``--json`` prints."""
        from workbench.workflow.exporting import detection_document

        return detection_document(self)

    @property
    def code(self) -> str:
        """Python lines that repeat this result."""
        from workbench.workflow.code import detection_code

        return detection_code(self)

    def explore(self, *, browser: bool = False) -> Any:
        """Return the tools to look around in: lanes, table, reasons, labels, copied Python.

        What is brushed or selected there comes back as :attr:`selected`, what is said about rows
        as :attr:`labels`.

        Parameters
        ----------
        browser : bool
            Open the Explore page in the browser instead, served by this process on this machine
            as long as it runs; returns the address.

        Raises
        ------
        MissingExtra
            The notebook extra is not installed.
        """
        from workbench.core.display import browse, display

        return browse(self) if browser else display().explore(self)

    @property
    def selected(self) -> pd.DataFrame:
        """Rows that are brushed or selected in the view of this result, as a table.

        Empty when nothing is; ``row`` is the position in the data.
        """
        from workbench.core.display import display

        rows = list(display().selected(self))
        table = self.table.iloc[rows]
        table.insert(0, "row", rows)
        return table.reset_index(drop=True)

    def to_notebook(
        self,
        path: str | Path,
        *,
        source: str | Path | None = None,
        row: int | None = None,
        rows: Sequence[int] = (),
        **options: Any,
    ) -> Path:
        """Write a notebook that makes this result again, and says whether it did.

        Parameters
        ----------
        path : path
            Ends with .ipynb.
        source : str or path, optional
            Where the data are loaded from, as ``wb.load`` takes it. Without it, samples are
            loaded by name, and other data are written beside the notebook as Parquet.
        row : int, optional
            A row that is explained at the end.
        rows : sequence of int, optional
            Positions of rows that are shown as a table, such as those that were brushed.
        **options
            Of the source, for example ``query`` or ``sheet``.

        Raises
        ------
        DataError
            The source holds other data than this result.

        Notes
        -----
        A model that did not learn from these very rows, or from rows picked one by one, is saved
        beside the notebook and opened there.
        """
        from workbench.workflow.reproducing import write_notebook

        return write_notebook(self, path, source=source, row=row, rows=rows, **options)

    def __repr__(self) -> str:
        count = len(self.records)
        what = "anomaly" if count == 1 else "anomalies"
        return (
            f"Detection({self.detector!r} on {self.dataset.name!r}: {count} {what}, "
            f"{int(self.is_anomaly.sum()):,} of {len(self):,} rows score above "
            f"{self.threshold.value:.4g})"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from workbench.core.display import display
        from workbench.core.errors import WorkbenchError

        try:
            shown = display().mimebundle(self)
        except (WorkbenchError, ImportError):
            shown = None
        return shown or {"text/plain": repr(self)}
