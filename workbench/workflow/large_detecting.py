"""Detecting and scoring in data that do not fit into memory; ``wb.detect`` leads here."""

from __future__ import annotations

import time as clock
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.dataset import DatasetRecord
from workbench.core.errors import DataError, ParameterError
from workbench.core.progress import Progress
from workbench.workflow.large_dataset import LargeDataset, Opened, open_engine, scan, too_large
from workbench.workflow.large_detection import LargeDetection

if TYPE_CHECKING:
    from workbench.detectors import Detector
    from workbench.scaling.scoring import Scored, Tally
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Model

__all__ = ["detect_large", "is_large", "score_large", "scored_batches"]

#: Usual rows that are kept beside the worst ones.
USUAL_ROWS = 1_000


def is_large(data: Any, memory: Any, client: Any, out: Any) -> bool:
    """Return whether data are to be worked on in parts: asked for, or too large for memory.

    Raises
    ------
    ParameterError
        The data are in memory already, or scores of such data should be written by the way: they
        have an ``export``.
    """
    asked = memory is not None or client is not None
    if asked and isinstance(data, DatasetRecord):
        raise ParameterError(
            f"'{data.name}' is in memory already: leave out memory and client, or give wb.scan "
            "what it was loaded from."
        )
    if isinstance(data, LargeDataset) or asked:
        return True
    if too_large(data):
        return True
    if out is not None:
        raise ParameterError(
            "out is for data that are worked on in parts. Give memory='2GB' too, or write the "
            "scores by found.export(path)."
        )
    return False


def detect_large(
    data: Any,
    detector: str,
    *,
    rule: Any,
    refused: dict[str, Any],
    seconds: float | None,
    random_state: int,
    memory: Any,
    client: Any,
    out: str | Path | None,
    progress: Progress,
    params: dict[str, Any],
) -> LargeDetection:
    """Find what is odd in data that do not fit into memory; see :func:`workbench.detect`.

    Parameters
    ----------
    rule : float, str or Rule
        Sets the threshold by the scores of the sample.
    refused : dict
        Arguments that need all rows in memory, with what was given for them.
    """
    start = clock.perf_counter()
    _refuse(refused, rule, out)
    own = not isinstance(data, LargeDataset)
    if own:
        data = scan(
            data, memory=memory, client=client, random_state=random_state,
            progress=progress.part(0.0, 0.25),
        )  # fmt: skip
    elif memory is not None or client is not None:
        raise ParameterError("memory and client belong to the data: give them to wb.scan.")
    try:
        with data.engine.opened():
            model, how = _fit(
                data, detector, rule, seconds, random_state, dict(params), progress.part(0.25, 0.6)
            )
            tally, path = _scored(model, data.opened, out, progress.part(0.6, 1.0))
    except BaseException:
        if own:
            data.close()
        raise
    progress.step(1.0, "done")
    seconds = clock.perf_counter() - start
    return _result(model, data.opened, tally, how, path, data.notices, seconds, data)


def score_large(
    model: Model,
    data: Any,
    *,
    memory: Any = None,
    client: Any = None,
    out: str | Path | None = None,
    progress: Progress,
    **options: Any,
) -> LargeDetection:
    """Score data that do not fit into memory with a fitted model; nothing is refitted."""
    start = clock.perf_counter()
    if model.kind == "series" or set(model.units) != {""}:
        raise DataError(
            "This model looks at stretches of a series, which end where a part of the data does. "
            "Score shorter stretches with wb.load."
        )
    _refuse({}, None, out)
    own = not isinstance(data, LargeDataset)
    opened = (
        open_engine(data, memory, client, options, progress.part(0.0, 0.2)) if own else data.opened
    )
    try:
        _require_columns(model, opened)
        with opened.engine.opened():
            tally, path = _scored(model, opened, out, progress.part(0.2, 1.0))
    except BaseException:
        if own:
            opened.close()
        raise
    progress.step(1.0, "done")
    how = str(model.provenance.get("how", "learned before, in memory"))
    seconds = clock.perf_counter() - start
    return _result(model, opened, tally, how, path, opened.notices, seconds, None if own else data)


def _refuse(refused: dict[str, Any], rule: Any, out: Any) -> None:
    """Say what cannot be had of data in parts, before the work begins."""
    from workbench.thresholds.base import parse_rule

    for name, given in refused.items():
        if given:
            raise ParameterError(
                f"{name} needs all rows in memory. Leave it out, or take a sample: "
                f"wb.detect(wb.scan(…).sample, {name}=…)."
            )
    if isinstance(rule, str):
        rule = parse_rule(rule)
    if getattr(rule, "name", str)() in ("budget", "cost"):
        raise ParameterError(
            f"The rule '{rule.name()}' counts single rows, and the threshold is set by a sample. "
            "Take 'quantile:0.999', contamination=0.001, 'mad', or a value."
        )
    if out is not None and Path(out).suffix.lower() != ".parquet":
        raise ParameterError(
            f"Scores of large data are written as .parquet, found '{Path(out).name}'."
        )


def _fit(
    data: LargeDataset,
    detector: str,
    rule: Any,
    seconds: float | None,
    seed: int,
    params: dict[str, Any],
    progress: Progress,
) -> tuple[Model, str]:
    """Fit on all rows, part by part; the threshold is set by the scores of the sample."""
    from workbench.detectors import DETECTORS
    from workbench.preparation.encoding import Preparation
    from workbench.preparation.sample import keep_sample
    from workbench.scaling.base import PreparedRows
    from workbench.thresholds import set_threshold
    from workbench.workflow.detecting import choose, provenance_of
    from workbench.workflow.detection import score_context
    from workbench.workflow.fitting import learn_normal
    from workbench.workflow.model import Model, Unit

    sample = data.sample
    _refuse_series(detector)
    choice = choose(sample, detector, None, params, seed, seconds, rows=data.total)
    kind = DETECTORS.get(choice.detector)
    made = kind.create(**choice.params)
    everything = data.total <= len(sample)
    preparation = Preparation().fit(
        sample.frame, sample.features, None if everything else data.facts
    )
    matrix = preparation.transform(sample.frame)
    rows = PreparedRows(data.engine, preparation, matrix.values, progress.part(0.0, 0.9))
    start = clock.perf_counter()
    made.fit_parts(rows)
    progress.step(0.9, "setting the threshold")
    model = Model(
        kind.name(), made.get_params(), "tabular", preparation,
        sample.time, sample.label, sample.entity, units={"": Unit(made)},
    )  # fmt: skip
    model.sample = keep_sample(sample.frame, preparation)
    scores = made.decision_function(matrix.values)
    model.threshold = set_threshold(rule, scores, score_context(sample))
    if not everything:
        by_sample = f"{model.threshold.reason}, by the scores of {len(sample):,} sampled rows"
        model.threshold = replace(model.threshold, reason=by_sample)
    learn_normal(model, sample, scores, scores)
    how = _how(made, len(sample), data.total, seed)
    taken = clock.perf_counter() - start
    model.provenance |= provenance_of(sample, detector, choice.reason, seed, None, taken)
    model.provenance |= {"rows": data.total, "how": how, "engine": data.engine.name}
    if (board := getattr(made, "leaderboard", None)) is not None:
        model.provenance["leaderboard"] = board
    return model, how


def _refuse_series(detector: str) -> None:
    from workbench.detectors import DETECTORS

    if detector != "auto" and DETECTORS.get(detector).tags.kinds == ("series",):
        raise DataError(
            f"'{detector}' looks at stretches of a series, which end where a part of the data "
            "does. Take a detector for tables, or read shorter stretches with wb.load."
        )


def _how(made: Detector, drawn: int, total: int, seed: int) -> str:
    """Return how a detector learned, in words."""
    if total <= drawn:
        return f"exact: learned from all {total:,} rows at once"
    prepared = f"columns are scaled by a sample of {drawn:,} rows"
    parts = made.tags.parts
    if parts == "exact":
        return f"exact: learned from each of {total:,} rows; {prepared}"
    if parts == "sketch":
        error = made.rank_error_  # type: ignore[attr-defined]  # what the tag promises
        return f"sketch with rank error ≤ {error:.2g}, counted over all {total:,} rows; {prepared}"
    if parts == "subsample":
        return (
            f"subsamples, as always, drawn from a sample of {drawn:,} of {total:,} rows "
            f"(seed {seed})"
        )
    return f"sample of {made.learned_rows_:,} of {total:,} rows (seed {seed})"


def scored_batches(
    model: Model, opened: Opened, columns: tuple[str, ...], progress: Progress
) -> Generator[Scored]:
    """Yield the scores of all rows, batch by batch, in order."""
    from workbench.scaling.scoring import Scoring

    detector = model.units[""].detector
    look = Scoring(model.preparation, detector, float(model.threshold.value), columns)
    needed = dict.fromkeys([*(plan.name for plan in model.preparation.plans), *columns])
    yield from opened.engine.stream(look, list(needed), progress, "scoring")


def _scored(
    model: Model, opened: Opened, out: str | Path | None, progress: Progress
) -> tuple[Tally, Path | None]:
    """Score all rows, count them, and write the scores where that is asked for."""
    from workbench.scaling.scoring import Tally, write_scores
    from workbench.workflow.exporting import to_json, write_whole

    tally = Tally()
    names = opened.engine.table.names
    roles = tuple(
        name for name in (model.time, model.entity, model.label) if name and name in names
    )
    # The worst rows are kept whole, so that they can be explained; roles come with them.
    with closing(scored_batches(model, opened, roles, progress)) as found:
        if out is None:
            for scored in found:
                tally.add(scored)
            return tally, None
        about = {
            "detector": model.detector, "threshold": vars(model.threshold),
            "how": model.provenance.get("how"),
        }  # fmt: skip
        threshold = float(model.threshold.value)
        write_whole(
            Path(out),
            lambda scratch: write_scores(
                scratch, found, tally, threshold, {"workbench": to_json(about)}
            ),
        )
    return tally, Path(out)


def _require_columns(model: Model, opened: Opened) -> None:
    import pandas as pd

    from workbench.preparation.encoding import _require_columns

    names = [plan.name for plan in model.preparation.plans]
    _require_columns(pd.DataFrame(columns=list(opened.engine.table.names)), names)


def _result(
    model: Model,
    opened: Opened,
    tally: Tally,
    how: str,
    path: Path | None,
    told: tuple[str, ...],
    seconds: float,
    data: LargeDataset | None,
) -> LargeDetection:
    engine = opened.engine
    return LargeDetection(
        name=engine.table.name,
        rows=tally.rows,
        flagged=tally.flagged,
        model=model,
        how=how,
        worst=_worst(model, tally, engine.table.name, data),
        path=path,
        seconds=seconds,
        notices=(*told, *tally.notices.values()),
        engine=engine.name,
        dashboard=engine.dashboard,
        opened=opened,
    )


def _worst(model: Model, tally: Tally, name: str, data: LargeDataset | None) -> Detection | None:
    """Return the rows that stand out most as a detection of their own, with usual ones beside."""
    import pandas as pd

    from workbench.workflow.dataset import Dataset
    from workbench.workflow.detection import Detection

    found = tally.worst()
    if found is None:
        return None
    rows, _, frame = found
    odd = frame = frame.set_axis(rows, axis=0)
    if data is not None:
        # What is odd is explained beside what is not.
        usual = data.sample.frame[list(frame.columns)].set_axis(data.rows, axis=0)
        usual = usual.iloc[:: max(1, len(usual) // USUAL_ROWS)]
        below = model.score_rows(usual).scores <= model.threshold.value
        frame = pd.concat([frame, usual[below]])
    roles = {
        role: column
        for role in ("time", "label", "entity")
        if (column := getattr(model, role)) in frame.columns
    }
    kept = Dataset(frame, name, "tabular", model.features, **roles)
    # What an anomaly is called hangs on the odd rows alone: scored again, it is called the same.
    kept.__dict__["fingerprint"] = replace(kept, frame=odd).fingerprint
    return Detection.of(model, kept, model.score_rows(frame))
