"""Run Alembic's migrations in one transaction; of replicas that start together, one runs them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database import begun
from store.errors import StoreError

# Any number, the same in every replica: who migrates holds it until the commit.
_ADVISORY_LOCK = 0x6D696772


def configuration() -> Config:
    """Alembic's settings without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%"))
    return config


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the schema up to ``revision`` in one transaction; replicas that start together wait for one another.

    Raises :class:`Unavailable`, and :class:`StoreError` for a schema that this program does not know.
    """
    async with begun(engine) as session:
        connection = await session.connection()
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        await connection.run_sync(_upgrade, revision)


async def must_be_current(engine: AsyncEngine) -> None:
    """Raises :class:`Unavailable`, and :class:`StoreError` for a schema that is none yet, an older or a newer one."""
    async with begun(engine) as session:
        found = await (await session.connection()).run_sync(_revision)
    scripts = ScriptDirectory.from_config(configuration())
    if found == scripts.get_current_head():
        return
    if found is None or found in {one.revision for one in scripts.walk_revisions()}:
        raise StoreError("The database is not up to date: run certdesk db upgrade first.")
    raise _of_a_newer_one()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError:
        raise _of_a_newer_one() from None


def _of_a_newer_one() -> StoreError:
    return StoreError("The database was written by a newer Certdesk: run that one, or restore a backup from before it.")
