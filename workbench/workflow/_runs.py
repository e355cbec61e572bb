"""One detector on one dataset, timed and watched; a failure is a result with its reason."""

from __future__ import annotations

import re
import time as clock
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.core.errors import Cancelled, LimitExceeded, ParameterError, WorkbenchError
from workbench.core.progress import Progress

if TYPE_CHECKING:
    from workbench.scaling.cluster import Cluster
    from workbench.workflow.dataset import Dataset
    from workbench.workflow.detection import Detection

__all__ = [
    "Budget",
    "Run",
    "Way",
    "brought_home",
    "on_cluster",
    "parse_ways",
    "run_elsewhere",
    "run_way",
]


@dataclass(frozen=True)
class Way:
    """A detector with parameters, and what it is called in tables: ``knn(n_neighbors=5)``."""

    detector: str
    params: dict[str, Any]

    @property
    def shown(self) -> str:
        """The name, with the parameters that were given."""
        if not self.params:
            return self.detector
        given = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.detector}({given})"


@dataclass(frozen=True, eq=False)
class Run:
    """What one way gave on one dataset: a detection, or the reason why there is none."""

    way: Way
    found: Detection | None
    seconds: float
    memory_mib: float
    failure: str = ""


class Budget:
    """A time after which no further detector starts, and the running one stops at its next step.

    Parameters
    ----------
    seconds : float or None
        None for no limit.
    what : str
        What the limit is for, in words.
    """

    def __init__(self, seconds: float | None, what: str = "comparison") -> None:
        if seconds is not None and not seconds > 0:
            raise ParameterError(f"seconds must be positive, found {seconds}.")
        self.seconds = seconds
        self._what = what
        self._start = clock.monotonic()

    @property
    def left(self) -> float | None:
        """Seconds that are left, a moment at least; None without a limit."""
        if self.seconds is None:
            return None
        return max(self.seconds - (clock.monotonic() - self._start), 1e-3)

    def check(self) -> None:
        """Leave by raising when the time is used up.

        Raises
        ------
        LimitExceeded
            It is.
        """
        if self.seconds is not None and clock.monotonic() - self._start > self.seconds:
            raise LimitExceeded(f"The {self.seconds:g} s for this {self._what} are used up.")

    def watch(self, progress: Progress) -> Progress:
        """Return the same progress, but every step asks the clock."""

        def report(fraction: float, stage: str) -> None:
            self.check()
            progress.step(fraction, stage)

        watched = Progress(report)
        watched._cancelled = progress._cancelled  # one button stops both
        return watched


def parse_ways(detectors: Any) -> list[Way]:
    """Return what is to be compared.

    Parameters
    ----------
    detectors : str, or sequence of str, (str, dict) or Way
        Names; a name with parameters; or text such as ``"ecod, knn(n_neighbors=5)"``.

    Raises
    ------
    ParameterError
        Nothing was named, one thing twice, or a text does not parse. UnknownName when a name is
        mistyped.

    Examples
    --------
    >>> [way.shown for way in parse_ways(["ecod", ("knn", {"n_neighbors": 5})])]
    ['ecod', 'knn(n_neighbors=5)']
    """
    from workbench.workflow.detecting import check_params

    items: Sequence[Any]
    items = _split(detectors) if isinstance(detectors, str) else list(detectors)
    ways = [_way(item) for item in items]
    shown = [way.shown for way in ways]
    if not ways or len(set(shown)) != len(shown):
        raise ParameterError(f"Name each detector to compare once, found {shown}.")
    for way in ways:  # mistyped names are told before the work begins
        check_params(way.detector, way.params)
    return ways


def _way(item: Any) -> Way:
    if isinstance(item, Way):
        return item
    if isinstance(item, str):
        return _from_text(item.strip())
    if isinstance(item, (tuple, list)) and len(item) == 2 and isinstance(item[1], Mapping):
        return Way(str(item[0]), dict(item[1]))
    raise ParameterError(f"A detector is a name or (name, parameters), found {item!r}.")


def _split(text: str) -> list[str]:
    """Split at commas that are not inside of brackets."""
    parts = re.split(r",(?![^(\[]*[)\]])", text)
    return [part.strip() for part in parts if part.strip()]


def _from_text(text: str) -> Way:
    import ast

    name, bracket, _ = text.partition("(")
    if not bracket:
        return Way(text, {})
    try:
        # Literals only: the text is parsed, never run.
        call = ast.parse(f"_({text.partition('(')[2]}", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError(text)
        return Way(name.strip(), {str(k.arg): ast.literal_eval(k.value) for k in call.keywords})
    except (SyntaxError, ValueError):
        raise ParameterError(
            f"'{text}' is not a detector with parameters, as in 'knn(n_neighbors=5)'."
        ) from None


def run_way(
    data: Any,
    way: Way,
    *,
    progress: Progress,
    budget: Budget,
    watched: bool = True,
    **options: Any,
) -> Run:
    """Detect by one way; only wrong options and a cancelled progress leave by raising.

    Parameters
    ----------
    watched : bool
        Whether to measure memory, which makes sense only while nothing else runs.
    """
    from workbench.bench._watch import PeakMemory
    from workbench.workflow.detecting import detect

    start = clock.perf_counter()
    memory = float("nan")
    try:
        budget.check()
        if watched:
            with PeakMemory() as peak:
                found = _detect(detect, data, way, budget.watch(progress), options)
            memory = peak.mib
        else:
            found = _detect(detect, data, way, budget.watch(progress), options)
    except (Cancelled, ParameterError):
        raise
    except WorkbenchError as error:
        if progress.cancelled:
            raise
        return Run(way, None, clock.perf_counter() - start, memory, str(error))
    return Run(way, found, found.seconds, memory)


@contextmanager
def on_cluster(client: Any, given: Any) -> Iterator[Cluster | None]:
    """Speak to a cluster whose workers get ``given`` once; None without a client."""
    if client is None:
        yield None
        return
    from workbench.scaling.cluster import Cluster, connected

    with connected(client) as speaking:
        yield Cluster(speaking, given)


def run_elsewhere(given: tuple[Dataset, dict[str, Any]], asked: tuple[Way, float | None]) -> Run:
    """Detect by one way on a worker; the data stay there.

    Parameters
    ----------
    asked : tuple
        The way, and the seconds that are left.
    """
    data, options = given
    way, left = asked
    run = run_way(data, way, progress=Progress(), budget=Budget(left), watched=False, **options)
    found = run.found
    return run if found is None else replace(run, found=replace(found, dataset=_Elsewhere))


def brought_home(run: Run, data: Dataset) -> Run:
    """Return a run of a worker with the data that it was about."""
    return run if run.found is None else replace(run, found=replace(run.found, dataset=data))


#: Stands for the data on their way home: they are there already.
_Elsewhere: Any = None


def _detect(detect: Any, data: Any, way: Way, progress: Progress, options: Any) -> Detection:
    found: Detection = detect(data, way.detector, progress=progress, **{**options, **way.params})
    return found
