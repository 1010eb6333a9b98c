"""Read transactions: a snapshot that waits for no writer, and that nothing can be written through."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from store import ReadOnly, ReadTransaction, Store, Transaction, Unavailable, audit, environments, open_store, queue
from store.database import make_engine
from store.models import DueRow, EnvironmentRow
from store.restarts import tokens
from store.secrets.ring import KeyRing
from tests.store.facts import ALICE, CHANNEL, NOW, an_environment, environment_in


async def test_a_reader_waits_for_no_writer(store: Store) -> None:
    """While a transaction that has written is still open, others read what was there before it."""
    async with store.transaction() as tx:
        await an_environment(tx)
        await tx.session.flush()
        async with asyncio.timeout(5), store.reading() as read:
            assert await environments.all_(read) == []
    async with store.reading() as read:
        assert [one.channel for one in await environments.all_(read)] == [CHANNEL]


async def test_a_writer_waits_for_no_reader(store: Store) -> None:
    """A snapshot that is still open keeps no transaction from its commit."""
    async with store.reading() as read:
        await environments.all_(read)
        async with asyncio.timeout(5):
            await environment_in(store)


async def test_another_process_that_writes_holds_up_no_reader(database_url: str, ring: KeyRing) -> None:
    """Two stores on one database, as two processes have them."""
    async with open_store(database_url, ring) as one, open_store(database_url, ring) as other, one.transaction() as tx:
        await an_environment(tx)
        async with asyncio.timeout(5), other.reading() as read:
            assert await environments.all_(read) == []


async def test_a_snapshot_stays_the_same(store: Store) -> None:
    """What is committed after the first read is not seen by the second, whatever is asked."""
    made = await environment_in(store)
    async with store.reading() as read:
        assert await environments.all_(read) == [made]
        async with store.transaction() as tx:
            await environments.bind(tx, made.id, channel="C0OTHER", by=ALICE, at=NOW)
            await queue.schedule(tx, kind="card", subject="s", key="k", due_at=NOW)
        assert (await read.session.execute(select(EnvironmentRow.channel))).scalar_one() == CHANNEL
        assert await queue.depth(read) == 0
    async with store.reading() as read:
        assert await queue.depth(read) == 1


async def test_a_write_is_refused(store: Store) -> None:
    """By a statement, or by a row that is added and flushed as the block ends; nothing of it is kept."""
    row = DueRow(id="a" * 32, kind="card", subject="s", key="k", due_at=NOW, attempts=0)
    with pytest.raises(ReadOnly):
        async with store.reading() as read:
            await queue.schedule(_as_writer(read), kind="card", subject="s", key="k", due_at=NOW)
    with pytest.raises(ReadOnly):
        async with store.reading() as read:
            read.session.add(row)
    async with store.transaction() as tx:
        assert await queue.depth(tx) == 0


async def test_a_connection_that_read_can_write_again(store: Store) -> None:
    """Readers and writers share a pool: what one left behind hinders no other, in either order."""
    for turn in range(20):
        async with store.reading() as read:
            assert await queue.depth(read) == turn
        async with store.transaction() as tx:
            await queue.schedule(tx, kind="card", subject="s", key=f"{turn}", due_at=NOW)


async def test_many_more_readers_than_connections(store: Store) -> None:
    """A hundred at once, beside a writer that keeps its transaction open: each gets its answer."""

    async def read() -> int:
        async with store.reading() as tx:
            return await queue.depth(tx)

    async with store.transaction() as tx:
        await queue.schedule(tx, kind="card", subject="s", key="k", due_at=NOW)
        async with asyncio.timeout(20):
            assert set(await asyncio.gather(*(read() for _ in range(100)))) == {0}


async def test_a_transaction_reads_too(store: Store) -> None:
    """Functions that only read take either; each says in its repr which one it is, and nothing else."""
    async with store.transaction() as tx, store.reading() as read:
        assert isinstance(tx, ReadTransaction)
        assert not isinstance(read, Transaction)
        assert (repr(tx), repr(read)) == ("Transaction()", "ReadTransaction()")
        assert (await audit.verify(read)).ok


async def test_a_database_that_is_away_is_told(ring: KeyRing) -> None:
    """As everywhere else, and without its address."""
    gone = Store(make_engine("postgresql://desk:hunter2@127.0.0.1:1/desk"), ring, b"")
    with pytest.raises(Unavailable) as caught:
        async with gone.reading():
            pass
    assert "hunter2" not in str(caught.value)
    with pytest.raises(Unavailable):
        await tokens.known(gone, SecretStr("cdh_" + "a" * 43))
    await gone.engine.dispose()


def _as_writer(read: ReadTransaction) -> Transaction:
    """What the type checker would refuse."""
    return Transaction(read.session, read.ring, read.audit_key)
