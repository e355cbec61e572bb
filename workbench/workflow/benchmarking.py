"""``wb.benchmark``: a whole collection of labelled files, resumable, with a report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.display import watched
from workbench.core.errors import DataError, ParameterError, WorkbenchError
from workbench.core.progress import Progress

if TYPE_CHECKING:
    from workbench.bench import Case, Suite
    from workbench.workflow._runs import Way
    from workbench.workflow.contest import Contest
    from workbench.workflow.dataset import Dataset

__all__ = ["benchmark"]

#: The files of a run, in its folder.
LEDGER, REPORT, TABLE = "results.jsonl", "report.html", "results.csv"


@watched("Running the benchmark")
def benchmark(
    folder: str | Path,
    detectors: Any = ("auto", "iforest", "knn", "ecod"),
    *,
    suite: str = "files",
    label: str | None = None,
    time: str | None = None,
    rows: int = 20_000,
    seconds: float | None = None,
    random_state: int = 0,
    out: str | Path | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Contest:
    """Run detectors over a folder of labelled files, and judge them by the labels.

    Each finished file × detector is kept at once: a run that was stopped goes on where it was,
    and a further detector costs only its own time. Labels are never seen while scoring.

    Parameters
    ----------
    folder : str or Path
        The collection.
    detectors : as for ``wb.compare``
        The first is what the others are held against.
    suite : {"adbench", "series", "files"}
        How the files are kept: npz with X and y; series as of NAB, TSB-AD or UCR; or files of
        any format that ``wb.load`` reads, with a label column.
    label, time : str, optional
        Columns with a role, where the suite does not know them: "files" needs ``label``, and
        with ``time`` its files are series.
    rows : int
        Longer tables are sampled, longer series cut around a labelled event, by the seed.
    seconds : float, optional
        Time that one detector may take on one file; it is stopped at its next step.
    random_state : int
        Seed of samples and detectors.
    out : str or Path, optional
        Folder for the results, the report and the table; without it nothing is kept.
    fresh : bool
        Measure anew what is there already.
    progress : Progress, optional
        Told about stages; may cancel. What is finished by then is kept.

    Returns
    -------
    Contest

    Raises
    ------
    ParameterError
        The folder, a detector or an option cannot work.
    DataError
        No file could be used, or the folder for results cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import workbench as wb
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> np.savez(folder / "two.npz", X=np.vstack([X, [[9.0, 9.0]]]), y=[0] * 60 + [1])
    >>> float(wb.benchmark(folder, ["ecod"], suite="adbench").table["roc_auc"].iloc[0])
    1.0
    """
    from workbench.bench import SUITES
    from workbench.workflow._runs import parse_ways

    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 20:
        raise ParameterError(f"rows must be a whole number of at least 20, found {rows!r}.")
    ways = parse_ways(detectors)
    chosen = SUITES.get(suite)(Path(folder), label=label, time=time)
    if suite == "files" and label is None:
        raise ParameterError("The suite 'files' needs to know the label column: label='…'.")
    chosen.paths()  # before a folder is made for results that there will not be
    place = None if out is None else _folder(Path(out))
    settings = {"suite": suite, "label": label, "time": time, "rows": rows, "seed": random_state}
    run = _Benchmark(chosen, ways, settings | {"seconds": seconds}, place, fresh)
    contest = run.hold(progress or Progress())
    if place is not None:
        contest.report(place / REPORT)
        contest.export(place / TABLE)
    return contest


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"Cannot make the folder '{path.name}': {error.strerror}.") from error
    return path


class _Benchmark:
    """One run over a collection: what is known already, and what remains to be measured."""

    def __init__(
        self,
        suite: Suite,
        ways: list[Way],
        settings: dict[str, Any],
        out: Path | None,
        fresh: bool,
    ) -> None:
        from workbench.bench._ledger import Ledger

        self.suite, self.ways, self.settings = suite, ways, settings
        self.ledger = Ledger(out / LEDGER) if out is not None else None
        self.fresh = fresh

    def hold(self, progress: Progress) -> Contest:
        from workbench.workflow.contest import Contest

        paths = self.suite.paths()
        results: list[dict[str, Any]] = []
        skipped: dict[str, str] = {}
        for number, path in enumerate(paths):
            part = progress.part(number / len(paths), (number + 1) / len(paths))
            name = self.suite.set_name(path)
            part.step(0.0, name)
            try:
                results += [{"set": name} | line for line in self._measure(path, name, part)]
            except (ParameterError, WorkbenchError) as error:
                if progress.cancelled or isinstance(error, ParameterError):
                    raise
                skipped[name] = str(error)
        shown = tuple(way.shown for way in self.ways)
        title = f"{self.suite.folder.resolve().name} ({self.suite.name()})"
        contest = Contest(tuple(results), shown, skipped, title, self._about(len(paths)))
        if not contest.metrics:
            reasons = [f"{name}: {why}" for name, why in {**skipped, **contest.failures}.items()]
            raise DataError(f"No file could be used. {'; '.join(reasons[:3])}")
        return contest

    def _measure(self, path: Path, name: str, progress: Progress) -> list[dict[str, Any]]:
        """Return one line a detector, from the ledger where it is there."""
        mark = f"{path.stat().st_size}:{path.stat().st_mtime_ns}"
        keys = [self._key(name, mark, way) for way in self.ways]
        known = [None if self.fresh else self._known(key) for key in keys]
        if all(line is not None for line in known):
            return [line for line in known if line is not None]
        case = self.suite.read(path).capped(self.settings["rows"], self.settings["seed"])
        data = _dataset(case, name)
        lines = []
        for place, (way, key, line) in enumerate(zip(self.ways, keys, known, strict=True)):
            part = progress.part(place / len(keys), (place + 1) / len(keys))
            part.step(0.0, f"{name}: {way.shown}")
            if line is None:
                line = self._run(case, data, way, part)
                if self.ledger is not None:
                    self.ledger.add(key, {"set": name, **line})
            lines.append(line)
        return lines

    def _run(self, case: Case, data: Dataset, way: Way, progress: Progress) -> dict[str, Any]:
        import numpy as np

        from workbench.workflow._runs import Budget, run_way
        from workbench.workflow.contest import judged

        budget = Budget(self.settings["seconds"], "detector on one file")
        run = run_way(
            data, way, progress=progress, budget=budget, random_state=self.settings["seed"]
        )
        first = None
        if case.kind == "series":
            first = np.nan_to_num(np.asarray(data.frame[data.features[0]], dtype=float))
        return judged(run, data, case.labels, first)

    def _known(self, key: str) -> dict[str, Any] | None:
        return None if self.ledger is None else self.ledger.get(key)

    def _key(self, name: str, mark: str, way: Way) -> str:
        """What decides the figures: file, settings, detector and version."""
        from importlib.metadata import version

        parts = [name, mark, self.settings, way.detector, way.params, version("anomaly-workbench")]
        text = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _about(self, files: int) -> dict[str, Any]:
        import os
        from importlib.metadata import version
        from platform import python_version

        from workbench.core.settings import settings

        return {
            "files": files,
            **{name: item for name, item in self.settings.items() if item is not None},
            "threads": settings().threads,
            "cores": os.cpu_count(),
            "python": python_version(),
            "anomaly-workbench": version("anomaly-workbench"),
        }


def _dataset(case: Case, name: str) -> Dataset:
    from workbench.workflow.dataset import load

    return load(case.frame, time=case.time, kind=case.kind, name=name)  # type: ignore[arg-type]
