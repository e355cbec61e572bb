"""``auto``: one documented rule from kind, size and types of the data to a detector."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Choice", "choose_detector"]

#: Above this many rows times columns KNN's distances take longer than people wait (measured:
#: about 4 s at 20,000 x 30 on two cores).
MOST_ROWS_KNN = 20_000
MOST_COLUMNS_KNN = 200
#: Windows of a series with more cells than this would not fit into half a gigabyte.
MOST_CELLS_WINDOWS = 1_500_000
#: Windows of 64 rank slightly better on public series and blur twice as far: docs/adr/0008.
WINDOW = 32


@dataclass(frozen=True)
class Choice:
    """A detector, its parameters, and the reason in words."""

    detector: str
    reason: str
    params: dict[str, Any] = field(default_factory=dict)


def choose_detector(kind: str, rows: int, columns: int, *, categorical: float = 0.0) -> Choice:
    """Return the detector that suits the data, with the reason.

    The rule, in order:

    1. Series: ``pca`` on windows of 32 points; beyond 1.5 million cells
       ``seasonal_residual``, which needs no windows.
    2. Fewer than 10 rows: ``ecod``, which has nothing to estimate but ranks.
    3. Mostly categories: ``iforest``, for distances between categories mean little.
    4. Up to 20,000 rows and 200 columns: ``knn`` (mean distance to 50 neighbours), the best
       single detector on average over 27 public tables.
    5. Otherwise ``iforest``, whose time grows only linearly.

    Parameters
    ----------
    kind : str
        Kind of the dataset.
    rows, columns : int
        Rows to learn from, and features.
    categorical : float
        Share of the features that are categories.

    Examples
    --------
    >>> choose_detector("tabular", 1000, 5).detector
    'knn'
    """
    if kind == "series":
        return _choose_for_series(rows, columns)
    if rows < 10:
        return Choice("ecod", f"{rows} rows are too few to learn more than ranks from")
    if categorical > 0.5:
        return Choice(
            "iforest",
            f"{100 * categorical:.0f} % of the features are categories, between which distances "
            "mean little; random splits do not need them",
        )
    if rows <= MOST_ROWS_KNN and columns <= MOST_COLUMNS_KNN:
        return Choice(
            "knn",
            f"{rows:,} rows × {columns} columns are few enough for distances to neighbours, the "
            "best single choice on average over public tables",
        )
    return Choice(
        "iforest", f"{rows:,} rows × {columns} columns are many; its time grows only linearly"
    )


def _choose_for_series(rows: int, columns: int) -> Choice:
    if rows < 8:
        return Choice("ecod", f"{rows} points are too few to learn a rhythm from")
    if rows * columns > MOST_CELLS_WINDOWS:
        return Choice(
            "seasonal_residual",
            f"{rows:,} points in {columns} columns are too many for windows; level, rhythm and "
            "movement are compared with the usual ones",
        )
    return Choice(
        "pca",
        f"a series of {rows:,} points in {columns} columns: windows of {WINDOW} points that break "
        "its usual shapes, the best single choice on average over public series",
        {"window": WINDOW},
    )
