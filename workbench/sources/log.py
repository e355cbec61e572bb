"""Logs: one line a record, a stretch of time or a session a row."""

from __future__ import annotations

from typing import Any, ClassVar

from workbench.core.errors import ParameterError
from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse
from workbench.sources._unpack import COMPRESSIONS
from workbench.sources.base import RawTable, Source

__all__ = ["Log"]


class Log(Source):
    """Read the lines of a log (``.log``, or any text with ``format="log"``) as texts to look at.

    Times at the beginning of lines (ISO 8601, syslog, the web servers' common format) and levels
    such as ERROR become columns of their own; lines without a time belong to the one before, as
    those of a traceback do. Compressed files are unpacked.
    """

    name: ClassVar[str] = "log"
    suffixes: ClassVar[tuple[str, ...]] = (".log", *(".log" + packed for packed in COMPRESSIONS))

    def read(
        self,
        source: Any,
        *,
        window: str | int | None = None,
        session: str | None = None,
        encoding: str | None = None,
    ) -> RawTable:
        r"""Read the file at ``source``.

        Parameters
        ----------
        source : path
        window : str or int, optional
            A row holds what was written in a stretch of time ("5min"), or up to so many records:
            those are stretches of one size, so that none stands out for being short. By default a
            row is a record; beside its ``text`` stands the ``step`` to it, the record before and
            itself.
        session : str, optional
            A regular expression: a row holds all records in which it finds the same words, for
            example ``r"blk_-?\d+"``. With a group, ``r"request=(\w+)"``, the group counts.
        encoding : str, optional
            What the text is written in; found out by default.

        Raises
        ------
        ParameterError
            Window or session cannot be used.
        """
        if window is not None and session is not None:
            raise ParameterError("Rows are stretches (window) or sessions (session), not both.")
        if isinstance(window, int) and window < 1:
            raise ParameterError(f"window must hold at least 1 record, found {window}.")
        path = check_file(source)
        table, notes = parse(
            "workbench.sources._log_reader:read_log", path, window=window, session=session,
            encoding=encoding,
        )  # fmt: skip
        notices = list(notes["notices"])
        frame = to_frame(table, path.name, notices)
        return RawTable(frame, path.name, tuple(notices), notes["roles"])
