"""The contract of a live source: parts of records, and where to go on after each."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from workbench.core.errors import ParameterError, suggest

__all__ = ["Batch", "Source", "Surroundings"]


@dataclass(frozen=True)
class Batch:
    """Records that came together.

    Attributes
    ----------
    rows : iterable of mappings, pandas.DataFrame or pyarrow.Table
    position : dict or None
        Where to go on after them, as JSON can say it; None where the source cannot go back.
    kept : callable, optional
        Called, and awaited, once they are kept: tells a broker that it may forget them.
    """

    rows: Any
    position: dict[str, Any] | None = None
    kept: Callable[[], Awaitable[None]] | None = None


def _plain_client() -> Any:
    import httpx

    return httpx.Client(timeout=30.0)


@dataclass(frozen=True)
class Surroundings:
    """What a source may ask of the house it works in.

    Attributes
    ----------
    open_data : callable
        Called with the name of data ("sample:pump", or the id of kept data); returns a frame.
    check_host : callable
        Called with host and port; raises where nothing may be asked of it. Told nothing, a source
        of one's own process goes where it is sent.
    check_path : callable
        Called with a path; returns it as it may be read, or raises.
    client : callable
        Returns an ``httpx.Client`` that reaches only what may be reached.
    """

    open_data: Callable[[str], Any]
    check_host: Callable[[str, int], object] = field(default=lambda host, port: None)
    check_path: Callable[[str], Any] = field(default=lambda path: path)
    client: Callable[[], Any] = field(default=_plain_client)


class Source(ABC):
    """Gives records as they come, from where it was left.

    A subclass is one file; its constructor stores settings and checks them. Reading goes on from
    a position that was given with the last part that was kept, so that a part may come twice but
    none is left out; a source that has no position says so (:attr:`goes_back`).
    """

    #: What it reads, in one line for those who choose.
    about: ClassVar[str] = ""
    #: Extra that must be installed, and settings that are kept encrypted.
    extra: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ()
    #: Whether it can read again what came while nobody listened.
    goes_back: ClassVar[bool] = True
    #: Whether it is told records, and does not fetch them.
    is_told: ClassVar[bool] = False

    @classmethod
    def name(cls) -> str:
        """Return the public name: the name of the file."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    def create(cls, **settings: Any) -> Self:
        """Return a source; a setting that it does not have is refused by name.

        Raises
        ------
        ParameterError
            An unknown or missing setting, or a value that cannot work.
        """
        known = inspect.signature(cls).parameters
        for name in settings:
            if name not in known:
                raise ParameterError(
                    f"The source '{cls.name()}' has no setting '{name[:40]}'."
                    f"{suggest(name, known)} It has: {', '.join(known) or 'none'}."
                )
        for name, parameter in known.items():
            if parameter.default is inspect.Parameter.empty and not settings.get(name):
                raise ParameterError(f"The source '{cls.name()}' needs the setting '{name}'.")
        return cls(**settings)

    @abstractmethod
    def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give parts from a position on, for ever or until the source ends.

        Parameters
        ----------
        position : dict or None
            Of the last part that was kept; None at the beginning.
        around : Surroundings

        Raises
        ------
        WorkbenchError
            Something is in the way that people must mend: it is told, and tried again later.
        OSError
            The other side is not there at the moment.
        """
