"""Alembic's entry: migrates the connection that :mod:`store.operations.schema` hands it."""

from __future__ import annotations

from alembic import context

from store.models import Base


def _migrate() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    # The caller has begun the transaction and commits it.
    context.run_migrations()


_migrate()
