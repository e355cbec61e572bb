"""Several detectors over several datasets: who ranks where, and what is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, ParameterError, WorkbenchError, suggest
from workbench.core.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from workbench.bench._ranks import Ranking
    from workbench.workflow._runs import Budget, Run, Way
    from workbench.workflow.dataset import Dataset

__all__ = ["Contest", "hold_contest", "judged"]


@dataclass(frozen=True, eq=False)
class Contest:
    """What each detector reached on each labelled dataset.

    Attributes
    ----------
    results : tuple of dict
        One a dataset and detector: ``set``, ``detector``, ``rows``, ``anomalies``, ``seconds``,
        ``memory_mib``, the metrics, and ``failure`` (empty when it worked).
    detectors : tuple of str
        In the order in which they were named; the first is what the others are held against.
    skipped : dict of str to str
        Datasets that could not be used, with the reason.
    title : str
        What was compared.
    about : dict
        How: settings and versions, shown in reports.
    """

    results: tuple[dict[str, Any], ...]
    detectors: tuple[str, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    title: str = "Comparison"
    about: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> list[str]:
        """Metrics that were measured; the one that leads comes first."""
        from workbench.bench._protocol import METRICS, leading_metric

        found = [
            name for name in METRICS if any(line.get(name) is not None for line in self.results)
        ]
        if not found:
            return []
        # VUS-PR leads where every set is a series; it is missing where one is a table.
        ranged = [line for line in self.results if not line["failure"]]
        whole = [name for name in found if all(line.get(name) is not None for line in ranged)]
        first = leading_metric(whole or found)
        return [first, *(name for name in found if name != first)]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All results as a table, one line a dataset and detector."""
        import pandas as pd

        names = ["set", "detector", "rows", "anomalies", *self.metrics, "seconds", "memory_mib"]
        frame = pd.DataFrame(list(self.results), columns=[*names, "failure"])
        numbers = [*self.metrics, "seconds", "memory_mib"]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def figures(self, metric: str | None = None) -> pd.DataFrame:
        """Return a metric (or "seconds") as a table of datasets × detectors.

        Raises
        ------
        ParameterError
            The metric was not measured.
        """
        known = [*self.metrics, "seconds", "memory_mib"]
        metric = metric or self.metrics[0]
        if metric not in known:
            raise ParameterError(
                f"'{metric}' was not measured.{suggest(metric, known)} Known: {', '.join(known)}."
            )
        wide = self.frame.set_index(["set", "detector"])[metric].unstack()  # noqa: PD010 - no aggregation
        order = list(dict.fromkeys(line["set"] for line in self.results))
        return wide.reindex(index=order, columns=list(self.detectors))

    def ranking(self, metric: str | None = None, *, level: float = 0.05) -> Ranking:
        """Return mean ranks, Friedman's and Nemenyi's tests, and all pairs by Wilcoxon and Holm."""
        from workbench.bench._ranks import rank_detectors

        return rank_detectors(self.figures(metric), level)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a detector by the leading metric, best mean rank first; see :meth:`summary`."""
        return self.summary()

    def summary(self, metric: str | None = None) -> pd.DataFrame:
        """Return one line a detector: mean and standard error, mean rank, gain on the first.

        ``sets`` counts what it finished; ``gain`` is its mean difference to the first detector
        on the sets that both finished, with ``gain_error``, and ``won``, ``lost`` count these
        sets; ``p_value`` is Wilcoxon's, corrected by Holm over all pairs.
        """
        import numpy as np
        import pandas as pd

        figures, ranking = self.figures(metric), self.ranking(metric)
        metric = metric or self.metrics[0]
        seconds, memory = self.figures("seconds"), self.figures("memory_mib")
        lines = []
        for name, rank in ranking.ranks.items():
            own = figures[name].dropna()
            error = own.std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else float("nan")
            lines.append(
                {
                    "detector": name,
                    "sets": len(own),
                    metric: float(own.mean()),
                    "error": float(error),
                    "mean_rank": rank,
                    **self._against_first(name, figures, ranking),
                    "median_seconds": float(seconds[name].median()),
                    "largest_mib": float(memory[name].max()),
                }
            )
        return pd.DataFrame(lines).set_index("detector")

    def _against_first(
        self, name: str, figures: pd.DataFrame, ranking: Ranking
    ) -> dict[str, float | int | None]:
        first = self.detectors[0]
        for pair in ranking.pairs:
            if {pair.better, pair.other} == {name, first} and name != first:
                ahead = pair.better == name
                won, lost = (pair.won, pair.lost) if ahead else (pair.lost, pair.won)
                return {
                    "gain": pair.gain if ahead else -pair.gain,
                    "gain_error": pair.error,
                    "won": won,
                    "lost": lost,
                    "p_value": pair.p_value,
                }
        return {"gain": None, "gain_error": None, "won": None, "lost": None, "p_value": None}

    @property
    def failures(self) -> dict[str, str]:
        """What did not work, "detector on set" with the reason."""
        return {
            f"{line['detector']} on {line['set']}": line["failure"]
            for line in self.results
            if line["failure"]
        }

    def chart(self, metric: str | None = None, *, dark: bool = False) -> Any:
        """Return a Bokeh layout: critical-difference diagram, means with errors, seconds."""
        from workbench.charts._stacked import stacked
        from workbench.charts.critical_difference import critical_difference
        from workbench.charts.detector_bars import detector_bars

        metric = metric or self.metrics[0]
        table = self.summary(metric).reset_index()
        low, high = table[metric] - table["error"], table[metric] + table["error"]
        table = table.assign(**{f"{metric}_low": low, f"{metric}_high": high})
        bars = [detector_bars(table, name, dark=dark) for name in (metric, "median_seconds")]
        return stacked([critical_difference(self.ranking(metric), dark=dark), *bars])

    def export(self, path: str | Path) -> Path:
        """Write all results, one line a dataset and detector; the ending decides the format."""
        from workbench.workflow.exporting import export_table

        return export_table(self.frame, path)

    def report(self, path: str | Path) -> Path:
        """Write a page with all figures and pictures that needs no other file and no network."""
        from workbench.workflow._contest_report import write_report

        return write_report(self, Path(path))

    def to_markdown(self) -> str:
        """Return the summaries of all metrics as Markdown."""
        from workbench.workflow._contest_report import markdown

        return markdown(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "title": self.title,
            "metrics": {
                name: {
                    "detectors": self.summary(name)
                    .rename(columns={name: "mean"})
                    .reset_index()
                    .to_dict(orient="records"),
                    **self.ranking(name).to_dict(),
                }
                for name in self.metrics
            },
            "results": self.frame.to_dict(orient="records"),
            "skipped": self.skipped,
            "about": self.about,
        }

    def __repr__(self) -> str:
        sets = len({line["set"] for line in self.results})
        return f"{self.title}: {len(self.detectors)} detectors on {sets} sets\n{self.table}"

    def _repr_html_(self) -> str:
        from workbench.workflow._contest_report import notebook_html

        return notebook_html(self)


def judged(run: Run, data: Dataset, labels: Any, first: Any) -> dict[str, Any]:
    """Return one result of a contest: how a run did by the labels."""
    from workbench.bench._protocol import judge

    line: dict[str, Any] = {
        "detector": run.way.shown,
        "rows": len(data),
        "anomalies": int((labels > 0).sum()),
        "seconds": run.seconds,
        "memory_mib": run.memory_mib,
        "failure": run.failure,
    }
    if run.found is not None:
        line |= judge(labels, run.found.scores.to_numpy(), first)
    return line


def hold_contest(
    sets: Mapping[str, Any],
    ways: Sequence[Way],
    *,
    budget: Budget,
    progress: Progress,
    **options: Any,
) -> Contest:
    """Run all detectors on all datasets and judge them by the labels.

    Raises
    ------
    DataError
        No dataset has labels of both kinds, or no detector finished one.
    """
    import numpy as np

    from workbench.workflow._quality import known_labels
    from workbench.workflow._runs import run_way
    from workbench.workflow.dataset import as_dataset

    results: list[dict[str, Any]] = []
    skipped: dict[str, str] = {}
    total = len(sets) * len(ways)
    for number, (name, item) in enumerate(sets.items()):
        try:
            data = as_dataset(item)
            labels = known_labels(data)
        except WorkbenchError as error:
            skipped[name] = str(error)
            continue
        if labels is None:
            skipped[name] = (
                "it has no label column with anomalies and normal rows: wb.load(…, label='…')"
            )
            continue
        first = None
        if data.kind == "series" and data.entity is None:
            first = np.nan_to_num(np.asarray(data.frame[data.features[0]], dtype=float))
        for place, way in enumerate(ways):
            done = number * len(ways) + place
            part = progress.part(done / total, (done + 1) / total)
            part.step(0.0, f"{way.shown} on {name}")
            run = run_way(data, way, progress=part, budget=budget, **options)
            results.append({"set": name} | judged(run, data, labels, first))
    names = tuple(way.shown for way in ways)
    contest = Contest(tuple(results), names, skipped)
    if not contest.metrics:
        reasons = {**skipped, **contest.failures}
        told = "; ".join(f"{name}: {why}" for name, why in list(reasons.items())[:3])
        raise DataError(f"Nothing could be judged by labels. {told}")
    return contest
