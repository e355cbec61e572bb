"""Takes what waits in the outbox to its channels: at least once, with ids that do not change."""

from __future__ import annotations

import logging
import random
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from types import TracebackType

from workbench.alerts.channels.base import Channel, make_channel
from workbench.alerts.handling import tend
from workbench.alerts.sealing import open_secrets
from workbench.core.channel import KeptChannel, Outgoing
from workbench.core.errors import DeliveryError, ParameterError, StoreError, WorkbenchError
from workbench.core.message import Message
from workbench.store import channels as store
from workbench.store.database import clock, reading, writing
from workbench.store.incidents import due_incidents

__all__ = ["Deliverer", "Manner", "open_channel"]

log = logging.getLogger("workbench.alerts")


@dataclass(frozen=True)
class Manner:
    """How a deliverer goes about it; times in seconds.

    Attributes
    ----------
    look : float
        Between two looks into the outbox.
    lease : float
        How long a message is held by who sends it; longer than any channel takes. Whoever dies
        meanwhile leaves it to others after that, who send it again with the same id.
    first, longest : float
        Wait after the first failure, and the longest: each further failure doubles it. The longest
        is also how late a message may come after a channel that was away is back.
    rest : float
        Longest time that a channel is left alone after it took a message not; what waits behind
        that message is tried then.
    jitter : float
        Share of each wait that is left to chance, so that not all come back at once.
    attempts : int
        After so many a message is given up: kept, shown, and sent again by hand.
    kept : float
        How long messages that arrived are kept.
    """

    look: float = 1.0
    lease: float = 120.0
    first: float = 5.0
    longest: float = 600.0
    rest: float = 60.0
    jitter: float = 0.5
    attempts: int = 50
    kept: float = 30 * 24 * 3600.0

    def wait(self, attempts: int, least: float | None = None) -> timedelta:
        """Return how long to wait after so many failures.

        With the defaults 50 attempts take four to seven hours.
        """
        whole = min(self.first * 2.0 ** min(attempts - 1, 40), self.longest)
        seconds = whole * (1.0 - self.jitter * random.random())  # noqa: S311 - no secret
        return timedelta(seconds=max(seconds, least or 0.0))


def open_channel(kept: KeptChannel) -> Channel:
    """Return what sends to a channel.

    Raises
    ------
    WorkbenchError
        Its secrets cannot be opened, or its plug-in is gone.
    """
    return make_channel(kept.kind, {**kept.given(), **open_secrets(kept.secret, kept.id)})


class Deliverer:
    """Sends what waits in the outbox, each channel in a thread of its own.

    A message is claimed before it is sent and marked after: several processes may deliver at once,
    and one that is killed in between leaves it to another, so that it arrives at least once and at
    most once more for each kill, with the same id. A channel that hangs holds up no other one.

    It also does what is due by itself, in any process that delivers: wakes what was snoozed,
    escalates, and resolves what is quiet (:func:`workbench.alerts.handling.tend`).

    The waits of a retry must outlive this process, so they are columns of the outbox; libraries
    such as tenacity and stamina try again within one call of one process (docs/adr/0020).

    Parameters
    ----------
    manner : Manner, optional

    Examples
    --------
    >>> with Deliverer():
    ...     pass
    """

    def __init__(self, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        self._stopping = threading.Event()
        self._busy: dict[str, threading.Thread] = {}
        #: Until when a channel is left alone that did not answer.
        self._resting: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._loop = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._swept = float("-inf")

    def run_once(self, now: datetime | None = None) -> int:
        """Send what is due, one channel after the other; return how many messages arrived.

        For the command line and for tests; :meth:`start` does it all the time, and channels side
        by side.
        """
        with reading() as connection:
            waiting = store.channels_that_wait(connection, now or clock(connection))
        return sum(self._work_off(channel, now) for channel in waiting)

    def start(self) -> None:
        """Begin to deliver, until :meth:`stop`.

        Raises
        ------
        ParameterError
            It was begun before.
        """
        if self._loop.ident is not None:
            raise ParameterError("A deliverer is started once: make a new one.")
        self._loop.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Begin nothing more, and wait a while for what is being sent.

        What is not done by then goes on to its end, or is sent again by another one.
        """
        self._stopping.set()
        until = monotonic() + seconds
        with self._lock:
            threads = list(self._busy.values())
        for thread in ([self._loop] if self._loop.ident is not None else []) + threads:
            thread.join(max(until - monotonic(), 0.0))

    def __enter__(self) -> Deliverer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stopping.wait(self.manner.look):
            try:
                self._look()
            except StoreError as error:  # the database is away or full: it comes back
                log.warning("The outbox cannot be read: %s", error)
            except Exception:
                log.exception("The outbox was not looked into.")

    def _look(self) -> None:
        with reading() as connection:
            now = clock(connection)
            due = bool(due_incidents(connection, now, 1))
        if due:
            with writing() as connection:
                tend(connection, now)
        with reading() as connection:
            waiting = store.channels_that_wait(connection, now)
        for channel in waiting:
            with self._lock:
                rests = self._resting.get(channel, now) > now
                if rests or channel in self._busy or self._stopping.is_set():
                    continue
                thread = threading.Thread(
                    target=self._send_all, args=(channel,), name=f"channel {channel[:8]}",
                    daemon=True,
                )  # fmt: skip
                self._busy[channel] = thread
                thread.start()
        if monotonic() - self._swept > 3600.0:
            self._swept = monotonic()
            with writing() as connection:
                store.sweep_outbox(connection, now - timedelta(seconds=self.manner.kept))

    def _send_all(self, channel: str) -> None:
        try:
            self._work_off(channel)
        except StoreError as error:
            log.warning("The outbox cannot be used: %s", error)
        except Exception:
            log.exception("A channel was not served.")
        finally:
            with self._lock:
                self._busy.pop(channel, None)

    def _work_off(self, channel: str, now: datetime | None = None) -> int:
        """Send what is due for a channel, until one fails that may be tried again."""
        arrived = 0
        while not self._stopping.is_set():
            claim, lease = secrets.token_hex(16), timedelta(seconds=self.manner.lease)
            with writing() as connection:
                time = now or clock(connection)
                taken = store.claim_outgoing(connection, channel, claim, time, lease)
                kept = store.find_channel(connection, id=channel)
            if taken is None:
                break
            failed = self._send(taken, kept)
            later = self._note(taken, kept, claim, failed, now)
            if later is not None:
                rested = time + timedelta(seconds=self.manner.rest)
                with self._lock:
                    self._resting[channel] = min(later, rested)
                break
            arrived += failed is None
        return arrived

    def _send(self, taken: Outgoing, kept: KeptChannel | None) -> DeliveryError | None:
        if kept is None:
            return DeliveryError("The channel was removed.", retry=False)
        if not kept.enabled:
            return DeliveryError("The channel is turned off.", retry=False)
        try:
            open_channel(kept).send(Message.of(taken.payload))
        except DeliveryError as error:
            return error
        except WorkbenchError as error:
            return DeliveryError(str(error), retry=False)
        except Exception as error:
            # Its words may hold what is secret: the kind alone is kept and logged.
            log.error("Channel '%s' failed: %s", kept.name, type(error).__name__)
            told = f"The channel failed: {type(error).__name__}."
            return DeliveryError(told, retry=True)
        return None

    def _note(
        self, taken: Outgoing, kept: KeptChannel | None, claim: str,
        failed: DeliveryError | None, now: datetime | None,
    ) -> datetime | None:  # fmt: skip
        """Keep what became of an attempt; return when it is tried again, if it is."""
        later = None
        with reading() as connection:
            now = now or clock(connection)
        if failed is None:
            values = {"state": "sent", "sent": now, "error": ""}
        elif failed.retry and taken.attempts < self.manner.attempts:
            later = now + self.manner.wait(taken.attempts, failed.seconds)
            values = {"error": str(failed), "next": later}
        else:
            values = {"state": "dead", "error": str(failed)}
        with writing() as connection:
            store.end_outgoing(connection, taken.id, claim, **values)
            if kept is not None:
                news = {"latest": now, "error": ""} if failed is None else {"error": str(failed)}
                store.change_channel(connection, kept.id, **news)
        if failed is not None:
            name = kept.name if kept else taken.channel
            how = "given up" if later is None else f"tried again at {later:%H:%M:%S} UTC"
            log.warning("Channel '%s' did not take message %s (attempt %d, %s): %s",
                        name, taken.id, taken.attempts, how, failed)  # fmt: skip
        return later
