"""A pump that never was: ten weeks of readings with faults at known places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["FAULTS", "Fault", "pump"]

DAY = 144  # readings of ten minutes
WEEKS = 10
START = "2026-01-05"  # a Monday


@dataclass(frozen=True)
class Fault:
    """One injected fault.

    Attributes
    ----------
    kind : str
        spike, level shift, drift, stuck sensor or seasonality change.
    column : str
        Where it is seen.
    start, end : int
        Row positions [start, end).
    size : float
        In units of the column.
    """

    kind: str
    column: str
    start: int
    end: int
    size: float


def _at(day: int, hour: float) -> int:
    return day * DAY + round(hour * 6)


#: Every fault, in order of time; days count from 0, the first three weeks are clean.
FAULTS: tuple[Fault, ...] = (
    Fault("spike", "vibration", _at(23, 4), _at(23, 4) + 1, 3.2),
    Fault("spike", "pressure", _at(27, 15), _at(27, 15) + 2, -1.6),
    Fault("level shift", "flow", _at(31, 9), _at(31, 21), -9.0),
    Fault("spike", "power", _at(36, 22), _at(36, 22) + 1, 14.0),
    Fault("drift", "temperature", _at(41, 0), _at(41, 18), 9.0),
    Fault("stuck sensor", "pressure", _at(48, 6), _at(48, 18), 0.0),
    Fault("spike", "flow", _at(53, 2), _at(53, 2) + 2, 16.0),
    Fault("seasonality change", "flow", _at(58, 18), _at(59, 6), 0.0),
    Fault("level shift", "vibration", _at(65, 3), _at(65, 9), 1.3),
)


def pump(seed: int = 7) -> pd.DataFrame:
    """Make ten weeks of ten-minute readings of a water pump, with faults that you know.

    Demand has a day and a week; pressure falls and power, vibration and (slowly) temperature
    rise with flow; each channel has its own noise. :data:`FAULTS` are added in about 3 % of the
    rows, none in the first three weeks. Flow faults pull the other channels along.

    Parameters
    ----------
    seed : int, optional
        Same seed, same pump.

    Returns
    -------
    pandas.DataFrame
        timestamp; flow (m³/h), pressure (bar), temperature (°C), vibration (mm/s), power (kW);
        is_anomaly (bool); fault (its kind, "" if none).
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    rows = WEEKS * 7 * DAY
    flow = _demand(np.arange(rows)) + _wander(rng, rows, 0.9, 0.35)
    _shift_season(flow)
    _add(flow, "flow")
    channels = {"flow": flow, **_followers(flow, rng)}
    for column, values in channels.items():
        if column != "flow":
            _add(values, column)
    kinds = np.full(rows, "", dtype=object)
    for fault in FAULTS:
        kinds[fault.start : fault.end] = fault.kind
    times = pd.date_range(START, periods=rows, freq="10min", unit="us")
    rounded = {column: np.round(values, 3) for column, values in channels.items()}
    return pd.DataFrame(
        {
            "timestamp": times,
            **rounded,
            "is_anomaly": kinds != "",
            "fault": pd.Series(kinds, dtype="str"),
        }
    )


def _demand(step: np.ndarray) -> np.ndarray:
    """Return the usual flow: two peaks a day, less at night and at the weekend."""
    import numpy as np

    hour = step % DAY / 6
    weekend = step // DAY % 7 >= 5
    day = 7 * np.sin(2 * np.pi * (hour - 8) / 24) + 3 * np.sin(4 * np.pi * (hour - 5) / 24)
    usual: np.ndarray = 42 + day * np.where(weekend, 0.7, 1.0) - 3.0 * weekend
    return usual


def _wander(rng: np.random.Generator, rows: int, memory: float, size: float) -> np.ndarray:
    """Return noise that remembers: each value keeps a share of the one before."""
    from scipy.signal import lfilter

    noise: np.ndarray = lfilter([1.0], [1.0, -memory], rng.normal(0, size, rows))
    return noise


def _followers(flow: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the channels that follow from the flow, as a pump curve and a warm motor do."""
    import numpy as np
    from scipy.signal import lfilter

    rows, load = len(flow), flow / 42
    pressure = 6.4 - 1.5 * load**2 + rng.normal(0, 0.035, rows)
    power = 6.0 + 0.115 * flow * pressure / 1.2 + rng.normal(0, 0.25, rows)
    heat = lfilter([0.06], [1.0, -0.94], power - power[0])
    season = 1.5 * np.sin(2 * np.pi * (np.arange(rows) % DAY / DAY - 0.4))
    temperature = 48 + 0.9 * heat + season + rng.normal(0, 0.2, rows)
    vibration = 1.6 + 0.9 * (load - 1) ** 2 + 0.5 * load + _wander(rng, rows, 0.6, 0.06)
    return {
        "pressure": pressure,
        "temperature": temperature,
        "vibration": vibration,
        "power": power,
    }


def _add(values: np.ndarray, column: str) -> None:
    """Add the faults of one channel in place."""
    import numpy as np

    for fault in FAULTS:
        here = slice(fault.start, fault.end)
        if fault.column != column or fault.kind == "seasonality change":
            continue
        if fault.kind == "stuck sensor":
            values[here] = values[fault.start]
        elif fault.kind == "drift":
            values[here] += np.linspace(0, fault.size, fault.end - fault.start)
        else:
            values[here] += fault.size


def _shift_season(flow: np.ndarray) -> None:
    """Let the pump run as if it were twelve hours later: the day's shape is turned over."""
    import numpy as np

    for fault in FAULTS:
        if fault.kind == "seasonality change":
            steps = np.arange(fault.start, fault.end)
            flow[steps] += _demand(steps + DAY // 2) - _demand(steps)
