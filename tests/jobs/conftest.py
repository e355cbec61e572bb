"""The queue holds on each kind of database."""

from tests.store.conftest import any_database, postgres

__all__ = ["any_database", "postgres"]
