"""Hands a result over to another process: plain files, no pickle, and the same scores there.

The folder holds ``contents.json``, the data as ``data.arrow``, and for each detection its model
as ``.wb`` and its scores as ``.npy``; of a graph the edges as ``edges.npz``. Whoever takes it over
gets what was handed in: the scores are the ones that were computed, not computed anew. Of an
incident, or of what a monitor found in a while, it holds the record, and the points as
``points.arrow``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import numpy as np

from workbench.core.case import Case
from workbench.core.detection import Threshold
from workbench.core.errors import DataError, ParameterError
from workbench.core.network import Network
from workbench.core.period import Period
from workbench.workflow.comparison import Comparison
from workbench.workflow.dataset import Dataset
from workbench.workflow.detection import Detection
from workbench.workflow.exporting import to_json

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["hand_over", "holds", "take_over"]

_CONTENTS = "contents.json"
_DATA = "data.arrow"
_EDGES = "edges.npz"
_POINTS = "points.arrow"
_ROLES = ("name", "kind", "time", "label", "entity")
#: What a report can be about, with the word that templates and subjects have for it.
_WORDS: dict[type, str] = {
    Detection: "detection",
    Dataset: "dataset",
    Comparison: "comparison",
    Case: "incident",
    Period: "monitor",
}
_RECORDS: dict[str, type[Any]] = {"incident": Case, "monitor": Period}


def holds(what: Any) -> str:
    """Return "detection", "dataset", "comparison", "incident" or "monitor".

    Raises
    ------
    ParameterError
        It is something else.
    """
    for kind, word in _WORDS.items():
        if isinstance(what, kind):
            return word
    raise ParameterError(
        "A report is about a Detection, a Dataset, a Comparison, a Case or a Period, found "
        f"{type(what).__name__}."
    )


def hand_over(what: Detection | Dataset | Comparison | Case | Period, folder: Path) -> None:
    """Write all that :func:`take_over` needs into a folder that is there and empty.

    Raises
    ------
    ParameterError
        ``what`` is none of these.
    ModelError
        The model cannot be saved.
    """
    kind = holds(what)
    if isinstance(what, (Case, Period)):
        _write_record(what, kind, folder)
        return
    found = _detections(what)
    data: Any = what if isinstance(what, Dataset) else next(iter(found.values())).dataset
    contents: dict[str, Any] = {
        "holds": kind,
        "data": _write_data(data, folder),
        "detections": [
            _write_detection(name, each, folder, number)
            for number, (name, each) in enumerate(found.items())
        ],
    }
    if isinstance(what, Comparison):
        contents |= {"failures": what.failures, "memory": what.memory, "k": what.k}
    (folder / _CONTENTS).write_text(to_json(contents), encoding="utf-8")


def take_over(folder: str | Path) -> Any:
    """Return what was handed over: a Detection, Dataset, Comparison, Case or Period.

    Raises
    ------
    DataError
        The folder is gone or incomplete, or a file in it was changed.
    ModelError
        A model is damaged.
    """
    place = Path(folder)
    if not (place / _CONTENTS).is_file():
        raise DataError(
            "The data behind this report were kept only while it was made. Make it anew with "
            "wb.report(…), or write a notebook that runs on its own with found.to_notebook(…)."
        )
    contents = json.loads((place / _CONTENTS).read_text(encoding="utf-8"))
    if contents["holds"] in _RECORDS:
        return _read_record(contents, place)
    data = _read_data(contents["data"], place)
    if contents["holds"] == "dataset":
        return data
    found = {line["name"]: _read_detection(line, data, place) for line in contents["detections"]}
    if contents["holds"] == "detection":
        return next(iter(found.values()))
    memory = {
        name: float("nan") if size is None else size for name, size in contents["memory"].items()
    }
    return Comparison(found, contents["failures"], memory, contents["k"])


def _write_record(what: Case | Period, kind: str, folder: Path) -> None:
    """Write a record; its points lie beside it."""
    from workbench.streams.kept_points import to_bytes

    contents: dict[str, Any] = {"holds": kind, "record": asdict(replace(what, points=None))}
    if what.points is not None:
        (folder / _POINTS).write_bytes(to_bytes(what.points))
        contents["points"] = _digest(folder / _POINTS)
    (folder / _CONTENTS).write_text(to_json(contents), encoding="utf-8")


def _read_record(contents: dict[str, Any], place: Path) -> Any:
    from pydantic import TypeAdapter

    from workbench.streams.kept_points import from_bytes

    kind, told = _RECORDS[contents["holds"]], contents["record"]
    types = {name: one for name, one in get_type_hints(kind).items() if name != "points"}
    values = {name: TypeAdapter(one).validate_python(told[name]) for name, one in types.items()}
    if "points" in contents:
        values["points"] = from_bytes(_checked(place / _POINTS, contents["points"]).read_bytes())
    return kind(**values)


def _detections(what: Any) -> dict[str, Detection]:
    if isinstance(what, Detection):
        return {what.detector: what}
    return dict(what.detections) if isinstance(what, Comparison) else {}


def _write_detection(name: str, found: Detection, folder: Path, number: int) -> dict[str, Any]:
    from workbench.workflow.saving import save

    save(found.model, folder / f"{number}.wb")
    scores = found.scores.to_numpy(dtype=float)
    np.save(folder / f"{number}.npy", scores, allow_pickle=False)
    at = found.threshold
    return {
        "name": name,
        "number": number,
        "scores": _digest(folder / f"{number}.npy"),
        # JSON has no infinity, and a threshold may be one.
        "threshold": {**vars(at), "value": repr(float(at.value))},
        "seconds": found.seconds,
        "notices": list(found.notices),
    }


def _read_detection(line: dict[str, Any], data: Dataset, folder: Path) -> Detection:
    from workbench.workflow.model import ScoredRows
    from workbench.workflow.saving import open_model

    model = open_model(folder / f"{line['number']}.wb")
    model.threshold = Threshold(**{**line["threshold"], "value": float(line["threshold"]["value"])})
    scores = np.load(_checked(folder / f"{line['number']}.npy", line["scores"]), allow_pickle=False)
    matrix = model.preparation.transform(data.frame)
    made = Detection.of(model, data, ScoredRows(scores, matrix, (), line["seconds"]))
    return replace(made, notices=tuple(line["notices"]))


def _write_data(data: Dataset, folder: Path) -> dict[str, Any]:
    frame = _as_arrow(data.frame, folder / _DATA)
    edges = data.network
    if edges is not None:
        np.savez(folder / _EDGES, start=edges.start, end=edges.end, weight=edges.weight)
    return {
        **{role: getattr(data, role) for role in _ROLES},
        "features": list(data.features),
        "excluded": data.excluded,
        "notices": list(data.notices),
        "warnings": list(data.warnings),
        "fingerprint": data.fingerprint,
        "types": [str(dtype) for dtype in frame.dtypes],
        "index": str(data.frame.index.dtype),
        "file": _digest(folder / _DATA),
        "edges": None if edges is None else _digest(folder / _EDGES),
        "reading": data.reading,
        "kept": data.kept,
    }


def _as_arrow(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Write a frame; columns of mixed objects, which Arrow cannot hold, as text."""
    import pyarrow as pa
    import pyarrow.feather as feather

    kept = frame.copy(deep=False)
    for place in range(kept.shape[1]):
        column = kept.iloc[:, place]
        if column.dtype != object:
            continue
        try:
            pa.Array.from_pandas(column)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            text = column.map(_text, na_action="ignore")
            kept.isetitem(place, text.where(column.notna(), None).astype(object).array)
    try:
        table = pa.Table.from_pandas(kept, preserve_index=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError):
        # The index may be anything; what it says is not needed on paper.
        table = pa.Table.from_pandas(kept.reset_index(drop=True), preserve_index=False)
    feather.write_feather(table, str(path))
    return kept


def _text(cell: Any) -> str:
    return str(cell).encode("utf-8", "replace").decode("utf-8")


def _read_data(facts: dict[str, Any], folder: Path) -> Dataset:
    import pyarrow.feather as feather

    path = _checked(folder / _DATA, facts["file"])
    frame = feather.read_table(str(path), memory_map=False).to_pandas()
    for place, wanted in enumerate(facts["types"]):
        column = frame.iloc[:, place]
        if str(column.dtype) != wanted and wanted in ("object", "str"):
            frame.isetitem(place, column.astype(wanted).array)
    data = Dataset(
        frame=frame,
        **{role: facts[role] for role in _ROLES},
        features=tuple(facts["features"]),
        excluded=facts["excluded"],
        notices=tuple(facts["notices"]),
        warnings=tuple(facts["warnings"]),
        network=_read_edges(facts["edges"], folder, len(frame)),
        reading=facts["reading"],
        kept=facts["kept"] and tuple(facts["kept"]),
    )
    data.__dict__["fingerprint"] = facts["fingerprint"]  # of the data as they were handed in
    return data


def _read_edges(digest: str | None, folder: Path, rows: int) -> Network | None:
    if digest is None:
        return None
    with np.load(_checked(folder / _EDGES, digest), allow_pickle=False) as kept:
        return Network(rows, kept["start"], kept["end"], kept["weight"])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(path: Path, digest: str) -> Path:
    if not path.is_file() or _digest(path) != digest:
        raise DataError(f"'{path.name}' of the report is missing or was changed on the way.")
    return path
