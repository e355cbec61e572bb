"""Scored points as bytes to keep, and back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from workbench.core.points import Points
from workbench.store.monitors import KeptPoints

__all__ = ["cut", "from_bytes", "join", "kept", "moment", "to_bytes"]

_LINES = ("score", "p_value", "severity")
_FIELDS = ("values", "low", "high", "parts")


def to_bytes(points: Points) -> bytes:
    """Return points as bytes (Arrow, compressed); ranges and parts in single precision."""
    columns: dict[str, pa.Array] = {
        "time": pa.array(points.time.astype(np.int64)),
        "entity": pa.array(points.entity, pa.string()).dictionary_encode(),
        "anomalous": pa.array(points.anomalous),
    }
    columns |= {name: pa.array(getattr(points, name)) for name in _LINES}
    for name in _FIELDS:
        field = getattr(points, name)
        if name == "parts" and not points.anomalous.any():
            continue
        kind = np.float64 if name == "values" else np.float32
        for number in range(field.shape[1]):
            columns[f"{name}{number}"] = pa.array(
                np.ascontiguousarray(field[:, number], dtype=kind)
            )
    told = {"start": str(points.start), "threshold": repr(float(points.threshold))}
    names = {f"feature{number}": name for number, name in enumerate(points.features)}
    table = pa.table(columns).replace_schema_metadata({**told, **names})
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd" if len(points) > 50 else None)
    with pa.ipc.new_stream(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


def from_bytes(told: bytes) -> Points:
    """Return points that were kept."""
    with pa.ipc.open_stream(told) as reader:
        table = reader.read_all()
    notes = {
        name.decode("utf-8"): text.decode("utf-8")
        for name, text in (table.schema.metadata or {}).items()
    }
    features = tuple(notes[f"feature{number}"] for number in range(len(notes) - 2))
    rows = table.num_rows
    names = set(table.column_names)

    def field(name: str) -> np.ndarray:
        found = np.full((rows, len(features)), np.nan)
        for number in range(len(features)):
            if f"{name}{number}" in names:
                found[:, number] = table.column(f"{name}{number}").to_numpy()
        return found

    lines = {name: table.column(name).to_numpy() for name in _LINES}
    return Points(
        int(notes["start"]), table.column("time").to_numpy().astype("datetime64[us]"),
        table.column("entity").to_pandas().to_numpy(dtype=object), features,
        anomalous=np.asarray(table.column("anomalous").to_numpy(), dtype=bool),
        threshold=float(notes["threshold"]), **lines,
        **{name: field(name) for name in _FIELDS},
    )  # fmt: skip


def join(parts: Sequence[Points]) -> Points:
    """Return several, one after the other, as one; at least one, all with the same features."""
    if len(parts) == 1:
        return parts[0]
    whole = {
        name: np.concatenate([getattr(one, name) for one in parts])
        for name in ("time", "entity", "anomalous", *_LINES, *_FIELDS)
    }
    return Points(
        start=parts[0].start, features=parts[0].features, threshold=parts[-1].threshold, **whole
    )


def cut(points: Points, first: int, last: int) -> Points:
    """Return the points of some positions, from the first to before the last."""
    if first <= 0 and last >= len(points):
        return points
    first, last = max(0, first), min(len(points), last)
    some = {
        name: getattr(points, name)[first:last]
        for name in ("time", "entity", "anomalous", *_LINES, *_FIELDS)
    }
    return Points(
        start=points.start + first, features=points.features, threshold=points.threshold, **some
    )


def kept(points: Points) -> KeptPoints:
    """Return points as they are kept; at least one."""
    return KeptPoints(
        points.start, len(points), moment(points.time[0]), moment(points.time[-1]),
        int(points.anomalous.sum()), to_bytes(points),
    )  # fmt: skip


def moment(time: np.datetime64) -> datetime:
    """Return a time as the database keeps it."""
    return datetime.fromtimestamp(int(time.astype("datetime64[us]").astype(np.int64)) / 1e6, UTC)
