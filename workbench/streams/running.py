"""A thread in which one monitor works, and what is said where it cannot."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Table, update

from workbench.core.errors import StoreError, WorkbenchError
from workbench.store.database import writing
from workbench.store.monitors import MONITORS
from workbench.streams.watch import Lost, Watch

__all__ = ["Run", "fail"]

log = logging.getLogger("workbench.streams")


class Run:
    """A thread in which one monitor works."""

    def __init__(self, monitor: str, make: Callable[[], Watch], idle: float) -> None:
        self._monitor, self._make, self._idle = monitor, make, idle
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._work, name=f"workbench monitor {monitor[:8]}", daemon=True
        )
        self.start, self.join = self._thread.start, self._thread.join

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive() and self._thread.ident is not None

    def stop(self) -> None:
        """Ask it to end."""
        self._stopping.set()

    def _work(self) -> None:
        try:
            watch = self._make()
            watch.resume()
        except Lost:
            return
        except StoreError as error:  # it is begun anew at the next look
            log.warning("monitor %s waits for the database: %s", self._monitor, error)
            return
        except WorkbenchError as error:
            fail(MONITORS, self._monitor, str(error))
            return
        except Exception:
            log.exception("monitor %s cannot begin", self._monitor)
            fail(MONITORS, self._monitor, "The monitor cannot begin. The log has more.")
            return
        self._watch(watch)

    def _watch(self, watch: Watch) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            try:
                taken = watch.step()
                pause = 1.0
            except Lost:
                return
            except StoreError as error:
                log.warning("monitor %s waits for the database: %s", self._monitor, error)
                self._stopping.wait(pause)
                pause = min(30.0, 2.0 * pause)
                continue
            except Exception as error:
                told = str(error) if isinstance(error, WorkbenchError) else type(error).__name__
                log.exception("monitor %s cannot go on", self._monitor)
                fail(MONITORS, self._monitor, f"The monitor cannot go on: {told}")
                return
            if not taken:
                self._stopping.wait(self._idle)
        watch.close()


def fail(table: Table, id: str, problem: str) -> None:  # noqa: A002
    """Say that something cannot go on until people mend it."""
    try:
        with writing() as connection:
            wanted = update(table).where(table.c.id == id, table.c.state == "running")
            connection.execute(wanted.values(state="failed", problem=problem[:500]))
    except StoreError as error:
        log.warning("%s %s failed, and the database does not know: %s", table.name, id, error)
