"""What holds of every transaction: all or nothing, no circles, and a database that is away is said."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from sqlalchemy import select, text

from store import (
    Change,
    KeyRing,
    NotFound,
    Store,
    StoreError,
    Unavailable,
    audit,
    environments,
    open_store,
    queue,
    uploads,
)
from store.certificates import clients
from store.database import holding
from store.models import EnvironmentRow
from store.restarts import pending
from tests.store.facts import (
    ALICE,
    BOB,
    CHANNEL,
    LATER,
    NOW,
    a_change,
    a_version,
    an_environment,
    an_upload,
    deposited,
    environment_in,
)


async def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    """Whatever was done in it, on whichever table."""
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            made = await an_environment(tx)
            version = await deposited(tx, made.id, pins=("a.example",))
            await pending.note(tx, environment_id=made.id, change=a_change(version_id=version.id))
            await queue.schedule(tx, kind="card", subject=version.id, key="card", due_at=NOW)
            raise RuntimeError
    async with store.engine.connect() as connection:
        for table in ("environment", "upload", "certificate", "version", "pin", "pending_restart", "due"):
            count = await connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  our own tables
            assert count.scalar_one() == 0, table
        assert (await connection.execute(text("SELECT count(*) FROM audit_event"))).scalar_one() == 0


async def test_a_cancelled_transaction_leaves_nothing(store: Store) -> None:
    """The bot is stopped in the middle; the next transaction is not hindered."""
    begun = asyncio.Event()

    async def work() -> None:
        async with store.transaction() as tx:
            await an_environment(tx)
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    async with store.transaction() as tx:
        assert await environments.all_(tx) == []
        await an_environment(tx)


async def test_everything_at_once_never_waits_in_a_circle(store: Store) -> None:
    """Deposits, removals, confirmations and snoozes of one environment, all together: nobody is a deadlock's victim."""
    made = await environment_in(store)

    async def deposit(turn: int) -> None:
        async with store.transaction() as tx:
            version = await deposited(tx, made.id, f"label {turn % 2}", new=a_version(f"{turn}"))
            change = a_change(version.label, version_id=version.id)
            restart = await pending.note(tx, environment_id=made.id, change=change)
            await queue.schedule(tx, kind="reminder", subject=restart.id, key=f"{restart.id}:1", due_at=NOW)

    async def remove(turn: int) -> None:
        async with store.transaction() as tx:
            found = await clients.find(tx, made.id, f"label {turn % 2}")
            if found is not None:
                await clients.remove(tx, certificate_id=found.certificate_id, by=BOB, at=LATER)
                change = Change("removed", found.label, BOB, LATER, version_id=found.id)
                await pending.note(tx, environment_id=made.id, change=change)

    async def settle(turn: int) -> None:
        async with store.transaction() as tx:
            waiting = await pending.of(tx, made.id)
            if waiting is None:
                return
            if turn % 2:
                await pending.confirm(tx, restart_id=waiting.id, by=BOB, at=LATER)
                await queue.cancel(tx, key=f"{waiting.id}:1", at=LATER)
            else:
                await pending.snooze(tx, restart_id=waiting.id, until=LATER, by=BOB, at=NOW)
                await queue.move(tx, key=f"{waiting.id}:1", due_at=LATER)

    async def bind(turn: int) -> None:
        async with store.transaction() as tx:
            await environments.bind(tx, made.id, channel=f"C{turn}", by=ALICE, at=NOW)

    work = [deed(turn) for turn in range(6) for deed in (deposit, remove, settle, bind)]
    async with asyncio.timeout(20):
        results = await asyncio.gather(*work, return_exceptions=True)
    # Two may remove the same certificate: the second finds it gone.
    assert [one for one in results if one is not None and not isinstance(one, NotFound)] == []
    async with store.transaction() as tx:
        assert (await audit.verify(tx)).ok


async def test_a_removal_and_a_deposit_do_not_wait_for_each_other(postgres_store: Store) -> None:
    """A removal that has its restart still to note is waited for by a deposit, and never waits for that deposit."""
    store = postgres_store
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id, "bank")

    async def deposit() -> None:
        async with store.transaction() as tx:
            await deposited(tx, made.id, "bank", new=a_version("renewed"))

    async with store.transaction() as tx:
        await clients.remove(tx, certificate_id=version.certificate_id, by=BOB, at=LATER)
        task = asyncio.create_task(deposit())
        await asyncio.sleep(0.2)
        await pending.note(tx, environment_id=made.id, change=Change("removed", "bank", BOB, LATER))
    await task
    async with store.transaction() as tx:
        assert [one.number for one in await clients.current(tx, made.id)] == [1]


async def test_a_confirmation_and_a_deposit_do_not_wait_for_each_other(postgres_store: Store) -> None:
    """A deposit is recorded, then noted for restart; a confirmation meanwhile has the restart and is recorded, too."""
    store = postgres_store
    async with store.transaction() as tx:
        made = await an_environment(tx)
        waiting = await pending.note(tx, environment_id=made.id, change=a_change())

    async def confirm() -> None:
        async with store.transaction() as tx:
            await pending.confirm(tx, restart_id=waiting.id, by=BOB, at=LATER)

    async with store.transaction() as tx:
        version = await deposited(tx, made.id, "bank")
        async with asyncio.timeout(20):
            await confirm()
        note = await pending.note(tx, environment_id=made.id, change=a_change(version_id=version.id))
    assert note.id != waiting.id


async def test_a_row_that_is_held_is_read_anew(postgres_store: Store) -> None:
    """What the transaction read before, another may have changed: holding a row shows it as it is."""
    made = await environment_in(postgres_store)
    query = select(EnvironmentRow).where(EnvironmentRow.id == made.id)
    async with postgres_store.transaction() as tx:
        seen = (await tx.session.execute(query)).scalar_one()
        async with postgres_store.transaction() as other:
            await environments.bind(other, made.id, channel="C0OTHER", by=BOB, at=LATER)
        assert seen.channel == CHANNEL
        held = (await tx.session.execute(holding(query))).scalar_one()
    assert held is seen
    assert held.channel == "C0OTHER"


async def test_two_processes_share_a_file(tmp_path: Path, ring: KeyRing) -> None:
    """Two stores on one SQLite file, as two processes have them: every write of both is there."""
    url = f"sqlite:///{tmp_path / 'desk.sqlite3'}"

    async def write(store: Store, turn: int) -> None:
        async with store.transaction() as tx:
            await uploads.notice(tx, file_id=f"F{turn}", channel=CHANNEL, member=ALICE, at=NOW)
            tx.record(audit.Tag.ATTEMPT_REFUSED, ALICE, NOW)

    async with open_store(url, ring) as one, open_store(url, ring) as other:
        await asyncio.gather(*(write(store, turn) for turn in range(15) for store in (one, other)))
        async with one.transaction() as tx:
            assert (await audit.verify(tx)).rows == 30


async def test_many_more_transactions_than_connections(store: Store) -> None:
    """A burst of 100 at once: each gets its turn."""

    async def write(turn: int) -> None:
        async with store.transaction() as tx:
            await queue.schedule(tx, kind="card", subject="s", key=f"{turn}", due_at=NOW)

    await asyncio.gather(*(write(turn) for turn in range(100)))
    async with store.transaction() as tx:
        assert await queue.depth(tx) == 100


async def test_a_turn_that_does_not_come_is_said(
    tmp_path: Path, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite, who waits too long for the other transactions of the process is told so."""
    monkeypatch.setattr("store.database.transactions._TURN_SECONDS", 0.05)
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store, store.transaction():
        with pytest.raises(Unavailable, match="busy"):
            async with store.transaction():
                pass


async def test_sqlite_waits_for_another_process_and_keeps_foreign_keys(tmp_path: Path, ring: KeyRing) -> None:
    """The pragmas that the store relies on are on for its connections."""
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store, store.transaction() as tx:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("foreign_keys", 1),
            ("busy_timeout", 10_000),
            ("synchronous", 2),
        ):
            assert (await tx.session.execute(text(f"PRAGMA {pragma}"))).scalar_one() == value, pragma


async def test_a_row_that_refers_to_nothing_is_refused(store: Store) -> None:
    """Foreign keys hold on both databases; the database's own error is not a store's."""
    with pytest.raises(Exception, match=r"(?i)foreign key") as caught:
        async with store.transaction() as tx:
            made = await an_environment(tx)
            await pending.note(tx, environment_id=made.id, change=a_change(version_id="0" * 32))
    assert not isinstance(caught.value, StoreError)


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    """Times are aware; what comes back is in UTC whatever zone went in."""
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(Exception, match="without a zone"):
        async with store.transaction() as tx:
            await uploads.notice(tx, file_id="F1", channel=CHANNEL, member=ALICE, at=naive)


async def test_parameters_are_not_in_errors(store: Store) -> None:
    """An error of the database shows its statement and none of the values: they may be sealed keys, or somebody's."""
    with pytest.raises(Exception, match=r"(?i)null") as caught:
        async with store.transaction() as tx:
            made = await an_environment(tx)
            tx.session.add(EnvironmentRow(id="f" * 32, app="canary-app", created_by="canary-member", created_at=NOW))
            await tx.session.flush()
    assert made.id not in str(caught.value)
    assert "canary-member" not in str(caught.value).split("DETAIL")[0]


async def test_a_server_that_went_away_is_said_and_comes_back(postgres_store: Store) -> None:
    """Connections that the server closed are replaced; the first transaction after that works."""
    store = postgres_store
    made = await environment_in(store)
    with pytest.raises(Unavailable):
        async with store.transaction() as tx:
            async with store.engine.connect() as other:
                await other.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()")
                )
            await tx.session.execute(select(EnvironmentRow))
    async with store.transaction() as tx:
        assert await environments.all_(tx) == [made]


async def test_uploads_of_a_transaction_are_seen_by_it(store: Store) -> None:
    """What a transaction wrote, it reads."""
    async with store.transaction() as tx:
        upload = await an_upload(tx)
        assert await uploads.get(tx, upload) is not None
