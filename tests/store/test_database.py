"""The database has one shape, however it came to it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from workbench.core.errors import StoreError
from workbench.core.label import Label
from workbench.core.settings import settings
from workbench.store.database import TABLES, database, tables, writing
from workbench.store.labels import add_labels, read_labels
from workbench.store.migrations import bring_up, move_to

SAID = Label(3, "anomaly", "ann", datetime(2026, 11, 25, tzinfo=UTC))

pytestmark = pytest.mark.usefixtures("any_database")


def test_the_steps_lead_to_the_tables_that_the_code_knows() -> None:
    with database().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables()) == []


def test_one_can_walk_all_the_way_down_and_up_again() -> None:
    engine = database()
    move_to(engine, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    move_to(engine, "head")
    assert {"labels", "users", "audit"} <= set(sa.inspect(engine).get_table_names())


def test_a_step_up_keeps_what_was_stored() -> None:
    add_labels("abc", [SAID])
    move_to(database(), "0001")
    bring_up(database())
    assert read_labels("abc") == [SAID]


def test_a_later_version_is_not_touched() -> None:
    with writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="later version"):
        bring_up(database())


def test_what_fails_half_way_is_not_there_at_all() -> None:
    values = {"data": "abc", "row": 1, "verdict": "normal", "tag": "", "comment": ""}
    said = values | {"author": "ann", "time": SAID.time}

    def two() -> None:
        with writing() as connection:
            connection.execute(sa.insert(TABLES.tables["labels"]), [said])
            connection.execute(sa.insert(TABLES.tables["labels"]), [said | {"author": None}])

    with pytest.raises(sa.exc.IntegrityError):
        two()
    assert read_labels("abc") == []


def test_processes_that_open_it_at_once_make_it_once(any_database: str) -> None:
    code = "from workbench.store.database import database; database()"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[1] for process in started] == [""] * 4
    with database().connect() as connection:
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    assert len(versions) == 1


def test_an_address_that_does_not_answer_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE", "postgresql+psycopg://me:hush@127.0.0.1:1/none")
    settings.cache_clear()
    with pytest.raises(StoreError, match="WORKBENCH_DATABASE") as told:
        database()
    assert "hush" not in str(told.value) + repr(settings())


def test_whoever_writes_now_and_then_gets_in_among_those_who_write_without_a_pause() -> None:
    over = threading.Event()
    written: list[int] = []

    def without_a_pause() -> None:
        while not over.is_set():
            with writing() as connection:
                connection.exec_driver_sql("SELECT 1")
                time.sleep(0.15)  # longer than SQLite sleeps between two looks
            written.append(1)

    with ThreadPoolExecutor(3) as pool:
        busy = [pool.submit(without_a_pause) for _ in range(3)]
        try:
            for _ in range(5):
                before = len(written)
                with writing() as connection:
                    connection.exec_driver_sql("SELECT 1")
                assert len(written) - before < 20
        finally:
            over.set()
    assert [one.exception() for one in busy] == [None, None, None]
