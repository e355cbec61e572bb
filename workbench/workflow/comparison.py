"""What ``wb.compare`` gives: detections of several detectors, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.errors import ParameterError, UnknownName, suggest
from workbench.workflow._quality import known_labels, quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from workbench.workflow.dataset import Dataset
    from workbench.workflow.detection import Detection

__all__ = ["Comparison"]

Part = Literal["table", "scores", "correlation", "agreement"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Detections of several detectors on one dataset, row by row.

    Attributes
    ----------
    detections : dict of str to Detection
        By what each is called: its name, with the parameters that were given.
    failures : dict of str to str
        Detectors that could not work on the data, with the reason.
    memory : dict of str to float
        Growth of the process at its peak while each ran, in MiB; NaN where several ran at once.
    k : int
        How many of the highest scores ``agreement`` looks at.
    options : dict
        What was given to all detectors, as for ``wb.detect``.
    moved : tuple of str
        Detectors whose threshold was moved afterwards.
    """

    detections: dict[str, Detection]
    failures: dict[str, str]
    memory: dict[str, float] = field(default_factory=dict)
    k: int = 5
    options: dict[str, Any] = field(default_factory=dict)
    moved: tuple[str, ...] = ()

    @property
    def dataset(self) -> Dataset:
        """The data that all detectors looked at."""
        first: Any = next(iter(self.detections.values())).dataset
        return first

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a detector: what it found, its cost, agreement, and metrics where labels are.

        ``anomalies`` and ``rows_flagged`` at its threshold; ``seconds`` and ``memory_mib``; means
        of its ``correlation`` and ``agreement`` with the others; with labels each metric with a
        95 % bootstrap interval (``_low``, ``_high``).
        """
        import pandas as pd

        labels = known_labels(self.dataset)
        lines = []
        for name, found in self.detections.items():
            line: dict[str, Any] = {
                "detector": name,
                **_counts(found),
                "seconds": found.seconds,
                "memory_mib": self.memory.get(name, float("nan")),
                "mean_rank_correlation": _mean_of_others(self.correlation, name),
                "mean_agreement": _mean_of_others(self.agreement, name),
            }
            lines.append(line | ({} if labels is None else quality(found, labels)))
        return pd.DataFrame(lines).set_index("detector")

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores of all detectors, row by row, with the index of the data."""
        import pandas as pd

        return pd.DataFrame({name: found.scores for name, found in self.detections.items()})

    @cached_property
    def flags(self) -> pd.DataFrame:
        """Which detector flags which row, at its own threshold."""
        import pandas as pd

        return pd.DataFrame({name: found.is_anomaly for name, found in self.detections.items()})

    @cached_property
    def correlation(self) -> pd.DataFrame:
        """Spearman's rank correlation of the scores, detector by detector."""
        return self.scores.reset_index(drop=True).rank().corr().fillna(0.0)

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """Share of the ``k`` highest scores that two detectors have in common, in [0, 1]."""
        from workbench.metrics.agreement import overlap_at_k

        return self._pairwise(
            lambda a, b: overlap_at_k(
                self.scores[a].to_numpy(dtype=float), self.scores[b].to_numpy(dtype=float), self.k
            )
        )

    @cached_property
    def flag_agreement(self) -> pd.DataFrame:
        """Flagged rows that two detectors share, as part of those that either flags (Jaccard)."""

        def jaccard(a: str, b: str) -> float:
            either = int((self.flags[a] | self.flags[b]).sum())
            return float((self.flags[a] & self.flags[b]).sum()) / either if either else 1.0

        return self._pairwise(jaccard)

    def _pairwise(self, measure: Any) -> pd.DataFrame:
        import pandas as pd

        names = list(self.detections)
        values = {a: {b: measure(a, b) if a != b else 1.0 for b in names} for a in names}
        return pd.DataFrame(values, index=names, columns=names).astype(float)

    @cached_property
    def disputed(self) -> np.ndarray:
        """Rows that some detectors flag and others do not; the widest difference comes first."""
        from workbench.workflow._verdicts import disputed_rows

        return disputed_rows(self)

    def verdicts(self, rows: Sequence[int] | None = None) -> pd.DataFrame:
        """Return what each detector says of rows: who flags them, and each one's severity.

        Parameters
        ----------
        rows : sequence of int, optional
            Row positions; by default the disputed ones, flagged by some and not by others, the
            widest difference first.

        Examples
        --------
        >>> import workbench as wb
        >>> told = wb.compare("sample:breast-cancer", ["ecod", "pca"]).verdicts([3, 5])
        >>> list(told)
        ['row', 'flagged_by', 'ecod', 'pca']
        """
        from workbench.workflow._verdicts import verdicts

        return verdicts(self, self.disputed if rows is None else rows)

    def with_threshold(self, detector: str, rule: Any, **params: Any) -> Comparison:
        """Return the same scores with one detector at another threshold; nothing is refitted.

        Parameters
        ----------
        detector : str
            What it is called in ``detections``.
        rule : float, str or Rule
            As for :meth:`Detection.with_threshold`.

        Raises
        ------
        UnknownName
            There is no such detector here.
        """
        if detector not in self.detections:
            known = list(self.detections)
            raise UnknownName(
                f"There is no '{detector}' in this comparison.{suggest(detector, known)} "
                f"Known: {', '.join(known)}."
            )
        found = self.detections[detector].with_threshold(rule, **params)
        moved = tuple(dict.fromkeys([*self.moved, detector]))
        again = replace(self, detections={**self.detections, detector: found}, moved=moved)
        for part in ("scores", "correlation", "agreement"):  # unchanged, and dear
            if part in self.__dict__:
                again.__dict__[part] = self.__dict__[part]
        if "table" in self.__dict__:
            table = self.table.copy()
            for column, count in _counts(found).items():
                table.loc[detector, column] = count
            again.__dict__["table"] = table
        return again

    @property
    def code(self) -> str:
        """Python lines that repeat this comparison."""
        from workbench.workflow.code import comparison_code

        return comparison_code(self)

    def explore(self, *, browser: bool = False) -> Any:
        """Return the tools to look around in: matrix, one detector's anomalies, disputed rows.

        What is picked, brushed or selected there comes back as :attr:`selected`. A threshold
        that is dragged there is the tools' own: this comparison stays as it was.

        Parameters
        ----------
        browser : bool
            Open the Compare page in the browser instead, served by this process on this machine
            as long as it runs; returns the address.

        Raises
        ------
        MissingExtra
            The notebook extra is not installed.
        """
        from workbench.core.display import browse, display

        return browse(self) if browser else display().explore(self)

    def to_notebook(
        self, path: str | Path, *, detector: str | None = None, row: int | None = None
    ) -> Path:
        """Write a notebook that makes this comparison again, and says whether it did.

        Samples are loaded by name; other data are written beside the notebook as Parquet.

        Parameters
        ----------
        path : path
            Ends with .ipynb.
        detector : str, optional
            The one that explains ``row``; the first by default.
        row : int, optional
            A row that is explained at the end.

        Raises
        ------
        ParameterError
            What was given to all detectors cannot be told in lines of Python.
        """
        from workbench.workflow.reproducing import write_comparison_notebook

        return write_comparison_notebook(self, path, detector=detector, row=row)

    @property
    def selected(self) -> pd.DataFrame:
        """Rows that are picked, brushed or selected in the view, as a table; else empty.

        ``row`` is the position in the data; each detector adds ``NAME_score`` and ``NAME_flag``.
        """
        from workbench.core.display import display
        from workbench.workflow._verdicts import scored_rows

        return scored_rows(self, list(display().selected(self)))

    def chart(self, *, dark: bool = False) -> Any:
        """Return a Bokeh layout: the detectors' bars, and the matrix of rank correlations.

        Bars show ROC-AUC with its interval where labels are, else agreement; seconds beside it.

        Examples
        --------
        >>> import workbench as wb
        >>> result = wb.compare("sample:breast-cancer", ["ecod", "pca"])
        >>> type(result.chart()).__name__
        'Column'
        """
        from workbench.charts._stacked import stacked
        from workbench.charts.detector_bars import detector_bars
        from workbench.charts.rank_correlation import rank_correlation

        figures = self.table.reset_index()
        metrics = [name for name in ("vus_pr", "roc_auc") if name in figures.columns]
        shown = [metrics[-1] if metrics else "mean_agreement", "seconds"]
        bars = [detector_bars(figures, name, dark=dark) for name in shown]
        return stacked([*bars, rank_correlation(self.correlation, dark=dark)])

    def export(self, path: str | Path, part: Part = "table") -> Path:
        """Write a part of the comparison by the ending of the path.

        Parameters
        ----------
        path : str or Path
            Ends in .csv, .parquet, .json, .jsonl or .xlsx.
        part : {"table", "scores", "correlation", "agreement"}
            One line a detector (or, for scores, one line a row).

        Raises
        ------
        ParameterError
            The part or the ending is not known.
        """
        from workbench.workflow.exporting import export_table

        if part not in ("table", "scores", "correlation", "agreement"):
            raise ParameterError(
                f"part must be one of table, scores, correlation, agreement; found {part!r}."
            )
        frame: pd.DataFrame = getattr(self, part)
        index = "row" if part == "scores" else "detector"
        return export_table(frame.rename_axis(index).reset_index(), path)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "detectors": self.table.reset_index().to_dict(orient="records"),
            "correlation": self.correlation.to_dict(),
            "agreement": self.agreement.to_dict(),
            "flag_agreement": self.flag_agreement.to_dict(),
            "k": self.k,
            "failures": self.failures,
        }

    def __repr__(self) -> str:
        return str(self.table) + "".join(f"\n{name}: {why}" for name, why in self.failures.items())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from workbench.core.display import display
        from workbench.core.errors import WorkbenchError

        try:
            shown = display().mimebundle(self)
        except (WorkbenchError, ImportError):
            shown = None
        return shown or {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        from workbench.charts._pictures import matrix_picture

        table = self.table.to_html(float_format="{:.3f}".format, na_rep="", escape=True)
        failed = "".join(
            f"<li><strong>{escape(name)}</strong>: {escape(why)}</li>"
            for name, why in self.failures.items()
        )
        told = f"<p>Could not work on these data:</p><ul>{failed}</ul>" if failed else ""
        picture = matrix_picture(self.correlation) if len(self.detections) > 1 else ""
        return f"{table}{told}{picture}"


def _counts(found: Detection) -> dict[str, int]:
    return {"anomalies": len(found.records), "rows_flagged": int(found.is_anomaly.sum())}


def _mean_of_others(matrix: pd.DataFrame, name: str) -> float:
    others = matrix[name].drop(name)
    return float(others.mean()) if len(others) else float("nan")
