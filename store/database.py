"""Opening a database: the address, the engine, and transactions that both databases keep their word on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from store.errors import StoreError
from store.ring import KeyRing

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_BUSY_MILLISECONDS = 10_000


def address(url: str) -> URL:
    """``url`` with the asynchronous driver that Certdesk uses; raises :class:`StoreError` for another database."""
    parsed = make_url(url)
    driver = _DRIVERS.get(parsed.drivername.split("+")[0])
    if driver is None:
        raise StoreError("The database is neither SQLite nor PostgreSQL.")
    return parsed.set(drivername=driver)


def make_engine(url: str) -> AsyncEngine:
    """An engine that never prints parameters: some of them are sealed keys, all of them are somebody's."""
    target = address(url)
    engine = create_async_engine(target, hide_parameters=True, pool_pre_ping=True)
    if target.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes late and deferred, so that two writers can only find out by failing; we begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "synchronous=FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@dataclass(frozen=True, slots=True)
class Transaction:
    """All or nothing: what is done through it is committed together when its block ends."""

    session: AsyncSession
    ring: KeyRing
    audit_key: bytes

    def __repr__(self) -> str:
        return "Transaction()"

    @property
    def on_postgresql(self) -> bool:
        """True where several writers run at the same time."""
        return self.session.get_bind().dialect.name == "postgresql"


@dataclass(frozen=True, slots=True)
class Store:
    """An open database with its key ring."""

    engine: AsyncEngine
    ring: KeyRing
    audit_key: bytes

    def __repr__(self) -> str:
        return "Store()"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield Transaction(session, self.ring, self.audit_key)

    async def ping(self) -> None:
        """Ask the database anything; raises what the driver raises when it is away."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
