"""Rate limits shared by all replicas: one call per method at a time, and pauses that the service asked for.

Who is told to keep away writes it down before the next has its turn, so that nobody comes too early. On PostgreSQL a
turn is a lock of the server's that goes with its connection: whoever dies holding it gives it back, and what it was
told in its last moment is lost with it. On SQLite there is one process, which takes turns with itself.

A pause is seconds of the real world. It is kept by the database's own clock, the one that all replicas share; a clock
that somebody moves, to practise, makes no pause shorter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.database import ReadTransaction, Store, Transaction, begun
from store.models import PauseRow

# Any number, the same in every replica; the second half of the lock's name is made of the method.
_TURNS = 0x74757262
# A turn is one call. Who hangs in it for longer than this is cut off by the server, and the others go on.
_LONGEST_TURN = "30s"


class Turn:
    """The turn at one method; ``left`` is how many seconds of its pause are left, 0 for none."""

    def __init__(self, store: Store, session: AsyncSession | None, method: str, left: float) -> None:
        self._store = store
        self._session = session
        self._method = method
        self.left = left

    async def pause(self, seconds: float) -> None:
        """Nobody shall call the method for so long: known to all before anyone has the next turn. Ends this one."""
        self.left = seconds
        if self._session is not None:
            await _write(self._session, self._method, seconds)
            await self._session.commit()
            return
        async with self._store.transaction() as tx:
            await pause(tx, self._method, seconds)


@asynccontextmanager
async def turn(store: Store, method: str) -> AsyncIterator[Turn]:
    """Wait for the turn at ``method`` and hold it; raises :class:`Unavailable`."""
    # One connection a process and method at most waits for the server's lock; the others wait for that one here.
    async with store.turns.setdefault(method, asyncio.Lock()):
        if not store.is_shared:
            async with store.reading() as tx:
                left = await paused(tx, method)
            yield Turn(store, None, method, left)
            return
        async with begun(store.engine) as session:
            # Read after the lock is had, by a statement of its own: one sees what was there when it began.
            await session.execute(select(_cut_off(), func.pg_advisory_xact_lock(_TURNS, func.hashtext(method))))
            yield Turn(store, session, method, await _read(session, method))


def _cut_off() -> ColumnElement[str]:
    return func.set_config("idle_in_transaction_session_timeout", _LONGEST_TURN, True)


async def paused(tx: ReadTransaction, method: str) -> float:
    """For how many seconds from now nobody shall call the method; 0 for none."""
    return await _read(tx.session, method)


async def pause(tx: Transaction, method: str, seconds: float) -> None:
    """Nobody shall call the method for ``seconds`` from now; a longer pause stays as it is."""
    await _write(tx.session, method, seconds)


async def _read(session: AsyncSession, method: str) -> float:
    clock = func.clock_timestamp() if _on_postgresql(session) else literal(datetime.now(UTC), PauseRow.until.type)
    row = (await session.execute(select(PauseRow.until, clock).where(PauseRow.method == method))).one_or_none()
    return 0.0 if row is None else max((row[0] - row[1]).total_seconds(), 0.0)


async def _write(session: AsyncSession, method: str, seconds: float) -> None:
    insert = postgresql.insert if _on_postgresql(session) else sqlite.insert
    until = await _now(session) + timedelta(seconds=seconds)
    statement = insert(PauseRow).values(method=method, until=until)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[PauseRow.method],
            set_={"until": statement.excluded.until},
            where=PauseRow.until < statement.excluded.until,
        )
    )


async def _now(session: AsyncSession) -> datetime:
    if not _on_postgresql(session):
        return datetime.now(UTC)
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


def _on_postgresql(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "postgresql"
