"""What one person watches: a monitor's points as they come, its incidents, how things stand.

No server and no browser: a page, a notebook or a test calls :meth:`Watching.tick`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
import param

from workbench.charts.live import SCORE, LiveChart
from workbench.core.firing import KINDS, Firing
from workbench.core.incident import Incident
from workbench.core.points import Points
from workbench.core.stream import Monitor
from workbench.view.components.figures import FiguresState
from workbench.view.components.flow import FEW, FlowState, fitting_span
from workbench.view.components.incident_cards import IncidentCardsState

__all__ = ["Feed", "Pace", "Watching", "incidents_of"]

#: Seconds between two looks at incidents: another person's word shows up within two.
INCIDENTS = 1.0
#: Seconds between two tellings of the figures behind the chart: nobody listens twice a second.
FIGURES = 5.0
MOST_CARDS = 12


class Feed(Protocol):
    """Where points come from: a hub of the server, or a monitor in this notebook."""

    monitor: Monitor | None

    def since(self, number: int) -> Points | None:
        """Return what there is from the point of a number on."""

    def rate(self) -> float:
        """Return the points that came in a second."""


class Pace:
    """How often a page is told: fast where there is time, slower where many look at once.

    Examples
    --------
    >>> pace = Pace()
    >>> for _ in range(20):
    ...     pace.took(0.5)
    >>> pace.seconds
    1.5
    """

    #: Seconds between two ticks: at best and at worst (what a page shows is to be no older than
    #: two seconds, and words have a way to go); share of the time that ticks may take.
    BEST, WORST, SHARE = 0.5, 1.5, 0.04

    def __init__(self) -> None:
        self.seconds = self.BEST
        self._usual = 0.0

    def took(self, seconds: float) -> None:
        """Take notice of how long a tick took, or came too late."""
        self._usual += 0.3 * (seconds - self._usual)
        wanted = min(self.WORST, max(self.BEST, self._usual / self.SHARE))
        # Steps of a tenth: a period that changes all the time costs more than it saves.
        self.seconds = round(wanted, 1)


class Watching(param.Parameterized):
    """The state of a live page.

    Parameters
    ----------
    feed : Feed
    incidents : callable
        Returns incidents, and how many there are.
    names : mapping of str to str
        Names of users by id.
    dark : bool
    span : float, optional
        Seconds that are shown; without it the data choose.
    system : callable, optional
        Returns a line about the machine; it is called at each tick, so it must be cheap.
    chart : bool
        Whether a Bokeh chart is wanted.
    """

    feature = param.String(default="", doc='Feature that the chart shows; "" is the oddest.')
    entity = param.String(default="", doc="Entity that the chart shows.")
    features = param.List(default=[], doc="Features to choose from.")
    entities = param.List(default=[], doc="Entities to choose from.")

    def __init__(
        self,
        feed: Feed,
        incidents: Callable[[], tuple[Sequence[Incident], int]] | None = None,
        names: Mapping[str, str] | None = None,
        *,
        dark: bool = False,
        span: float | None = None,
        chart: bool = True,
        system: Callable[[], str] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # param is typed in part
        self.feed, self._incidents, self._names = feed, incidents, names or {}
        self.flow = FlowState() if span is None else FlowState(span=span)
        self._system, self._fitted = system, FEW if span is not None else 0
        self.flow.wait("Waiting for the first records …")
        self.cards = IncidentCardsState()
        self.chart = LiveChart(dark) if chart else None
        self.figures = FiguresState(called="values")
        self.next = -1
        self._beat = 0
        self._asked = self._figured = float("-inf")
        self._figured_of: tuple[Any, ...] = ()
        self._seen: set[str] = set()
        self.flow.param.watch(lambda *_: self.reset(), "span")
        self.flow.param.watch(self._chosen, "chosen")
        self.flow.param.watch(lambda *_: self._follow(), ["held", "window"])
        self.param.watch(lambda *_: self._redraw(), ["feature", "entity"])

    # ---- ticks ----------------------------------------------------------------------------------

    def tick(self) -> int:
        """Take what is new; return how many points that were."""
        points = self.feed.since(self.next) if self.next >= 0 else self._first()
        self._tell()
        self._look_at_incidents()
        if points is None or not len(points):
            return 0
        whole = self.next < 0
        self.next = points.start + len(points)
        if self._fitted < FEW and not whole:
            self._fitted += len(points)
            if self._fitted >= FEW:  # the first few said little about how fast they come
                self._fitted = FEW - 1
                self.reset()
        self._learn(points)
        self.flow.add(points, whole=whole)
        if whole:
            self._redraw()
        elif self.chart is not None:
            self.chart.add(points, self.entity)
        self._follow()
        return len(points)

    def reset(self) -> None:
        """Begin anew with what is held."""
        self.next = -1

    def _first(self) -> Points | None:
        points = self.feed.since(0)
        if points is None or not len(points):
            return None
        if not self.flow.picked and self._fitted < FEW:
            self._fitted = len(points)
            self.flow.span = fitting_span(points)
        return _within(points, 4.0 * self.flow.span)

    def _learn(self, points: Points) -> None:
        new = set(np.unique(points.entity.astype(str))) - self._seen
        if new:
            self._seen |= new
            self.entities = sorted(self._seen)[:500]
        names = [*points.features, SCORE]
        if names != self.features:
            self.features = names

    def _redraw(self) -> None:
        points = self.feed.since(0)
        if points is None or self.chart is None:
            return
        points = _within(points, 4.0 * self.flow.span)
        shown = self.feature or _oddest(points)
        if not self.entity and len(self._seen) > 1:
            self.entity = _odd_entity(points)
            return
        self.chart.show(shown, points, self.entity)
        self._follow()

    def _follow(self) -> None:
        end = self.flow.latest
        if self.chart is None or end != end:
            return
        if not self.flow.held:
            self.chart.look(end - 1e3 * self.flow.span, end)
        elif self.flow.window:
            self.chart.look(*self.flow.window)
        now, window = time.monotonic(), tuple(self.flow.window) if self.flow.held else ()
        seen = self.chart.shown, self.entity, window
        # At once where somebody looks elsewhere, or at something else.
        if seen != self._figured_of or now - self._figured > FIGURES:
            self._figured, self._figured_of = now, seen
            self.figures.follow(self.chart)

    def _chosen(self, event: Any) -> None:
        entity = event.new.get("entity", "")
        if entity in self.entities:
            self.entity = entity

    # ---- words ----------------------------------------------------------------------------------

    def _tell(self) -> None:
        monitor = self.feed.monitor
        self._beat += 1
        if monitor is None:
            return
        now = datetime.now(UTC)
        told = monitor.told
        arrived = told.get("arrived")
        lag = told.get("lag")
        promise = told.get("promise", "")
        if not promise and told.get("withheld"):
            promise = f"Not promised: {told['withheld']}"
        self.flow.status = {
            "state": monitor.state, "rate": round(self.feed.rate(), 2), "beat": self._beat,
            "now": now.timestamp() * 1e3, "arrived": None if arrived is None else arrived * 1e3,
            "lag": lag, "detector": monitor.detector, "promise": promise,
            "records": monitor.points, "anomalies": monitor.anomalies,
            "problem": monitor.problem or told.get("drift", ""),
            "system": self._system() if self._system is not None else "",
        }  # fmt: skip

    def _look_at_incidents(self) -> None:
        now = time.monotonic()
        if self._incidents is None or now - self._asked < INCIDENTS:
            return
        self._asked = now
        found, total = self._incidents()
        self.cards.show(found[:MOST_CARDS], names=self._names, total=total)

    def look_again(self) -> None:
        """Ask for incidents at the next tick, for something was done."""
        self._asked = float("-inf")


def _within(points: Points, seconds: float) -> Points:
    """Return the points of the last seconds."""
    from workbench.streams.kept_points import cut

    since = points.time[-1] - np.timedelta64(round(seconds * 1e6), "us")
    return cut(points, int(np.searchsorted(points.time, since)), len(points))


def _oddest(points: Points) -> str:
    """Return the feature that gives most to what is odd; the first where nothing is."""
    odd = points.parts[points.anomalous]
    if not len(odd):
        return points.features[0]
    return points.features[int(np.nan_to_num(odd).sum(axis=0).argmax())]


def _odd_entity(points: Points) -> str:
    """Return the entity with the worst severity."""
    return str(points.entity[int(np.nan_to_num(points.severity, nan=-1.0).argmax())])


def incidents_of(firings: Sequence[Firing], now: datetime | None = None) -> list[Incident]:
    """Return firings of a monitor that keeps nothing as incidents, the newest first.

    Parameters
    ----------
    firings : sequence of Firing
        In the order of time.
    now : datetime.datetime, optional
    """
    at = now or datetime.now(UTC)
    causes: dict[str, list[Firing]] = {}
    for one in firings:
        causes.setdefault(one.cause, []).append(one)
    found = []
    for cause, some in causes.items():
        worst = max(some, key=lambda one: one.severity)
        detail = {
            "text": worst.text, "actual": dict(worst.actual), "parts": dict(worst.parts),
            "expected": {name: list(pair) for name, pair in worst.expected.items()},
        }  # fmt: skip
        found.append(
            Incident(
                worst.id, worst.monitor, cause, worst.kind, KINDS[worst.kind].capitalize(),
                "open", worst.severity, len(some), some[0].start, some[-1].end, at, at, None, None,
                "", None, detail, "", worst.entity,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.latest, reverse=True)
