"""Rows of a database table or query, those that are new since the last look."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from workbench.core.errors import DataError, ParameterError, UnreadableFile
from workbench.streams.base import Batch, Source, Surroundings

__all__ = ["Sql"]

#: Rows that are kept together.
TOGETHER = 5_000
#: What an address may say beside user, host and database: nothing that leads to another host or
#: to a file.
_BESIDE = ("application_name", "charset", "connect_timeout", "sslmode")


class Sql(Source):
    """Asks for rows beyond a watermark: a column that grows, such as a number or a time.

    Rows of a watermark that was read before, or that are committed after greater ones, are missed;
    ``overlap`` asks again for the last numbers, and the stream's key tells those that are known.

    Parameters
    ----------
    url : str
        ``postgresql+psycopg://user@host/database``, ``sqlite:///file``.
    query : str
        One SELECT, without the watermark: it is put around it.
    watermark : str
        Column of the query.
    every : float
        Seconds between two looks.
    overlap : int
        For a watermark that is a number: how far back each look begins.
    password : str
        Beside the address.
    """

    about: ClassVar[str] = "new rows of a database"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    def __init__(
        self,
        url: str,
        query: str,
        watermark: str,
        every: float = 5.0,
        overlap: int = 0,
        password: str = "",
    ) -> None:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            self._url = make_url(url)
        except (ArgumentError, ValueError):
            raise ParameterError("url is no address of a database.") from None
        if self._url.password:
            raise ParameterError("The password stands beside the address: password=….")
        beside = [name for name in self._url.query if name not in _BESIDE]
        if beside:
            raise ParameterError(f"'{beside[0][:40]}' cannot be said in the address of a database.")
        if not 0 <= overlap < TOGETHER:
            raise ParameterError(f"overlap must lie between 0 and {TOGETHER - 1:,}.")
        if not 0.1 <= every <= 86_400.0:
            raise ParameterError(f"every must lie between 0.1 and 86,400 s, found {every}.")
        if ";" in query.rstrip().rstrip(";"):
            raise ParameterError("query is one SELECT.")
        self.url, self.query, self.watermark = url, query.rstrip().rstrip(";"), watermark
        self.every, self.overlap, self._password = float(every), int(overlap), password

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give rows that are new."""
        engine = await asyncio.to_thread(self._engine, around)
        mark = (position or {}).get("mark")
        try:
            while True:
                rows = await asyncio.to_thread(self._ask, engine, mark)
                newest = max((row[self.watermark] for row in rows), default=None)
                if newest is None or _plain(newest) == mark:
                    await asyncio.sleep(self.every)
                    continue
                mark = _plain(newest)
                yield Batch([_told(row) for row in rows], {"mark": mark})
        finally:
            await asyncio.to_thread(engine.dispose)

    def _engine(self, around: Surroundings) -> Any:
        from sqlalchemy import create_engine

        url, options = self._url, dict[str, Any]()
        if url.get_backend_name() == "sqlite":
            path = Path(around.check_path(str(url.database))).absolute()
            if not path.exists():
                raise UnreadableFile(f"There is no database '{url.database}' to read from.")
            url = url.set(database=path.as_uri(), query={"mode": "ro", "uri": "true"})
        else:
            judged = around.check_host(str(url.host), url.port or 5432)
            if url.get_backend_name() == "postgresql":
                options["connect_timeout"] = 10
            if isinstance(judged, list) and judged:  # the connection goes to what was judged
                if url.get_backend_name() == "postgresql":
                    options["hostaddr"] = judged[0]
                else:
                    url = url.set(host=judged[0])
        if self._password:
            url = url.set(password=self._password)
        return create_engine(url, pool_pre_ping=True, connect_args=options)

    def _ask(self, engine: Any, mark: Any) -> list[dict[str, Any]]:
        from sqlalchemy import column, literal_column, select, text
        from sqlalchemy.exc import OperationalError, SQLAlchemyError

        plain = re.sub(r"(?<!:):(?=\w)", r"\\:", self.query)  # no place for a parameter
        inside = text(plain).columns(column(self.watermark)).subquery("asked")
        at = inside.c[self.watermark]
        wanted: Any = select(literal_column("*")).select_from(inside).order_by(at).limit(TOGETHER)
        if mark is not None:
            wanted = wanted.where(at > _back(mark, self.overlap))
        try:
            with engine.connect() as connection:
                found = [dict(row) for row in connection.execute(wanted).mappings()]
                if found and self.watermark not in found[0]:
                    raise DataError(f"The query has no column '{self.watermark[:80]}'.")
                if len(found) == TOGETHER:  # all rows of the last watermark, or none of them
                    last = found[-1][self.watermark]
                    whole = [row for row in found if row[self.watermark] != last]
                    same: Any = select(literal_column("*")).select_from(inside).where(at == last)
                    found = whole or [dict(row) for row in connection.execute(same).mappings()]
                connection.rollback()
        except OperationalError as error:
            if not _is_away(error):
                raise _refused(error) from error
            raise ConnectionError(type(error).__name__) from error
        except SQLAlchemyError as error:
            raise _refused(error) from error
        return [row for row in found if row[self.watermark] is not None]


def _is_away(error: Any) -> bool:
    """Return whether the database does not answer; SQLite says so of a wrong query too."""
    told = str(error.orig).lower()
    return type(error.orig).__module__ != "sqlite3" or any(
        word in told for word in ("locked", "busy", "unable to open", "disk i/o")
    )


def _refused(error: Any) -> DataError:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
    return DataError(f"The database refuses the query: {reason}.")


def _plain(value: Any) -> Any:
    """Return a watermark as JSON can say it."""
    if isinstance(value, (datetime, date)):
        return {"time": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, (int, float, str)):
        return value
    raise DataError(f"A watermark is a number, a time or a text, not {type(value).__name__}.")


def _back(mark: Any, overlap: int) -> Any:
    if isinstance(mark, dict) and "time" in mark:
        return datetime.fromisoformat(mark["time"])
    value = Decimal(mark["number"]) if isinstance(mark, dict) else mark
    return value - overlap if overlap and not isinstance(value, str) else value


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }
