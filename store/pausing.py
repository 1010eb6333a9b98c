"""Taking turns at what a service limits, and keeping away from it for as long as it asked; across replicas.

Who is told to keep away writes it down before the next has its turn, so that nobody comes too early. On PostgreSQL a
turn is a lock of the server's that goes with its connection: whoever dies holding it gives it back. On SQLite there is
one process, which takes turns with itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.database import Store, Transaction, begun
from store.models import PauseRow

# Any number, the same in every replica; the second half of the lock's name is made of the method.
_TURNS = 0x74757262
# A turn is one call. Who hangs in it for longer than this is cut off by the server, and the others go on.
_LONGEST_TURN = "90s"


class Turn:
    """The turn at one method; ``until`` is the end of its pause, if it has one."""

    def __init__(self, store: Store, session: AsyncSession | None, method: str, until: datetime | None) -> None:
        self._store = store
        self._session = session
        self._method = method
        self.until = until

    async def pause(self, until: datetime) -> None:
        """Nobody shall call the method before ``until``; known to all before anyone has the next turn."""
        self.until = until
        if self._session is not None:
            await _write(self._session, self._method, until)
            return
        async with self._store.transaction() as tx:
            await pause(tx, self._method, until)


@asynccontextmanager
async def turn(store: Store, method: str) -> AsyncIterator[Turn]:
    """Wait for the turn at ``method`` and hold it; raises :class:`Unavailable`."""
    if store.engine.dialect.name != "postgresql":
        async with store.turns.setdefault(method, asyncio.Lock()):
            async with store.transaction() as tx:
                until = await paused(tx, method)
            yield Turn(store, None, method, until)
        return
    async with begun(store.engine) as session:
        await session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_LONGEST_TURN}'"))
        await session.execute(select(func.pg_advisory_xact_lock(_TURNS, func.hashtext(method))))
        yield Turn(store, session, method, await _read(session, method))


async def paused(tx: Transaction, method: str) -> datetime | None:
    """Until when nobody shall call the method; the end may be past."""
    return await _read(tx.session, method)


async def pause(tx: Transaction, method: str, until: datetime) -> None:
    """Nobody shall call the method before ``until``; a longer pause stays as it is."""
    await _write(tx.session, method, until)


async def _read(session: AsyncSession, method: str) -> datetime | None:
    return (await session.execute(select(PauseRow.until).where(PauseRow.method == method))).scalar_one_or_none()


async def _write(session: AsyncSession, method: str, until: datetime) -> None:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    statement = insert(PauseRow).values(method=method, until=until)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[PauseRow.method],
            set_={"until": statement.excluded.until},
            where=PauseRow.until < statement.excluded.until,
        )
    )
