"""``wb.scan``: data that are looked through part by part, because they do not fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike, fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.display import watched
from workbench.core.progress import Progress
from workbench.workflow.dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from workbench.preparation.facts import ColumnFacts
    from workbench.scaling.base import Engine
    from workbench.scaling.spooling import Spool

__all__ = ["LargeDataset", "Opened", "open_engine", "scan", "too_large"]

#: Bytes of text that one cell of a CSV file takes, about.
TEXT_CELL = 8


@dataclass(frozen=True, eq=False)
class Opened:
    """An engine with a table, and what lies in temporary files for it."""

    engine: Engine
    spool: Spool | None
    notices: tuple[str, ...]

    def close(self) -> None:
        """Remove temporary files."""
        if self.spool is not None:
            self.spool.close()


@dataclass(frozen=True, eq=False)
class LargeDataset:
    """Data with meaning that stay where they lie; see :func:`workbench.scan`.

    Attributes
    ----------
    sample : Dataset
        Rows that were drawn by a seed, with all roles: what can be said about the data without
        looking at all rows is said of these. All rows where they are few.
    rows : numpy.ndarray of shape (k,)
        Numbers of these rows in the data.
    total : int
        Rows in all.
    facts : dict of str to ColumnFacts
        What is true of all cells of each column.
    engine : Engine
        Looks through the data, on this machine or on a cluster.
    """

    sample: Dataset
    rows: np.ndarray
    total: int
    facts: dict[str, ColumnFacts]
    engine: Engine
    opened: Opened = field(repr=False)

    def __len__(self) -> int:
        return self.total

    @property
    def name(self) -> str:
        """What people call it."""
        return self.sample.name

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that a detector looks at."""
        return self.sample.features

    @property
    def notices(self) -> tuple[str, ...]:
        """What was noticed, in words."""
        return self.sample.notices

    def close(self) -> None:
        """Remove temporary files, if there are any; the data cannot be looked through any more."""
        self.opened.close()

    def __repr__(self) -> str:
        return (
            f"LargeDataset({self.name!r}, {self.total:,} rows, {len(self.features)} features, "
            f"on {self.engine.name}, sample of {len(self.sample):,} rows)"
        )


def too_large(source: Any) -> bool:
    """Return whether a file takes more memory than is free: told by its size and its footer."""
    from workbench.scaling.cluster import is_dask_frame
    from workbench.scaling.memory import would_not_fit
    from workbench.sources.base import scheme_of

    if is_dask_frame(source):
        return True
    if not isinstance(source, (str, PathLike)) or scheme_of(source):
        return False
    path = Path(fsdecode(source))
    if path.is_dir():
        return True  # only folders of Parquet files can be read at all
    ending = path.suffix.lower()
    if not path.is_file():
        return False  # whoever reads it says so
    if ending in (".csv", ".tsv", ".txt"):
        return would_not_fit(path.stat().st_size // TEXT_CELL, 1)
    return ending in (".parquet", ".pq") and _claims_too_much(path)


def _claims_too_much(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from workbench.scaling.memory import would_not_fit

    try:
        claimed = pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError):
        return False  # whoever reads it says what is wrong with it
    return would_not_fit(claimed.num_rows, claimed.num_columns)


def open_engine(
    source: Any, memory: Any, client: Any, options: dict[str, Any], progress: Progress
) -> Opened:
    """Return what looks through a source: here, or on a cluster where there is a client."""
    from workbench.core.execution import worker_count
    from workbench.scaling.cluster import Cluster, connected, is_dask_frame
    from workbench.scaling.memory import allowance
    from workbench.scaling.spooling import table_of

    if is_dask_frame(source):
        from workbench.scaling.dask import DaskEngine, frame_table

        allowed = allowance(memory, len(source.columns), worker_count())
        with connected(client, allowed.memory) as speaking:
            table = frame_table(source, Cluster(speaking), progress)
        return Opened(DaskEngine(table, allowed, client), None, ())
    table, spool, notices = table_of(source, options, progress)
    allowed = allowance(memory, len(table.names), worker_count())
    if client is not None:
        from workbench.scaling.dask import DaskEngine

        return Opened(DaskEngine(table, allowed, client), spool, notices)
    from workbench.scaling.local import LocalEngine

    return Opened(LocalEngine(table, allowed), spool, notices)


@watched("Looking through")
def scan(
    source: Any,
    *,
    time: str | None = None,
    label: str | None = None,
    entity: str | None = None,
    features: Sequence[str] | None = None,
    exclude: Sequence[str] | str | None = None,
    name: str | None = None,
    memory: int | str | None = None,
    client: Any = None,
    random_state: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> LargeDataset:
    """Look through data that do not fit into memory, and find out what their columns mean.

    ``wb.load`` reads data, ``wb.scan`` leaves them where they lie: it goes through them once, part
    by part, and keeps a sample and what is true of all cells. ``wb.detect`` then takes the result
    as it takes any data.

    Parameters
    ----------
    source : path, data frame of Dask's, database URL, or anything that ``wb.load`` takes
        A Parquet file or a folder of them is read where it lies. CSV, SQL and DuckDB are written
        to a temporary Parquet file first, part by part. Other sources are read into memory once.
    time, label, entity, features, exclude, name
        As for ``wb.load``. Times are kept beside the scores; rows are judged one by one.
    memory : int or str, optional
        Most memory to take, as in "2GB"; by default half of what is free.
    client : distributed.Client, address or "local", optional
        Work on this cluster of Dask's. "local" starts workers on this machine.
    random_state : int
        Seed of the sample.
    progress : Progress, optional
        Told about stages; may cancel.
    **options
        For the source, for example ``query``.

    Returns
    -------
    LargeDataset

    Raises
    ------
    WorkbenchError
        What is wrong with the source, or with a value.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.scan("sample:breast-cancer", memory="1GB")
    >>> len(data), len(data.features)
    (376, 30)
    """
    progress = progress or Progress()
    opened = open_engine(source, memory, client, options, progress.part(0.0, 0.3))
    try:
        with opened.engine.opened():
            return _surveyed(
                opened,
                {"time": time, "label": label, "entity": entity},
                features,
                [exclude] if isinstance(exclude, str) else list(exclude or ()),
                name or opened.engine.table.name,
                random_state,
                progress.part(0.3, 1.0),
            )
    except BaseException:
        opened.close()
        raise


def _surveyed(
    opened: Opened,
    roles: dict[str, str | None],
    features: Sequence[str] | None,
    exclude: list[str],
    name: str,
    seed: int,
    progress: Progress,
) -> LargeDataset:
    from workbench.scaling.survey import survey

    found = survey(opened.engine, seed, progress)
    total = opened.engine.table.total
    sample, head = found.sample, found.head
    if opened.spool is not None and opened.spool.untyped:
        sample, head = _whole_numbers(sample), _whole_numbers(head)
    data = _with_roles(sample, head, roles, features, exclude, name)
    told = (*opened.notices, *data.notices)
    if data.time is not None:
        told = (
            *told,
            "The rows are judged one by one: what is odd only in its course is not seen.",
        )
    data = replace(data, notices=tuple(dict.fromkeys(told)))
    return LargeDataset(data, found.rows, total, found.facts, opened.engine, opened)


def _with_roles(
    sample: pd.DataFrame,
    head: pd.DataFrame,
    roles: dict[str, str | None],
    features: Sequence[str] | None,
    exclude: list[str],
    name: str,
) -> Dataset:
    """Return the sample with roles; what hangs on the order of rows is read from the first ones."""
    from workbench.preparation.roles import looks_like_id
    from workbench.workflow.dataset import load

    by_order = load(head, **roles, features=features, exclude=exclude, kind="tabular", name=name)
    roles = {**roles, "time": by_order.time}
    named = {*exclude, *(features or ()), *(one for one in roles.values() if one)}
    ids = {
        column: reason
        for column in head.columns
        if column not in named and (reason := looks_like_id(head[column]))
    }
    data = load(
        sample, **roles, features=features, exclude=[*exclude, *ids], kind="tabular", name=name
    )
    reasons = {column: f"it looks like an id: {reason}" for column, reason in ids.items()}
    if features:
        reasons = {}
    told = [f"'{column}' is left out: {reason}." for column, reason in reasons.items()]
    timed = [one for one in by_order.notices if "taken as the time" in one]
    return replace(
        data,
        excluded={**data.excluded, **reasons},
        notices=tuple(dict.fromkeys([*timed, *told, *data.notices])),
    )


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with columns of whole numbers as such."""
    whole = {}
    for name in frame.columns:
        if frame[name].dtype == np.float64:
            values = frame[name].to_numpy()
            if np.isfinite(values).all() and (values == np.floor(values)).all():
                whole[name] = "int64" if np.abs(values).max(initial=0.0) < 2**53 else "float64"
    return frame.astype(whole)
