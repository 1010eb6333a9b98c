"""Transactions that behave the same on SQLite and PostgreSQL, and the store that they belong to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pydantic import SecretBytes
from sqlalchemy import Select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from store import audit_chain
from store.database.engine import READS_ONLY, begun
from store.errors import Unavailable
from store.secrets.ring import Ring
from store.secrets.sealing import Place, seal, unseal

T = TypeVar("T")

_TURN_SECONDS = 30.0


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

    @property
    def is_shared(self) -> bool:
        """Return whether several processes may write at the same time; SQLite belongs to one."""
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises; raises :class:`Unavailable`.

        Transactions are not begun inside one another.
        """
        entries: list[audit_chain.Entry] = []
        try:
            async with self._in_turn(), begun(self.engine, key=self.audit_key) as session:
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
        async with begun(self.engine, reads_only=True, key=self.audit_key) as session:
            yield ReadTransaction(session, self.ring, self.audit_key)

    async def ping(self) -> None:
        """Ask the database anything, without waiting for writers; raises what the driver raises when it is away."""
        async with self.engine.connect() as connection:
            reader = await connection.execution_options(**{READS_ONLY: True})
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
