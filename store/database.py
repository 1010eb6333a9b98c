"""The database: its address, the engine, and transactions that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretBytes
from sqlalchemy import Select, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.util import await_

from store import audit_chain
from store.errors import ReadOnly, StoreError, Unavailable
from store.secrets.ring import Ring
from store.secrets.sealing import Place, seal, unseal

T = TypeVar("T")

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_BUSY_MILLISECONDS = 10_000
_WAL_MILLISECONDS = 50
_TURN_SECONDS = 30.0
# What drivers raise when the server goes away under a transaction: asyncpg, by moment, any of these.
_AWAY = (OperationalError, InterfaceError, InternalError)
_READS_ONLY = "certdesk_reads_only"
_ONLY_MINE = 0o600
# PostgreSQL's read_only_sql_transaction
_READ_ONLY_STATE = "25006"


def address(url: str) -> URL:
    """``url`` with the asynchronous driver that Certdesk uses; raises :class:`StoreError` for another database."""
    try:
        parsed = make_url(url)
    except ArgumentError:  # its text repeats the address, which may hold a password
        raise StoreError("The database's address cannot be read: see how it is written.") from None
    driver = _DRIVERS.get(parsed.drivername.split("+")[0])
    if driver is None:
        raise StoreError("The database is neither SQLite nor PostgreSQL.")
    return _asyncpg_options(parsed.set(drivername=driver))


def _asyncpg_options(url: URL) -> URL:
    """Addresses are handed around with libpq's ``sslmode``; asyncpg knows the same values as ``ssl``."""
    if "sslmode" not in url.query:
        return url
    return url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])


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
    try:
        sizes = {"pool_size": pool.size, "max_overflow": pool.overflow} if pool and _pooled(target) else {}
        # Whether it is still there is asked of a server; a file does not go away between two transactions.
        asked = _pooled(target)
        engine = create_async_engine(target, hide_parameters=True, pool_pre_ping=asked, **sizes)
    except ModuleNotFoundError:
        raise StoreError("The driver for PostgreSQL is not installed: run pip install 'certdesk[postgres]'.") from None
    if target.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _pooled(url: URL) -> bool:
    """Return whether connections can be lost and are worth counting: SQLite has one writer, and readers beside it."""
    return url.get_backend_name() != "sqlite"


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
    reads_only = connection.get_execution_options().get(_READS_ONLY, False)
    if connection.info.get(_READS_ONLY, False) is not reads_only:  # a pooled connection serves both, by turns
        connection.exec_driver_sql(f"PRAGMA query_only={int(reads_only)}")
        connection.info[_READS_ONLY] = reads_only
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
async def begun(engine: AsyncEngine, *, reads_only: bool = False) -> AsyncIterator[AsyncSession]:
    """Open a session whose transaction has begun, and commit it when the block ends.

    With ``reads_only`` it is a snapshot: it takes no lock on either database, and raises :class:`ReadOnly` where
    something is written. Raises :class:`Unavailable`.
    """
    async with AsyncSession(engine, expire_on_commit=False) as session:
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
    return {_READS_ONLY: True}


def _is_refused_write(error: DBAPIError) -> bool:
    cause: Any = error.orig
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY
        or getattr(cause, "sqlstate", None) == _READ_ONLY_STATE
    )


def _reason(error: Exception) -> str:
    """Return SQLite's own words, which are short and hold no secret; of a server's error only its kind."""
    cause = getattr(error, "orig", None) or error
    return str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__


def holding(query: Select[T]) -> Select[T]:
    """``query`` with its rows held until the commit, and read anew where the session had read them before."""
    return query.with_for_update().execution_options(populate_existing=True)


@dataclass(frozen=True, slots=True, repr=False)
class ReadTransaction:
    """A snapshot of the database: everything that is read through it is from one moment. Functions that only read take
    one; a :class:`Transaction` serves as well.
    """

    session: AsyncSession
    ring: Ring
    audit_key: bytes

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @property
    def on_postgresql(self) -> bool:
        """Return whether several writers run at the same time."""
        return self.session.get_bind().dialect.name == "postgresql"


@dataclass(frozen=True, slots=True, repr=False)
class Transaction(ReadTransaction):
    """All or nothing: what is done through it is committed together when its block ends.

    Who holds several rows takes them in this order, so that nobody waits in a circle: environment, upload, certificate
    or authority, restart, due item; the head of the audit trail comes last, by itself.
    """

    unwritten: list[audit_chain.Entry] = field(default_factory=list)

    def record(
        self,
        tag: audit_chain.Tag,
        by: str,
        at: datetime,
        given: Mapping[str, str | int] | None = None,
        /,
        *,
        environment: str | None = None,
        version: str | None = None,
        lasting: bool = False,
        **detail: str | int,
    ) -> None:
        """Append an event to the audit trail; it is written as the transaction ends, with where it comes from.

        Its detail is ``given`` and ``detail``. A ``lasting`` event is written (in a transaction of its own) even when
        this one is rolled back.
        """
        known = audit_chain.with_origin({**(given or {}), **detail})
        self.unwritten.append(audit_chain.Entry(at, str(tag), by, environment, version, known, lasting))


@asynccontextmanager
async def rehearsal(tx: Transaction) -> AsyncIterator[None]:
    """Undo what the block did as it ends, its events included: what it would have led to is known by then."""
    recorded = len(tx.unwritten)
    async with tx.session.begin_nested() as attempt:
        try:
            yield
        finally:
            del tx.unwritten[recorded:]
            await attempt.rollback()


@dataclass(frozen=True, slots=True)
class Store:
    """An open database with its key ring."""

    engine: AsyncEngine
    ring: Ring
    audit_key: bytes
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "Store()"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises; raises :class:`Unavailable`.

        Transactions are not begun inside one another.
        """
        entries: list[audit_chain.Entry] = []
        try:
            async with self._in_turn(), begun(self.engine) as session:
                yield Transaction(session, self.ring, self.audit_key, entries)
                await audit_chain.write(session, self.audit_key, entries)
        except BaseException:
            await self._record([entry for entry in entries if entry.lasting])
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadTransaction]:
        """Begin a snapshot that waits for no writer, and that no writer waits for.

        Raises :class:`Unavailable`, and :class:`ReadOnly` at an attempt to write.
        """
        async with begun(self.engine, reads_only=True) as session:
            yield ReadTransaction(session, self.ring, self.audit_key)

    async def ping(self) -> None:
        """Ask the database anything, without waiting for writers; raises what the driver raises when it is away."""
        async with self.engine.connect() as connection:
            reader = await connection.execution_options(**{_READS_ONLY: True})
            await reader.execute(text("SELECT 1"))

    async def checkpoint(self) -> None:
        """Move everything out of SQLite's log (WAL) and empty it: what was destroyed is not left there."""
        if self.engine.dialect.name == "sqlite":
            async with self._in_turn(), self.engine.connect() as connection:
                # It wants no transaction; the pool's connections begin one by our own hand only.
                raw = await connection.get_raw_connection()
                await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # open

    async def prove_ring(self) -> None:
        """Seal something that is kept nowhere and open it again; raises what keeps the ring from doing so."""
        place = Place("readiness", "", "", "")
        await unseal(self.ring, await seal(self.ring, SecretBytes(b"readiness"), place), place)

    async def _record(self, entries: list[audit_chain.Entry]) -> None:
        """Write what lasts of a transaction that was rolled back."""
        if entries:
            async with self._in_turn(), begun(self.engine) as session:
                await audit_chain.write(session, self.audit_key, entries)

    def _in_turn(self) -> AbstractAsyncContextManager[None]:
        """SQLite has one writer: within this process they queue here, in order, instead of racing for its lock."""
        return self._queue() if self.engine.dialect.name == "sqlite" else nullcontext()

    @asynccontextmanager
    async def _queue(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable("busy") from None
        try:
            yield
        finally:
            self._turn.release()
