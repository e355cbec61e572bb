"""Run by Alembic: the connection comes from us, with its transaction already begun."""

from __future__ import annotations

from alembic import context

from workbench.store.database import tables

if hasattr(context, "config"):  # whoever else imports this file moves nothing
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=tables(),
        render_as_batch=True,  # SQLite cannot change a table, only make it anew
    )
    context.run_migrations()
