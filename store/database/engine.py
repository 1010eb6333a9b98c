"""The engine: connections to SQLite and PostgreSQL on which a transaction begins the same way."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.util import await_

from store.database.address import address
from store.database.authentic import KEY, AuthenticatingSession
from store.errors import ReadOnly, StoreError, Unavailable

_BUSY_MILLISECONDS = 10_000
_WAL_MILLISECONDS = 50
# What drivers raise when the server goes away under a transaction: asyncpg, by moment, any of these.
_AWAY = (OperationalError, InterfaceError, InternalError)
READS_ONLY = "certdesk_reads_only"
_ONLY_MINE = 0o600
# PostgreSQL's read_only_sql_transaction
_READ_ONLY_STATE = "25006"


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections a process keeps open to a server, and how many more it may open at a rush."""

    size: int = 5
    overflow: int = 10


def make_engine(url: str, pool: Pool | None = None) -> AsyncEngine:
    """Return an engine that never prints parameters: some of them are sealed keys, all of them are somebody's.

    Raises :class:`StoreError` for an address or a driver that cannot be used.
    """
    target = address(url)
    # Connections to a server can be lost, and are worth counting; a file does not go away between two transactions.
    sizes = {"pool_size": pool.size, "max_overflow": pool.overflow} if pool and target.is_server else {}
    try:
        engine = create_async_engine(
            target.url, hide_parameters=True, pool_pre_ping=target.is_server, connect_args=dict(target.given), **sizes
        )
    except ModuleNotFoundError:
        raise StoreError("The driver for PostgreSQL is not installed: run pip install 'certdesk[postgres]'.") from None
    if not target.is_server:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes late and deferred, so that two writers can only find out by failing; we begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _into_wal(cursor)
    cursor.close()


def _into_wal(cursor: Any) -> None:
    """Have the file in WAL mode. Of processes that start on a new file together, SQLite lets one change it and refuses
    the others at once, without regard to the busy timeout: they try again.
    """
    for tries_left in reversed(range(_BUSY_MILLISECONDS // _WAL_MILLISECONDS)):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not tries_left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            await_(asyncio.sleep(_WAL_MILLISECONDS / 1000))
        else:
            return


def _begin_sqlite(connection: Any) -> None:
    reads_only = connection.get_execution_options().get(READS_ONLY, False)
    if connection.info.get(READS_ONLY, False) is not reads_only:  # a pooled connection serves both, by turns
        connection.exec_driver_sql(f"PRAGMA query_only={int(reads_only)}")
        connection.info[READS_ONLY] = reads_only
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def try_file(engine: AsyncEngine) -> None:
    """Make an SQLite file that only we can read, or make one so that is there. Raises :class:`Unavailable`.

    An error is found out before the driver does: where its own attempt fails, it leaves a thread behind that dies
    noisily.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path.startswith((":memory:", "file:")):
        return
    try:
        _make_private(Path(path))
        sqlite3.connect(path).close()
    except sqlite3.Error as error:
        raise Unavailable(_reason(error)) from None
    except OSError as error:
        raise Unavailable(error.strerror or type(error).__name__) from None


def _make_private(file: Path) -> None:
    """SQLite gives its other files (WAL, shared memory) the mode of the first."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, _ONLY_MINE))
    for path in (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))):
        try:
            known = path.stat()
        except FileNotFoundError:
            continue
        if known.st_mode & 0o077 and known.st_uid == os.geteuid():
            path.chmod(_ONLY_MINE)


@asynccontextmanager
async def begun(
    engine: AsyncEngine, *, reads_only: bool = False, key: bytes | None = None
) -> AsyncIterator[AsyncSession]:
    """Open a session whose transaction has begun, and commit it when the block ends.

    With ``reads_only`` it is a snapshot: it takes no lock on either database, and raises :class:`ReadOnly` where
    something is written. With the database's own ``key`` rows are authenticated. Raises :class:`Unavailable`.
    """
    async with AsyncSession(
        engine, expire_on_commit=False, sync_session_class=AuthenticatingSession, info={KEY: key}
    ) as session:
        try:
            await session.connection(execution_options=_options(engine) if reads_only else None)
        except Exception as error:  # drivers raise what they like here; their texts may hold the address
            raise Unavailable(_reason(error)) from None
        try:
            yield session
            # A snapshot has nothing to commit and ends as its connection is given back; a write is found by flushing.
            await (session.flush() if reads_only else session.commit())
        except DBAPIError as error:
            if reads_only and _is_refused_write(error):
                raise ReadOnly from None
            if isinstance(error, _AWAY) or error.connection_invalidated:
                raise Unavailable(_reason(error)) from None
            raise


def _options(engine: AsyncEngine) -> dict[str, Any]:
    """Return what makes a transaction a snapshot; SQLite's is one as soon as it begins without a lock (WAL)."""
    if engine.dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {READS_ONLY: True}


def _is_refused_write(error: DBAPIError) -> bool:
    cause: Any = error.orig
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY
        or getattr(cause, "sqlstate", None) == _READ_ONLY_STATE
    )


def _reason(error: Exception) -> str:
    """Return SQLite's own words, which are short and hold no secret; of a server's error only its kind.

    What is wrong with the address is said in words of ours.
    """
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, ConnectionError) and "SSL" in str(cause):
        return "it takes no TLS; with sslmode=disable in the URL the connection goes without"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate is not one that sslrootcert or the system trusts, or is for another host"
    if isinstance(cause, FileNotFoundError):
        return "a file or socket that the URL names is not there"
    return str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
