"""``wb.monitor``: a detector on data as they come, in this process."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.alerts.rules import USUAL, make_rule
from workbench.core.display import display
from workbench.core.errors import ParameterError, WorkbenchError
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.stream import Monitor
from workbench.streams.base import Source, Surroundings
from workbench.streams.event_time import SECOND, EventTime
from workbench.streams.hub import Held
from workbench.streams.judging import Judging
from workbench.streams.records import Shape, canonical
from workbench.streams.scoring import Scorer, Streaming
from workbench.workflow.detection import Detection
from workbench.workflow.fitted import FittedModel, learner
from workbench.workflow.model import Model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["LiveMonitor", "monitor", "stream"]

#: What is told of when nobody said; silence is not, for whoever watches here sees it.
RULES: tuple[Mapping[str, Any], ...] = tuple(rule for rule in USUAL if rule["rule"] != "missing")
MOST_FIRINGS = 10_000


def stream(source: str, **settings: Any) -> Source:
    """Return a source of live data by name.

    Parameters
    ----------
    source : str
        "tail", "mqtt", "kafka", "redis", "websocket", "prometheus", "sql", "replay".
    **settings
        Of the source.

    Raises
    ------
    UnknownName, ParameterError
        There is no such source, or a setting cannot work.

    Examples
    --------
    >>> import workbench as wb
    >>> wb.stream("replay", data="sample:pump", time="timestamp", speed=3600.0).speed
    3600.0
    """
    from workbench.streams.sources import SOURCES

    return SOURCES.get(source).create(**settings)


def monitor(
    source: Any,
    detector: Any = "ewma",
    /,
    *,
    time: str = "",
    entity: str = "",
    key: str = "",
    features: Sequence[str] = (),
    lateness: float = 0.0,
    speed: float = 0.0,
    history: int = 0,
    judging: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] = RULES,
    **params: Any,
) -> LiveMonitor:
    """Watch data as they come, and say at once what is odd.

    It works in a thread of this process and keeps nothing: a team's server does so with monitors
    that survive a restart and tell people.

    Parameters
    ----------
    source : Source, Dataset, DataFrame, path or "sample:…"
        Of :func:`workbench.stream`; data that are there are played back.
    detector : str, Detection or Model
        An online detector of ``wb.catalog()``, or what was found before: it scores, and learns
        nothing.
    time, entity, key : str
        Columns: when it happened, what it is about, and what tells records apart. For data with
        roles they are known.
    features : sequence of str
        By default all numbers of the first records.
    lateness : float
        Seconds that a record may come after others that happened later.
    speed : float
        For data that are played back: how much faster than it happened; 0 at once.
    history : int
        For data that are played back: records at the beginning that come at once, so that the
        detector knows what is usual.
    judging : mapping
        From when on a record is anomalous: ``{"rule": "fdr", "rate": 0.05}``.
    rules : sequence of mappings
        What is told of.
    **params
        Of the detector.

    Returns
    -------
    LiveMonitor
        It has begun; ``.explore()`` shows it, ``.stop()`` ends it.

    Raises
    ------
    UnknownName, ParameterError
        There is no such detector or rule, or a parameter cannot work.

    Examples
    --------
    >>> import workbench as wb
    >>> live = wb.monitor("sample:pump", "ewma").wait()
    >>> len(live), live.anomalies > 0
    (10080, True)
    """
    read, data, shape = _source(source, time, entity, key, features, lateness, speed, history)
    made = _detector(detector, params)
    sample = _model(detector).sample if isinstance(detector, (Detection, Model)) else {}
    return LiveMonitor(read, shape, data, made, Judging(**dict(judging or {})), rules, sample)


def _source(
    source: Any,
    time: str,
    entity: str,
    key: str,
    features: Sequence[str],
    lateness: float,
    speed: float,
    history: int,
) -> tuple[Source, Any, Shape]:
    from workbench.streams.sources.replay import Replay
    from workbench.workflow.dataset import as_dataset
    from workbench.workflow.loading import load

    shape = Shape(time or "time", entity, key, tuple(features), lateness)
    if isinstance(source, Source):
        return source, lambda name: load(name).frame, shape
    roles = {name: role for name, role in (("time", time), ("entity", entity)) if role}
    data = load(source, **roles) if roles else as_dataset(source)
    if data.time is None:
        raise ParameterError(
            f"'{data.name}' has no times: name the column that says when it happened with time=…."
        )
    names = tuple(features) or tuple(
        str(name) for name in data.features if data.frame[name].dtype.kind in "iuf"
    )
    shape = Shape(str(data.time), str(data.entity or entity or ""), key, names, lateness)
    read = Replay("data", str(data.time), speed, history=history)
    return read, lambda name: data.frame, shape


def _detector(
    detector: Any, params: Mapping[str, Any]
) -> tuple[str, dict[str, Any], Callable[[Sequence[str]], Streaming]]:
    if isinstance(detector, (Detection, Model)):
        model = _model(detector)
        return model.detector, dict(model.params), lambda features: FittedModel(model, features)
    make = learner(detector, params)
    return detector, dict(params), lambda features: make()


def _model(found: Detection | Model) -> Model:
    return found.model if isinstance(found, Detection) else found


class LiveMonitor:
    """A detector that watches data as they come, in a thread of this process.

    Attributes
    ----------
    problem : str
        What is in the way; "" while all is well.
    """

    def __init__(
        self,
        source: Source,
        shape: Shape,
        open_data: Callable[[str], Any],
        made: tuple[str, dict[str, Any], Callable[[Sequence[str]], Streaming]],
        judging: Judging,
        rules: Sequence[Mapping[str, Any]],
        sample: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self._source, self._shape, self._open = source, shape, open_data
        self.detector, params, self._make = made
        self._rules = [make_rule("here", **dict(rule)) for rule in rules]
        for one in self._rules:
            one.hold_against(sample or {})
        self.judging, self.problem = judging, ""
        self._held = Held()
        self._firings: dict[str, Firing] = {}
        self._scorer: Scorer | None = None
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        now = datetime.now(UTC)
        self._told = Monitor(
            "here", f"{self.detector} on {source.name()}", "", "", self.detector, params,
            asdict(judging), [dict(one) for one in rules], {}, "running", "", 0, 0, 0, None, {},
            now, now, now,
        )  # fmt: skip
        self._stopping, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="workbench monitor", daemon=True)
        self._thread.start()

    # ---- work -----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._watch())
        except WorkbenchError as error:
            self.problem = str(error)
        except asyncio.CancelledError:
            pass
        except Exception as error:  # told to whoever asks, for nobody stands behind this thread
            self.problem = f"{type(error).__name__}: {error}"
        finally:
            self._say(state="failed" if self.problem else "ended", problem=self.problem)
            self._ended.set()

    async def _watch(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopping.is_set():  # before it had begun
            return
        order: EventTime | None = None
        parts: Any = self._source.batches(None, Surroundings(self._open))
        async with aclosing(parts):
            async for batch in parts:
                made = canonical(batch.rows, self._shape)
                self._shape = made.shape
                if order is None:
                    order = EventTime(self._shape.lateness, len(self._shape.features))
                self._take(order.step(made.records, round(time.time() * SECOND)), order)
                if batch.kept is not None:
                    await batch.kept()
        if order is not None and order.waiting is not None:
            self._take(order.advance(order.waiting), order)

    def _take(self, records: Any, order: EventTime) -> None:
        if self._scorer is None:
            features = self._shape.features
            self._scorer = Scorer(features, lambda: self._make(features), self.judging)
        points = self._scorer.step(records)
        firings = [one for rule in self._rules for one in rule.step(points)] if len(points) else []
        with self._lock:
            for one in firings:
                self._firings[one.id] = one
            while len(self._firings) > MOST_FIRINGS:
                del self._firings[next(iter(self._firings))]
        told = {**vars(order.counts), "arrived": time.time(), "lag": 0.0}
        if len(points):
            self._held.add(points)
            anomalies = self._told.anomalies + int(points.anomalous.sum())
            self._say(points=self._told.points + len(points), anomalies=anomalies, told=told)
        self._held.note(self._told.points)

    def _say(self, **values: Any) -> None:
        from dataclasses import replace

        self._told = replace(self._told, **values)

    # ---- asking ---------------------------------------------------------------------------------

    def wait(self, seconds: float | None = None) -> LiveMonitor:
        """Wait until the source has ended; returns self.

        Raises
        ------
        WorkbenchError
            The monitor could not go on.
        """
        self._ended.wait(seconds)
        if self.problem:
            raise ParameterError(self.problem)
        return self

    def stop(self) -> None:
        """End it; what it found stays."""
        self._stopping.set()
        if self._loop is not None and self._task is not None and not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._ended.wait(10.0)

    def __enter__(self) -> LiveMonitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __len__(self) -> int:
        return self._told.points

    def __repr__(self) -> str:
        state = self._told.state
        return f"<{self._told.name}, {state}: {len(self):,} records, {self.anomalies:,} anomalous>"

    @property
    def anomalies(self) -> int:
        """Number of anomalous records so far."""
        return self._told.anomalies

    @property
    def monitor(self) -> Monitor:
        """How it stands, as pages show it."""
        return self._told

    def since(self, number: int) -> Points | None:
        """Return what is held from the point of a number on; None where there is nothing."""
        return self._held.since(number)

    def rate(self) -> float:
        """Return the records that came in a second, over the last ten seconds or so."""
        return self._held.rate()

    @property
    def points(self) -> pd.DataFrame:
        """The newest points as a table: one line each, with score, p-value and severity."""
        import pandas as pd

        points = self._held.since(0)
        if points is None:
            return pd.DataFrame()
        columns: dict[str, Any] = {"time": pd.to_datetime(points.time, utc=True)}
        if self._shape.entity:
            columns["entity"] = points.entity
        columns |= {name: points.values[:, at] for at, name in enumerate(points.features)}
        for name in ("score", "p_value", "severity", "anomalous"):
            columns[name] = getattr(points, name)
        return pd.DataFrame(columns)

    @property
    def firings(self) -> list[Firing]:
        """What the rules found worth telling, in the order of time."""
        with self._lock:
            return sorted(self._firings.values(), key=lambda one: one.start)

    def explore(self) -> Any:
        """Show it as it goes on: lanes that flow, the values, what is odd.

        Raises
        ------
        MissingExtra
            The notebook extra is not installed.
        """
        return display().explore(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any] | None:
        return display().mimebundle(self)
