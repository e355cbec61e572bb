"""``wb.load``: from a file, object or sample to a dataset that knows what its columns mean."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.core.dataset import DatasetRecord, Kind
from workbench.core.errors import ColumnError, DataError, ParameterError, suggest

if TYPE_CHECKING:
    import pandas as pd

    from workbench.preparation.profile import Profile
    from workbench.sources import RawTable

__all__ = ["Dataset", "as_dataset", "load", "row_position", "rows_of"]

#: A label with more has probably been taken for one by mistake.
MOST_VALUES_OF_A_LABEL = 20
#: Readable on white and on black pages: it brings its own ground.
_WARNING = (
    "background:#fff3cd;color:#4d3800;border-left:4px solid #b35900;padding:6px 10px;"
    "margin:4px 0;max-width:80ch;white-space:normal"
)
_KINDS = ("tabular", "series", "graph", "text")


def row_position(data: DatasetRecord, row: Any) -> int:
    """Return the position of a row given by position, by its time, or by a label of the index.

    Raises
    ------
    ParameterError
        There is no such row.
    """
    import numpy as np

    index = data.frame.index
    if isinstance(row, (int, np.integer)) and not isinstance(row, bool):
        if -len(index) <= row < len(index):
            return int(row) % len(index)
        raise ParameterError(f"There is no row {row}: the data have rows 0 to {len(index) - 1}.")
    if np.ndim(row) or not isinstance(row, Hashable):
        raise ParameterError(
            f"A row is one position, time or label of the index, found a {type(row).__name__}."
        )
    found = np.flatnonzero(index == row)
    if found.size == 0 and data.time is not None:
        found = np.flatnonzero(data.frame[data.time] == _moment(row, data.frame[data.time]))
    if found.size == 0:
        ways = "its time, or a label of the index" if data.time else "or its label of the index"
        raise ParameterError(
            f"There is no row {row!r}. Give its position (0 to {len(index) - 1}), {ways}."
        )
    return int(found[0])


def _moment(row: Any, times: pd.Series) -> Any:
    """Return a time as the column has it, or None."""
    import pandas as pd

    try:
        moment = pd.Timestamp(row)
    except (ValueError, TypeError):
        return None
    zone = getattr(times.dt, "tz", None) if pd.api.types.is_datetime64_any_dtype(times) else None
    return moment.tz_localize(zone) if zone is not None and moment.tz is None else moment


@dataclass(frozen=True, eq=False)
class Dataset(DatasetRecord):
    """Data with meaning; see :class:`workbench.core.dataset.DatasetRecord` for its parts."""

    def profile(self) -> Profile:
        """Return what the data are and what is wrong with them, with findings in words."""
        from workbench.preparation.profile import profile_dataset

        return profile_dataset(self)

    def with_roles(
        self,
        kind: str,
        features: Sequence[str],
        *,
        time: str | None = None,
        label: str | None = None,
        entity: str | None = None,
    ) -> Dataset:
        """Return the same rows with the given roles; names are not checked against the data."""
        from workbench.preparation.times import as_times

        frame = self.frame
        if time is not None:
            frame = frame.assign(**{time: as_times(frame[time])})
        return Dataset(
            frame=frame,
            name=self.name,
            kind=kind,  # type: ignore[arg-type]  # a model's kind is one
            features=tuple(features),
            time=time,
            label=label,
            entity=entity,
            notices=self.notices,
            warnings=self.warnings,
            reading=self.reading,
            kept=self.kept,
            network=self.network,
        )

    def __repr__(self) -> str:
        roles = [f"{role}={getattr(self, role)!r}" for role in ("time", "label", "entity")]
        known = ", ".join(role for role in roles if not role.endswith("None"))
        edges = "" if self.network is None else f"{len(self.network):,} edges, "
        return (
            f"Dataset({self.name!r}, {self.kind}, {len(self):,} rows, {edges}"
            f"{len(self.features)} features{', ' + known if known else ''})"
        )

    def _repr_html_(self) -> str:
        from html import escape

        left_out = "".join(
            f"<li>{escape(str(name))}: {escape(reason)}</li>"
            for name, reason in self.excluded.items()
        )
        head = self.frame.head().to_html(escape=True)
        warned = "".join(
            f'<p class="wb-warning" role="note" style="{_WARNING}">⚠ {escape(text)}</p>'
            for text in self.warnings
        )
        return f"<p><strong>{escape(repr(self))}</strong></p>{warned}{head}" + (
            f"<p>Left out of the features:</p><ul>{left_out}</ul>" if left_out else ""
        )


def load(
    source: Any,
    *,
    time: str | None = None,
    label: str | None = None,
    entity: str | None = None,
    features: Sequence[str] | None = None,
    exclude: Sequence[str] | str | None = None,
    kind: Kind | None = None,
    name: str | None = None,
    **options: Any,
) -> Dataset:
    """Load data and find out what its columns mean.

    Parameters
    ----------
    source : path, DataFrame, array, database URL or "sample:NAME"
        CSV, TSV, JSON lines, Parquet, Excel, DuckDB, SQL (with ``query=``), or an object.
    time, label, entity : str, optional
        Columns with a role; they are not features. Without ``time`` a single column of
        regular dates is taken, and it says so.
    features : sequence of str, optional
        Columns for the detector; by default all but roles, ids, suspected labels and text.
    exclude : sequence of str, optional
        Columns to leave out.
    kind : {"tabular", "series", "graph", "text"}, optional
        By default "text" when only free text was named as features, and "series" when the times
        follow each other in regular steps.
    name : str, optional
        What to call it; by default the file's name.
    **options
        For the source, for example ``query`` or ``sheet``; ``coerce=["flow"]`` reads a column of
        a CSV or Excel file as numbers or dates although a few values are neither.

    Returns
    -------
    Dataset

    Raises
    ------
    ColumnError
        A column that was named is not in the data.
    DataError
        The source cannot be read, or nothing is left to look at.

    Warns
    -----
    DataWarning
        A column that should hold numbers or dates is read as text because of a few values.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.load("sample:pump").kind
    'series'
    """
    from workbench.sources import read

    raw = read(source, **options)
    left_out = _listed(exclude)
    # What a source says of itself gives way to what a person says.
    roles = {role: column for role, column in raw.roles.items() if column not in left_out}
    made = _dataset(
        raw,
        name or raw.name,
        given={
            "time": time or roles.get("time"),
            "label": label or roles.get("label"),
            "entity": entity or roles.get("entity"),
        },
        features=features,
        exclude=[*left_out, *([] if features else roles.get("exclude", []))],
        kind=kind or roles.get("kind"),
    )
    # Tables that came along cannot be told in a line of Python.
    told = {
        word: value
        for word, value in options.items()
        if isinstance(value, bool | int | float | str)
        or (isinstance(value, list | tuple) and value)
    }
    return replace(made, warnings=tuple(raw.warnings.values()), reading=told)


def rows_of(source: Any, **options: Any) -> Dataset:
    """Return the rows of a source without looking for roles; see :meth:`Dataset.with_roles`."""
    from workbench.sources import read

    raw = read(source, **options)
    return Dataset(
        raw.frame,
        raw.name,
        "tabular",
        (),
        notices=raw.notices,
        warnings=tuple(raw.warnings.values()),
        network=raw.network,
    )


def as_dataset(data: Any) -> Dataset:
    """Return ``data`` itself when it is a dataset, else load it."""
    if isinstance(data, Dataset):
        return data
    if isinstance(data, DatasetRecord):
        return Dataset(**{part: getattr(data, part) for part in data.__dataclass_fields__})
    from workbench.workflow.large_dataset import LargeDataset
    from workbench.workflow.loading import tell

    if isinstance(data, LargeDataset):
        raise ParameterError(
            f"This needs data in memory, and '{data.name}' stays where it lies. Take its sample of "
            f"{len(data.sample):,} rows: data.sample."
        )
    return tell(load(data))


def _listed(names: Sequence[str] | str | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def _dataset(
    raw: RawTable,
    name: str,
    *,
    given: dict[str, str | None],
    features: Sequence[str] | None,
    exclude: list[str],
    kind: str | None,
) -> Dataset:
    from workbench.preparation.roles import suspect_roles

    frame, warned = raw.frame, raw.warnings
    notices = [*warned.values(), *(one for one in raw.notices if one not in warned.values())]
    if kind is not None and kind not in _KINDS:
        raise ParameterError(f"kind must be one of {', '.join(_KINDS)}, found {kind!r}.")
    named = _listed(features)
    _require(frame, [*(column for column in given.values() if column), *named, *exclude])
    if len(frame) == 0:
        raise DataError(f"{name} has no rows: there is nothing to look at.")
    if given["time"] in warned:
        raise DataError(warned[str(given["time"])])
    suspects = suspect_roles(frame)
    frame, time = _find_time(frame, given, named, exclude, suspects.time, notices)
    kind = kind or _kind_by_words(frame, named) or _kind_by_time(frame, time, given["entity"])
    roles = {column for column in (time, given["label"], given["entity"]) if column}
    reasons = {} if named else _left_out(frame, roles, exclude, suspects, warned, kind == "text")
    chosen = named or [name for name in frame.columns if name not in roles | set(reasons)]
    overlap = [column for column in named if column in roles]
    if overlap:
        raise ParameterError(f"Column '{overlap[0]}' cannot be both a feature and a role.")
    if both := [column for column in named if column in exclude]:
        raise ParameterError(f"Column '{both[0]}' cannot be a feature and be excluded.")
    if (label := given["label"]) and (values := frame[label].nunique()) > MOST_VALUES_OF_A_LABEL:
        notices.append(
            f"'{label}' holds {values:,} different values, and a label has two: all but 0 count "
            "as anomalies."
        )
    if kind == "graph" and raw.network is None:
        notices.append(
            "These data are called a graph and have no edges, so that only their columns are "
            "looked at. Load the graph itself to have its edges."
        )
    notices += [
        f"'{column}' is left out: {reason}."
        for column, reason in reasons.items()
        if column not in exclude
    ]
    return Dataset(
        frame=frame,
        name=name,
        kind=kind,  # type: ignore[arg-type]  # checked above
        features=tuple(column for column in chosen if column not in exclude),
        time=time,
        label=given["label"],
        entity=given["entity"],
        excluded=reasons,
        notices=tuple(notices),
        network=raw.network,
    )


def _require(frame: pd.DataFrame, names: Iterable[str]) -> None:
    for column in names:
        if column not in frame.columns:
            known = [str(found) for found in frame.columns]
            shown = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
            raise ColumnError(
                f"Column '{column}' is not in the data.{suggest(str(column), known)} "
                f"Found: {shown}."
            )


def _find_time(
    frame: pd.DataFrame,
    given: dict[str, str | None],
    named: list[str],
    exclude: list[str],
    dates: dict[str, str],
    notices: list[str],
) -> tuple[pd.DataFrame, str | None]:
    from workbench.preparation.roles import is_regular
    from workbench.preparation.times import as_times

    time = given["time"]
    if time is not None:
        times = as_times(frame[time])
        return (frame if times is frame[time] else frame.assign(**{time: times})), time
    free = [column for column in dates if column not in {*given.values(), *named, *exclude}]
    entity = frame[given["entity"]] if given["entity"] else None
    if len(free) == 1 and is_regular(frame[free[0]], entity):
        notices.append(f"'{free[0]}' is taken as the time: its dates follow in regular steps.")
        return frame, free[0]
    return frame, None


def _kind_by_time(frame: pd.DataFrame, time: str | None, entity: str | None) -> str:
    from workbench.preparation.roles import is_regular

    if time is None or frame[time].isna().any():
        return "tabular"
    regular = is_regular(frame[time], None if entity is None else frame[entity])
    return "series" if regular else "tabular"


def _kind_by_words(frame: pd.DataFrame, named: list[str]) -> str | None:
    """Return "text" where nothing but texts was named as a feature, or nothing else is there."""
    from workbench.preparation.kinds import holds_texts

    asked = named or (list(frame.columns) if frame.shape[1] == 1 else [])
    return "text" if asked and all(holds_texts(frame[name]) for name in asked) else None


def _left_out(
    frame: pd.DataFrame,
    roles: set[str],
    exclude: list[str],
    suspects: Any,
    warned: dict[str, str],
    texts: bool,
) -> dict[str, str]:
    from workbench.preparation.kinds import holds_texts, kind_of

    reasons: dict[str, str] = {}
    for column in frame.columns:
        if column in roles:
            continue
        if column in exclude:
            reasons[column] = "it was excluded"
        elif texts and holds_texts(frame[column], repeated=True):
            continue
        elif column in warned and kind_of(frame[column]) != "numeric":
            reasons[column] = "it is read as text because of a few values, as the warning says"
        elif column in suspects.ids:
            reasons[column] = f"it looks like an id: {suspects.ids[column]}"
        elif column in suspects.label:
            reasons[column] = f"{suspects.label[column]}; pass label='{column}' to evaluate with it"
        elif kind_of(frame[column]) in ("text", "nested", "empty"):
            kind = kind_of(frame[column])
            reasons[column] = {
                "text": "it is free text; name it in features=[…] to look at its words",
                "nested": "it holds nested values",
                "empty": "it is empty",
            }[kind]
    return reasons
