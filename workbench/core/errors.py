"""Every error the workbench raises on purpose, in one family.

Each leaf also inherits the built-in that fits, so ``except ValueError`` keeps working::

    WorkbenchError
    ├── DataError (ValueError)             the data cannot be used as they are
    │   ├── ColumnError (LookupError)      a column that was named is not there
    │   └── UnreadableFile (OSError)       a file cannot be read as what it claims to be
    ├── LimitExceeded (MemoryError)        a file needs more memory, time or room than allowed
    ├── UnknownName (LookupError)          no plug-in, sample or option has this name
    │   └── NotFound                       nothing with this id that one may see
    ├── ParameterError (ValueError)        an argument has a value that cannot work
    ├── NotFitted (RuntimeError)           scoring was asked for before fitting
    ├── ModelError (ValueError)            a saved model is damaged, foreign or not trusted
    ├── StoreError (OSError)               what should be kept cannot be stored or read
    │   └── StorageFull                    there is no room left where things are kept
    ├── NotSignedIn (PermissionError)      nobody, or nobody any more: sign in
    ├── NotAllowed (PermissionError)       somebody whose role or grants do not reach that far
    ├── TooManyAttempts (PermissionError)  wait, and try again
    ├── MissingExtra (ImportError)         an optional part is not installed
    ├── DeliveryError (ConnectionError)    a channel did not take a message
    ├── ReportFailed (RuntimeError)        a step of a report failed; what was made is kept
    └── Cancelled (RuntimeError)           somebody pressed cancel
"""

from __future__ import annotations

import difflib
import errno
import traceback
from collections.abc import Iterable
from typing import Any

__all__ = [
    "Cancelled",
    "ColumnError",
    "DataError",
    "DataWarning",
    "DeliveryError",
    "Interrupted",
    "LimitExceeded",
    "MissingExtra",
    "ModelError",
    "NotAllowed",
    "NotFitted",
    "NotFound",
    "NotSignedIn",
    "ParameterError",
    "ReportFailed",
    "StorageFull",
    "StoreError",
    "TooManyAttempts",
    "UnknownName",
    "UnreadableFile",
    "WorkbenchError",
    "suggest",
]


class WorkbenchError(Exception):
    """Catch this to catch everything the workbench says about your data or your call."""

    def __str__(self) -> str:
        # LookupError and OSError would otherwise print quotes or an errno.
        return " ".join(str(part) for part in self.args)

    def _render_traceback_(self) -> list[str]:
        # IPython asks for it: in a cell the message is what helps, and no page of our calls. Who
        # asks again, by %tb, wants to see them.
        if self.__dict__.get("_was_told"):
            return "".join(traceback.format_exception(self)).splitlines()
        self.__dict__["_was_told"] = True
        return [f"{type(self).__name__}: {self}", "", "(%tb shows the calls that led here.)"]


class DataError(WorkbenchError, ValueError):
    """The data cannot be used as they are."""


class ColumnError(DataError, LookupError):
    """A column that was named is not in the data."""


class DataWarning(UserWarning):
    """The data can be used, but hardly as they were meant: something in them wants mending."""


class UnreadableFile(DataError, OSError):
    """A file cannot be read as what it claims to be."""


class LimitExceeded(WorkbenchError, MemoryError):
    """Reading would need more memory, time or room than allowed."""


class UnknownName(WorkbenchError, LookupError):
    """No plug-in, sample or option goes by this name."""


class NotFound(UnknownName):
    """Nothing with this id is kept, or nothing that one may see: which of the two is not told."""


class ParameterError(WorkbenchError, ValueError):
    """An argument has a value that cannot work."""


class NotFitted(WorkbenchError, RuntimeError):
    """Scoring was asked for before fitting."""


class ModelError(WorkbenchError, ValueError):
    """A saved model is damaged, foreign or not trusted."""


class StoreError(WorkbenchError, OSError):
    """What should outlive this process cannot be stored or read."""


class StorageFull(StoreError):
    """There is no room left where things are kept: nothing was, and all that is there can be read.

    Parameters
    ----------
    message : str
        By default what to do where the disk of the data folder, the database or of temporary
        files is full.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "There is no room left on the disk (of the data folder, the database or temporary "
            "files): nothing of this was kept. Make room there and do it again; what is kept can "
            "be read meanwhile."
        )

    @classmethod
    def of(cls, error: BaseException | None) -> StorageFull | None:
        """Return what to say of an error if a full disk is behind it, else None.

        Examples
        --------
        >>> StorageFull.of(OSError(28, "No space left on device")) is not None
        True
        >>> StorageFull.of(ValueError("too long")) is None
        True
        """
        while error is not None:
            if isinstance(error, cls):
                return error
            if _is_full(error):
                return cls()
            # SQLAlchemy keeps the driver's error in ``orig``.
            known: Any = getattr(error, "orig", None) or error.__cause__
            error = known if isinstance(known, BaseException) else None
        return None


def _is_full(error: BaseException) -> bool:
    """Return whether an error says so itself: of the system, of SQLite (13), of PostgreSQL."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return (isinstance(code, int) and code & 0xFF == 13) or getattr(
        error, "sqlstate", None
    ) == "53100"


class NotSignedIn(WorkbenchError, PermissionError):
    """What was shown opens nothing: a wrong password, a token that is over, or none at all."""


class NotAllowed(WorkbenchError, PermissionError):
    """Role and grants do not reach that far."""


class TooManyAttempts(WorkbenchError, PermissionError):
    """Too many failures in a short time; ``seconds`` says how long to wait."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class MissingExtra(WorkbenchError, ImportError):
    """An optional part is not installed."""


class DeliveryError(WorkbenchError, ConnectionError):
    """A channel did not take a message.

    Parameters
    ----------
    message : str
        Why, without any secret: it is kept and shown.
    retry : bool
        Whether trying again later can help.
    seconds : float or None
        How long to wait at least, where the other side said so.
    status : int
        What the other side answered in HTTP; 0 where it did not.
    """

    def __init__(
        self, message: str, *, retry: bool, seconds: float | None = None, status: int = 0
    ) -> None:
        super().__init__(message)
        self.retry, self.seconds, self.status = retry, seconds, status


class ReportFailed(WorkbenchError, RuntimeError):
    """A step of a report failed; the file says which, and holds what was made before."""


class Cancelled(WorkbenchError, RuntimeError):
    """The work was cancelled before it ended; nothing was kept."""

    def _render_traceback_(self) -> list[str]:
        # In a cell: whoever pressed Cancel knows where, and needs no page of calls.
        return [f"Cancelled: {self}"]


class Interrupted(KeyboardInterrupt):
    """Work in a notebook cell was interrupted by the kernel; a page of calls would tell nothing."""

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]


def suggest(name: str, known: Iterable[str], most: int = 1) -> str:
    """Return " Did you mean 'temp'?" for a near miss, else an empty string.

    Parameters
    ----------
    name : str
        What somebody wrote.
    known : iterable of str
        What they could have written.
    most : int
        How many names to propose, the nearest first.

    Examples
    --------
    >>> suggest("tmep", ["temp", "flow"])
    " Did you mean 'temp'?"
    """
    known = [str(item) for item in known]
    folded = {item.casefold(): item for item in reversed(known)}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=most, cutoff=0.6)
    if not near:
        return ""
    *others, last = [f"'{folded[item]}'" for item in near]
    return f" Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"
