"""Behind "open as notebook": a notebook that makes a detection again, and says if it did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import DataError, ParameterError, WorkbenchError
from workbench.workflow.code import detect_arguments, is_told, tells_all

if TYPE_CHECKING:
    from workbench.reports.notebook import State
    from workbench.workflow.comparison import Comparison
    from workbench.workflow.dataset import Dataset
    from workbench.workflow.detection import Detection

__all__ = ["state_of", "write_comparison_notebook", "write_notebook"]


def write_notebook(
    found: Detection,
    path: str | Path,
    *,
    source: str | Path | None = None,
    row: int | None = None,
    rows: Sequence[int] = (),
    **options: Any,
) -> Path:
    """Write the notebook; see :meth:`Detection.to_notebook`."""
    from workbench.reports.notebook import state_notebook

    path = _checked(path)
    state = state_of(found, path, source=source, row=row, rows=rows, **options)
    return _write(path, state_notebook(state))


def write_comparison_notebook(
    result: Comparison, path: str | Path, *, detector: str | None = None, row: int | None = None
) -> Path:
    """Write the notebook of a comparison; see :meth:`Comparison.to_notebook`."""
    from workbench.reports.notebook import ComparisonState, comparison_notebook

    path = _checked(path)
    untold = [name for name, value in result.options.items() if not is_told(value)]
    if untold:
        raise ParameterError(
            f"'{untold[0]}' of this comparison cannot stand in a notebook: only text, numbers, "
            "lists and slices can."
        )
    name = detector or next(iter(result.detections))
    place, loaded, told = _source(result.dataset, path, None, {})
    state = ComparisonState(
        source=place,
        fingerprint=loaded.fingerprint,
        load=_load_arguments(result.dataset),
        detectors=tuple(result.detections),
        options=result.options,
        moved={one: float(result.detections[one].threshold.value) for one in result.moved},
        expected={one: float(found.scores.sum()) for one, found in result.detections.items()},
        chosen=None if row is None else (name, result.detections[name].row_position(row)),
        title=f"{len(result.detections)} detectors on {result.dataset.name}",
        notes=told,
    )
    return _write(path, comparison_notebook(state))


def _checked(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".ipynb":
        raise ParameterError(f"A notebook ends with .ipynb, found '{path.name}'.")
    return path


def _write(path: Path, notebook: dict[str, Any]) -> Path:
    from workbench.reports.notebook import notebook_text
    from workbench.workflow.exporting import write_whole

    content = notebook_text(notebook).encode("utf-8")

    def put(scratch: Path) -> None:
        scratch.write_bytes(content)

    write_whole(path, put)
    return path


def state_of(
    found: Detection,
    path: Path,
    *,
    source: str | Path | None = None,
    row: int | None = None,
    rows: Sequence[int] = (),
    **options: Any,
) -> State:
    """Return all that a notebook at ``path`` needs; data and model are put beside it if need be.

    Raises
    ------
    DataError
        The source holds other data than the detection.
    ParameterError
        There is no such row.
    """
    from workbench.reports.notebook import State
    from workbench.workflow.explaining import hangs_together

    place, loaded, told = _source(found.dataset, path, source, options)
    if loaded.network is None and hangs_together(next(iter(found.model.units.values())).detector):
        raise DataError(
            "The edges of a graph cannot be written beside a notebook. Name where they are loaded "
            "from: source='…' (a .graphml file)."
        )
    again = tells_all(found) and _learned_from_these(found)
    model = None
    if not again:
        from workbench.workflow.saving import save

        model = save(found.model, path.with_suffix(".wb")).name
    anomalies = len(found.records)
    what = "1 anomaly" if anomalies == 1 else f"{anomalies:,} anomalies"
    return State(
        source=place,
        fingerprint=loaded.fingerprint,
        load={**_load_arguments(found.dataset), **options},
        detector=found.detector,
        detect=detect_arguments(found) if again else {},
        threshold=_threshold(found),
        expected={
            "anomalies": anomalies,
            "threshold": float(found.threshold.value),
            "total": float(found.scores.sum()),
        },
        row=None if row is None else found.row_position(row),
        rows=tuple(sorted({found.row_position(int(one)) for one in rows})),
        model=model,
        title=f"{what} in {found.dataset.name}",
        notes=told,
    )


def _source(
    data: Any, path: Path, source: str | Path | None, options: dict[str, Any]
) -> tuple[str, Dataset, tuple[str, ...]]:
    """Return where the data are loaded from, as loaded, and what a reader should know of it."""
    from workbench.workflow.dataset import load

    arguments = _load_arguments(data)
    if source is None and data.name.startswith("sample:"):
        source = data.name
    if source is not None:
        loaded = load(str(source), **arguments, **options)
        if loaded.fingerprint != data.fingerprint:
            raise DataError(
                f"'{Path(str(source)).name}' holds other data than this result "
                f"({loaded.fingerprint}, not {data.fingerprint}). Leave source away, and the data "
                "are written beside the notebook."
            )
        return str(source), loaded, ()
    from workbench.workflow.exporting import export_table

    beside = path.with_suffix(".parquet")
    export_table(data.frame, beside)
    loaded = load(str(beside), **arguments)
    if len(loaded) != len(data) or list(loaded.frame.columns) != [
        str(name) for name in data.frame.columns
    ]:
        raise DataError("These data cannot be written as Parquet. Name their source: source='…'.")
    return beside.name, loaded, (f"The data lie beside this notebook, in {beside.name}.",)


def _load_arguments(data: Any) -> dict[str, Any]:
    roles = {role: getattr(data, role) for role in ("time", "label", "entity")}
    given = {name: column for name, column in roles.items() if column is not None}
    return {**given, "features": list(data.features), "kind": data.kind}


def _learned_from_these(found: Detection) -> bool:
    """Tell whether the model learned from these rows: their scores are those that it remembers."""
    from workbench.workflow.reference import parse_reference, reference_rows

    scores = found.scores.to_numpy()
    try:
        text = found.provenance.get("reference")
        rows = reference_rows(found.dataset, None if text is None else parse_reference(str(text)))
    except WorkbenchError:
        return False
    fitted = np.sort(scores if rows is None else scores[rows])
    known = found.model.training_scores
    if len(fitted) > len(known) > 0:
        fitted = np.quantile(fitted, np.linspace(0.0, 1.0, len(known)))
    learned = found.provenance.get("asked") != "learn"
    return learned and len(fitted) == len(known) and bool(np.array_equal(fitted, known))


def _threshold(found: Detection) -> tuple[Any, dict[str, Any]]:
    """Return the rule if it gives this threshold on these scores, else the value."""
    at = found.threshold
    if at.rule != "manual":
        try:
            again = found.with_threshold(at.rule, **at.params).threshold.value
        except (WorkbenchError, TypeError):
            again = None
        if again == at.value:
            return at.rule, dict(at.params)
    return float(at.value), {}
