"""Says numbers, dates and counts the same way everywhere."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np

__all__ = [
    "SHAPES",
    "axis_of",
    "count",
    "html",
    "lasting",
    "number",
    "plural",
    "text",
    "value",
    "when",
]

SHAPES = {"critical": "◆", "high": "▲", "medium": "●", "low": "▬", "normal": "·"}


def number(value: float | None) -> str:
    """Return a number with three significant digits, as people write it.

    Examples
    --------
    >>> number(1234567.0), number(0.012345), number(12.0), number(float("nan"))
    ('1,230,000', '0.0123', '12', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 12:
        return f"{value:.2e}"
    rounded = round(value, 2 - size)
    shown = f"{rounded:,.{max(0, 2 - size)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def count(value: int) -> str:
    """Return a whole number with thousands separated.

    Examples
    --------
    >>> count(12500)
    '12,500'
    """
    return f"{value:,d}"


def plural(amount: int, noun: str, many: str | None = None) -> str:
    """Return "1 row", "2 rows".

    Examples
    --------
    >>> plural(1, "anomaly", "anomalies"), plural(2000, "row")
    ('1 anomaly', '2,000 rows')
    """
    return f"{count(amount)} {noun if amount == 1 else many or noun + 's'}"


def lasting(seconds: float) -> str:
    """Return how long something took, by its two largest parts.

    Examples
    --------
    >>> lasting(4.2), lasting(750), lasting(3_780), lasting(187_200)
    ('4 s', '12 min 30 s', '1 h 3 min', '2 d 4 h')
    """
    left = max(round(seconds), 0)
    parts = []
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, left = divmod(left, size)
        parts.append(f"{amount:,} {word}" if amount else "")
    first = next((place for place, part in enumerate(parts) if part), len(parts))
    return " ".join(part for part in parts[first : first + 2] if part) or "0 s"


def when(value: Any) -> str:
    """Return a moment as "2026-03-04 05:06", seconds only where they matter.

    Examples
    --------
    >>> import pandas as pd
    >>> when(pd.Timestamp("2026-03-04 05:06:00")), when(pd.Timestamp("2026-03-04"))
    ('2026-03-04 05:06', '2026-03-04')
    """
    import pandas as pd

    if value is None or pd.isna(value):
        return "–"
    moment = pd.Timestamp(value)
    if moment == moment.normalize():
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%Y-%m-%d %H:%M}" if moment.second == 0 else f"{moment:%Y-%m-%d %H:%M:%S}"


def value(item: Any) -> str:
    """Return one cell of the data in words, whatever its type; at most 80 characters.

    Examples
    --------
    >>> value(0.123456), value(True), value(None), value("pump-1")
    ('0.123', 'yes', '–', 'pump-1')
    """
    import pandas as pd

    if isinstance(item, (pd.Timedelta, np.timedelta64)):
        return text(pd.Timedelta(item))
    if isinstance(item, (bool, np.bool_)):
        return "yes" if item else "no"
    if item is None or item is pd.NaT or item is pd.NA:
        return "–"
    if isinstance(item, (int, np.integer)):
        return count(int(item)) if abs(int(item)) >= 10_000 else str(int(item))
    if isinstance(item, (float, np.floating)):
        return number(float(item))
    if isinstance(item, (pd.Timestamp, np.datetime64)) or hasattr(item, "isoformat"):
        return when(item)
    return text(item)


def text(item: Any, limit: int = 80) -> str:
    """Return printable text of at most ``limit`` characters, safe to send to a browser."""
    shown = str(item).encode("utf-8", "replace").decode("utf-8")
    shown = "".join(sign if sign.isprintable() else " " for sign in shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def html(item: Any, limit: int = 400) -> str:
    """Return text that a browser shows and never runs."""
    return escape(text(item, limit), quote=True)


def axis_of(times: Any, amount: int) -> np.ndarray:
    """Return each row's place on the axis: milliseconds since 1970, or the row number.

    Parameters
    ----------
    times : pandas.Series or None
        The time column in the order of drawing. Missing moments take the latest one.
    amount : int
        Number of rows, used where there are no times.
    """
    import pandas as pd

    if times is None:
        return np.arange(amount, dtype=float)
    if not pd.api.types.is_datetime64_any_dtype(times.dtype):
        if pd.api.types.is_numeric_dtype(times.dtype):
            numbers: np.ndarray = pd.to_numeric(times).to_numpy(dtype=float, na_value=np.nan)
            return _without_gaps(numbers)
        return np.arange(amount, dtype=float)
    stamps = pd.to_datetime(times, utc=True).dt.tz_localize(None)
    naive = stamps.astype("datetime64[ns]").to_numpy()
    places = naive.astype("int64") / 1e6
    places[np.isnat(naive)] = np.nan
    return _without_gaps(places)


def _without_gaps(places: np.ndarray) -> np.ndarray:
    missing = ~np.isfinite(places)
    if missing.any():
        known = places[~missing]
        places = np.where(missing, known.max() if known.size else 0.0, places)
    return places
