"""Keeps streams read and monitors watching, each by one process, whoever else is there."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Table, or_, select, update

from workbench.core.errors import StoreError, WorkbenchError
from workbench.core.stream import Monitor, Stream
from workbench.store.database import clock, reading, writing
from workbench.store.monitors import (
    MONITORS,
    drop_points,
    least_kept,
    monitors_running,
)
from workbench.store.streams import STREAMS, drop_parts, find_stream, streams_running
from workbench.streams.intake import Intake
from workbench.streams.running import Run, fail
from workbench.streams.watch import Watch

__all__ = ["Beat", "Supervisor"]

log = logging.getLogger("workbench.streams")


@dataclass(frozen=True)
class Beat:
    """How often a supervisor does what, in seconds.

    Attributes
    ----------
    look : float
        Between two looks at what there is to do.
    idle : float
        Between two looks of a monitor at what came, while nothing does.
    sign : float
        Between two signs of life.
    silent : float
        After this long without one, somebody else goes on.
    kept : float
        How long points, and what came, are kept.
    """

    look: float = 1.0
    idle: float = 0.2
    sign: float = 3.0
    silent: float = 15.0
    kept: float = 30 * 86_400.0


class Supervisor:
    """Reads the streams and runs the monitors that shall run; several processes share them.

    Each stream and each monitor is claimed by one process at a time, which gives signs of life.
    A monitor that fails is told so, in its own words, and tried again; the others go on.

    Parameters
    ----------
    intake_of : callable
        Called with a stream and a claim; returns its :class:`~workbench.streams.intake.Intake`, or
        None for one that is told its records.
    watch_of : callable
        Called with a monitor, its stream and a claim; returns its
        :class:`~workbench.streams.watch.Watch`.
    beat : Beat
    """

    def __init__(
        self,
        intake_of: Callable[[Stream, str], Intake | None],
        watch_of: Callable[[Monitor, Stream, str], Watch],
        beat: Beat | None = None,
    ) -> None:
        self._intake_of, self._watch_of, self._beat = intake_of, watch_of, beat or Beat()
        self._claim = secrets.token_hex(16)
        self._stopping = threading.Event()
        self._reads: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._watches: dict[str, tuple[int, Run]] = {}
        self._signed = self._swept = float("-inf")

    def stop(self) -> None:
        """Ask it to end; :meth:`run` returns soon after."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until it is stopped."""
        try:
            while not self._stopping.is_set():
                try:
                    await self._look()
                except StoreError as error:
                    log.warning("live data wait for the database: %s", error)
                await asyncio.to_thread(self._stopping.wait, self._beat.look)
        finally:
            await self._end()

    async def _look(self) -> None:
        streams, monitors = await asyncio.to_thread(self._ours)
        for name in set(self._reads) - set(streams):
            self._reads.pop(name)[1].cancel()
        for name in set(self._watches) - set(monitors):
            self._watches.pop(name)[1].stop()
        for name, stream in streams.items():
            known = self._reads.get(name)
            if known is not None and known[0] != stream.version:
                known[1].cancel()
                known = None
            if known is None:
                self._reads[name] = (stream.version, asyncio.create_task(self._read(stream)))
        for name, (monitor, stream) in monitors.items():
            running = self._watches.get(name)
            if running is not None and running[0] != monitor.version:
                running[1].stop()
                await asyncio.to_thread(running[1].join, 10.0)
                running = None
            if running is None or running[1].over:
                make = partial(self._watch_of, monitor, stream, self._claim)
                run = Run(monitor.id, make, self._beat.idle)
                self._watches[name] = (monitor.version, run)
                run.start()

    async def _read(self, stream: Stream) -> None:
        while True:
            try:
                intake = await asyncio.to_thread(self._intake_of, stream, self._claim)
                if intake is None:
                    return
                await intake.run()
            except StoreError as error:
                log.warning("stream %s waits for the database: %s", stream.id, error)
            except WorkbenchError as error:
                await asyncio.to_thread(_fail_stream, stream.id, str(error))
            except Exception:
                log.exception("stream %s cannot begin", stream.id)
                told = "The source cannot begin. The log has more."
                await asyncio.to_thread(_fail_stream, stream.id, told)
            # It has ended, failed, or is somebody else's, and the next look takes it from us; or
            # it is ours all the same, and is read on.
            await asyncio.sleep(2.0 * self._beat.look)

    def _ours(self) -> tuple[dict[str, Stream], dict[str, tuple[Monitor, Stream]]]:
        """Claim what is free, give signs of life, and return what is ours."""
        due = time.monotonic() - self._signed >= self._beat.sign
        with reading() as connection:
            free = any(self._free(connection, table) for table in (STREAMS, MONITORS))
        if due or free:
            with writing() as connection:
                now = clock(connection)
                for table in (STREAMS, MONITORS):
                    self._take(connection, table, now)
            self._signed = time.monotonic()
        if time.monotonic() - self._swept > 60.0:
            self._swept = time.monotonic()
            self._sweep()
        with reading() as connection:
            mine = {
                table.name: set(
                    connection.execute(
                        select(table.c.id).where(table.c.claim == self._claim)
                    ).scalars()
                )
                for table in (STREAMS, MONITORS)
            }
            streams = {
                one.id: one for one in streams_running(connection) if one.id in mine["streams"]
            }
            monitors = {}
            for monitor in monitors_running(connection):
                stream = find_stream(connection, monitor.stream)
                if monitor.id in mine["monitors"] and stream and stream.shape.get("features"):
                    monitors[monitor.id] = (monitor, stream)
        return streams, monitors

    def _free(self, connection: Any, table: Table) -> bool:
        wanted = select(table.c.id).where(
            table.c.state == "running", self._unclaimed(connection, table)
        )
        return connection.execute(wanted.limit(1)).first() is not None

    def _unclaimed(self, connection: Any, table: Table) -> Any:
        silent = clock(connection) - timedelta(seconds=self._beat.silent)
        return (table.c.claim != self._claim) & or_(
            table.c.claim == "", table.c.seen.is_(None), table.c.seen < silent
        )

    def _take(self, connection: Any, table: Table, now: Any) -> None:
        running = table.c.state == "running"
        free = self._unclaimed(connection, table)
        connection.execute(update(table).where(running, free).values(claim=self._claim, seen=now))
        mine = table.c.claim == self._claim
        connection.execute(update(table).where(mine, running).values(seen=now))
        connection.execute(update(table).where(mine, ~running).values(claim=""))

    def _sweep(self) -> None:
        """Forget what is older than it is kept, and what no monitor needs to read again."""
        with writing() as connection:
            now = clock(connection)
            for stream in streams_running(connection):
                until = least_kept(connection, stream.id)
                if until is not None:
                    drop_parts(connection, stream.id, until, now - timedelta(minutes=10))
                    # A monitor that is paused or failed for so long goes on with what is there.
                    oldest = now - timedelta(seconds=self._beat.kept)
                    drop_parts(connection, stream.id, stream.seq, oldest)
                else:
                    drop_parts(connection, stream.id, stream.seq, now - timedelta(seconds=86_400))
            for monitor in monitors_running(connection):
                if monitor.latest is not None:
                    drop_points(
                        connection, monitor.id, monitor.latest - timedelta(seconds=self._beat.kept)
                    )

    async def _end(self) -> None:
        for _, task in self._reads.values():
            task.cancel()
        await asyncio.gather(*(task for _, task in self._reads.values()), return_exceptions=True)
        for _, run in self._watches.values():
            run.stop()
        for _, run in self._watches.values():
            await asyncio.to_thread(run.join, 20.0)
        try:
            await asyncio.to_thread(self._let_go)
        except StoreError:
            log.warning("what was claimed stays claimed until it is missed")

    def _let_go(self) -> None:
        with writing() as connection:
            for table in (STREAMS, MONITORS):
                mine = table.c.claim == self._claim
                connection.execute(update(table).where(mine).values(claim=""))


def _fail_stream(stream: str, problem: str) -> None:
    fail(STREAMS, stream, problem)
