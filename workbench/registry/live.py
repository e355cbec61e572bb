"""The process that reads streams and runs monitors: each in the name of whom it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workbench.alerts.delivery import Deliverer, Manner
from workbench.alerts.incidents import raise_firings
from workbench.core.errors import NotSignedIn, ParameterError
from workbench.core.firing import Firing
from workbench.core.routes import Routes
from workbench.core.settings import settings
from workbench.core.stream import Monitor, Stream
from workbench.registry.models import open_model_version
from workbench.registry.monitors import judging_of, rules_of
from workbench.registry.streams import source_of, surroundings
from workbench.store import accounts
from workbench.store.database import reading
from workbench.store.monitors import monitors_running
from workbench.store.streams import find_stream, streams_running
from workbench.streams.intake import Intake
from workbench.streams.records import Shape
from workbench.streams.scoring import Scorer, Streaming
from workbench.streams.sources import SOURCES
from workbench.streams.supervisor import Beat, Supervisor
from workbench.streams.watch import Watch
from workbench.team.access import Identity, allow, house, identity_of
from workbench.workflow.fitted import FittedModel, learner
from workbench.workflow.model import Model

__all__ = ["Live", "detector_of"]


class Live:
    """Reads the streams and runs the monitors of this database, and tells what they find.

    Parameters
    ----------
    beat : Beat, optional
    manner : Manner, optional
        How messages are delivered.
    """

    def __init__(self, beat: Beat | None = None, manner: Manner | None = None) -> None:
        kept = Beat(kept=settings().keep_points * 86_400.0)
        self._supervisor = Supervisor(_intake, _watch, beat or kept)
        self._deliverer = Deliverer(manner)

    async def run(self) -> None:
        """Work until it is stopped."""
        self._deliverer.start()
        try:
            await self._supervisor.run()
        finally:
            await asyncio.to_thread(self._deliverer.stop)

    async def run_once(self) -> int:
        """Work until all that is there was read, scored and told; return messages that arrived.

        Streams that end, such as a replay, are read to their end; of those that are sent their
        records, what was sent is scored. A stream that never ends keeps it going until it is
        stopped.
        """
        work = asyncio.create_task(self._supervisor.run())
        try:
            while not work.done() and not await asyncio.to_thread(_all_done):
                await asyncio.sleep(0.2)
        finally:
            self._supervisor.stop()
            await work
        return await asyncio.to_thread(self._deliverer.run_once)

    def stop(self) -> None:
        """Ask it to end; :meth:`run` returns soon after."""
        self._supervisor.stop()


def _all_done() -> bool:
    """Return whether no stream that can end goes on, and every monitor has scored what came."""
    with reading() as connection:
        for stream in streams_running(connection):
            if not SOURCES.get(stream.source).is_told:
                return False
        for monitor in monitors_running(connection):
            watched = find_stream(connection, monitor.stream)
            if watched is not None and monitor.done < watched.seq:
                return False
    return True


def _owner(user: str) -> Identity:
    if not user:  # made at the machine itself
        return house()
    with reading() as connection:
        found = accounts.find_user(connection, id=user)
        if found is None or not found.active:
            raise NotSignedIn("Whom this belongs to has no account any more, or it is disabled.")
        return identity_of(connection, found, "live")


def _intake(stream: Stream, claim: str) -> Intake | None:
    if SOURCES.get(stream.source).is_told:
        return None
    who = _owner(stream.owner)
    allow(who, "monitors:write")
    return Intake(stream, source_of(stream), surroundings(who), claim)


def _watch(monitor: Monitor, stream: Stream, claim: str) -> Watch:
    who = _owner(monitor.owner)
    allow(who, "monitors:write")
    shape = Shape(**stream.shape)
    make = detector_of(who, monitor, shape.features)
    scorer = Scorer(shape.features, make, judging_of(monitor.judging))
    rules = rules_of(monitor)
    if monitor.detector == "model":
        sample = _model(who, monitor.params).sample
        for rule in rules:
            rule.hold_against(sample)
    return Watch(monitor, shape, scorer, rules, _tell, claim)


def _tell(
    connection: Connection, firings: Sequence[Firing], routes: Mapping[str, Any], now: datetime
) -> object:
    return raise_firings(connection, firings, Routes.of(routes), now)


def detector_of(
    who: Identity, monitor: Monitor, features: Sequence[str]
) -> Callable[[], Streaming]:
    """Return what makes the detector of a monitor.

    Raises
    ------
    UnknownName, ParameterError
        There is no such detector, it does not learn from a stream, or a parameter cannot work.
    NotFound
        There is no such model that they may see.
    """
    if monitor.detector == "model":
        model = _model(who, monitor.params)
        return lambda: FittedModel(model, features)
    return learner(monitor.detector, monitor.params)


def _model(who: Identity, params: Mapping[str, Any]) -> Model:
    unknown = sorted(set(params) - {"model", "version"})
    if unknown or not isinstance(params.get("model"), str):
        raise ParameterError(
            "The detector 'model' takes the id of a model, and perhaps the number of a version."
        )
    return open_model_version(who, params["model"], params.get("version"))
