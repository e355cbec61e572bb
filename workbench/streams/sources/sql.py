"""Rows of a database table or query, those that are new since the last look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from workbench.core.errors import DataError, ParameterError
from workbench.streams.base import Batch, Source, Surroundings

__all__ = ["Sql"]

#: Rows that are kept together.
TOGETHER = 5_000


class Sql(Source):
    """Asks for rows beyond a watermark: a column that grows, such as a number or a time.

    Rows of one and the same watermark that are written later than others are missed where the
    column is a time; a growing number misses nothing. ``overlap`` asks again for the last ones, and
    the stream's key tells those that are known.

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

        url, options = self._url, {}
        if url.get_backend_name() == "sqlite":
            url = url.set(database=str(around.check_path(str(url.database))))
        else:
            judged = around.check_host(str(url.host), url.port or 5432)
            if isinstance(judged, list) and judged:
                options["hostaddr"] = judged[0]
        if self._password:
            url = url.set(password=self._password)
        return create_engine(url, pool_pre_ping=True, connect_args=options)

    def _ask(self, engine: Any, mark: Any) -> list[dict[str, Any]]:
        from sqlalchemy import column, literal_column, select, text
        from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

        inside = text(self.query).columns(column(self.watermark)).subquery("asked")
        at = inside.c[self.watermark]
        wanted: Any = select(literal_column("*")).select_from(inside).order_by(at).limit(TOGETHER)
        if mark is not None:
            wanted = wanted.where(at > _back(mark, self.overlap))
        try:
            with engine.connect() as connection:
                found = [dict(row) for row in connection.execute(wanted).mappings()]
                connection.rollback()
        except OperationalError as error:
            raise ConnectionError(type(error).__name__) from error
        except (DBAPIError, SQLAlchemyError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
            raise DataError(f"The database refuses the query: {reason}.") from error
        if found and self.watermark not in found[0]:
            raise DataError(f"The query has no column '{self.watermark[:80]}'.")
        return [row for row in found if row[self.watermark] is not None]


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return {"time": value.isoformat()}
    return float(value) if isinstance(value, Decimal) else value


def _back(mark: Any, overlap: int) -> Any:
    if isinstance(mark, dict):
        return datetime.fromisoformat(mark["time"])
    return mark - overlap if overlap and isinstance(mark, (int, float)) else mark


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }
