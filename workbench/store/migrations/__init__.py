"""How the tables came to their present shape; Alembic walks these steps up and down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from workbench.core.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["bring_up", "move_to", "standing"]

#: Of PostgreSQL's advisory lock: any number, the same in every process.
_LOCK = 0x776F726B


def bring_up(engine: Engine) -> None:
    """Bring a database to the present shape; several processes may try at once.

    Raises
    ------
    StoreError
        The database was made by a later version.
    """
    known = ScriptDirectory.from_config(_config())
    with _alone(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        here = MigrationContext.configure(connection).get_current_revision()
        if here == known.get_current_head():
            return
        if here is not None and here not in {step.revision for step in known.walk_revisions()}:
            raise StoreError(
                f"This database was made by a later version of the workbench (step {here}). "
                "Install that version, or restore a backup."
            )
        _run(connection, "head")


def move_to(engine: Engine, step: str) -> None:
    """Move a database up or down to a step: "head", "base" or the name of one."""
    with _alone(engine) as connection:
        _run(connection, step)


def standing(connection: Connection) -> tuple[str, str, bool]:
    """Return the step that a database is at ("" for none), the latest, and whether it is known."""
    known = ScriptDirectory.from_config(_config())
    here = MigrationContext.configure(connection).get_current_revision() or ""
    latest = known.get_current_head() or ""
    return here, latest, not here or here in {step.revision for step in known.walk_revisions()}


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _run(connection: Connection, step: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    known = ScriptDirectory.from_config(config)
    steps = [one.revision for one in known.walk_revisions()][::-1]
    here = MigrationContext.configure(connection).get_current_revision()
    at = -1 if here is None else steps.index(here)
    to = {"head": len(steps) - 1, "base": -1}.get(step)
    to = steps.index(step) if to is None else to
    (command.upgrade if to >= at else command.downgrade)(config, step)


def _config() -> Config:
    config = Config()
    # A percent sign in the path would be taken for the beginning of a variable.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
