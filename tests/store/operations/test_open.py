"""Opening a store: the schema, the canary, and what is said when it cannot be opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from store import KeyRing, RingError, Store, StoreError, Unavailable, environments, open_store
from store.database import make_engine
from store.models import Base
from store.operations.schema import upgrade
from tests.store.facts import an_environment, environment_in


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def _shape(connection: Connection) -> dict[str, object]:
    """Everything about the tables that the databases report and Alembic does not compare."""
    found = inspect(connection)
    return {
        table: (
            found.get_pk_constraint(table),
            sorted((key["name"] or "", key["referred_table"]) for key in found.get_foreign_keys(table)),
            sorted(_index(index) for index in found.get_indexes(table)),
            sorted(one["name"] or "" for one in found.get_unique_constraints(table)),
            [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)],
        )
        for table in sorted(Base.metadata.tables)
    }


def _index(index: ReflectedIndex) -> tuple[str, ...]:
    where = {name: str(value) for name, value in index.get("dialect_options", {}).items() if name.endswith("_where")}
    return (index["name"] or "", str(index["unique"]), str(index["column_names"]), str(where))


async def test_migrations_make_what_the_models_say(database_url: str) -> None:
    """Alembic finds nothing to do after the last migration."""
    engine = make_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_migrations_make_the_same_keys_and_indexes(empty_url: str) -> None:
    """The migrated tables report what tables made from the models do, constraint by constraint."""
    engine = make_engine(empty_url)
    await upgrade(engine)
    async with engine.begin() as connection:
        migrated = await connection.run_sync(_shape)
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        assert await connection.run_sync(_shape) == migrated
    await engine.dispose()


async def test_opening_makes_the_tables_once(empty_url: str, ring: KeyRing) -> None:
    """An empty database is brought up to date, and what was kept is there when it is opened again."""
    async with open_store(empty_url, ring) as store:
        made = await environment_in(store)
    async with open_store(empty_url, ring) as store, store.transaction() as tx:
        assert await environments.all_(tx) == [made]


async def test_replicas_that_start_together_agree(empty_url: str, ring: KeyRing) -> None:
    """Each opens the same empty database; one makes tables and canary, the others find them."""

    async def start() -> bytes:
        async with open_store(empty_url, ring) as store:
            return store.audit_key

    keys = await asyncio.gather(*(start() for _ in range(4)))
    assert len(set(keys)) == 1


async def test_a_store_opens_without_touching_the_schema(database_url: str, ring: KeyRing) -> None:
    """Where somebody else migrates, opening does not."""
    async with open_store(database_url, ring, upgrade=False) as store:
        await store.ping()


@pytest.mark.parametrize("revision", [None, "0004"])
async def test_a_schema_that_is_left_to_somebody_else_must_be_there(
    empty_url: str, ring: KeyRing, revision: str | None
) -> None:
    """Without tables, or with those of an older Certdesk: the sentence says what to run, and nothing is made."""
    engine = make_engine(empty_url)
    if revision is not None:
        await upgrade(engine, revision)
    async with engine.connect() as connection:
        before = await connection.run_sync(lambda one: inspect(one).get_table_names())
    with pytest.raises(StoreError, match="certdesk db upgrade"):
        async with open_store(empty_url, ring, upgrade=False):
            pass
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda one: inspect(one).get_table_names()) == before
    await engine.dispose()


@pytest.mark.parametrize("entry", ["k1", "k2"])
async def test_the_canary_says_that_the_ring_is_wrong(database_url: str, ring: KeyRing, entry: str) -> None:
    """Lacking the key, or with other bytes under its name: one sentence at start-up that names the key."""
    async with open_store(database_url, ring):
        pass
    with pytest.raises(RingError, match="sealed with the key k1") as caught:
        async with open_store(database_url, KeyRing.parse(KeyRing.new_entry(entry))):
            pass
    assert "\n" not in str(caught.value)


async def test_a_grown_ring_opens_the_database(database_url: str, ring: KeyRing) -> None:
    """A new first key beside the old one is fine."""
    async with open_store(database_url, ring):
        pass
    (old,) = ring.keys.items()
    grown = KeyRing("k2", {**KeyRing.parse(KeyRing.new_entry("k2")).keys, old[0]: old[1]})
    async with open_store(database_url, grown) as store:
        await store.ping()


@pytest.mark.parametrize("upgrading", [True, False])
async def test_a_schema_of_a_newer_program_is_refused(empty_url: str, ring: KeyRing, upgrading: bool) -> None:
    """A database that a newer Certdesk migrated is left alone, and said so."""
    engine = make_engine(empty_url)
    await upgrade(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreError, match="newer Certdesk"):
        async with open_store(empty_url, ring, upgrade=upgrading):
            pass


async def test_a_missing_folder_is_said(tmp_path: Path, ring: KeyRing) -> None:
    """SQLite cannot make its file in a folder that is not there."""
    with pytest.raises(Unavailable, match="No such file or directory"):
        async with open_store(f"sqlite:///{tmp_path}/missing/desk.sqlite3", ring):
            pass


async def test_a_server_that_is_away_is_said_without_its_password(ring: KeyRing) -> None:
    """Nobody listens: the sentence has the kind of error and nothing of the address."""
    with pytest.raises(Unavailable) as caught:
        async with open_store("postgresql://desk:hunter2@127.0.0.1:1/desk", ring):
            pass
    assert "hunter2" not in str(caught.value) + repr(caught.value)
    assert caught.value.__suppress_context__


async def test_ping_fails_where_the_database_is_away(ring: KeyRing) -> None:
    """Ping asks the database itself, as a transaction does."""
    gone = Store(make_engine("postgresql://desk:hunter2@127.0.0.1:1/desk"), ring, b"")
    with pytest.raises(OSError, match="Connect call failed"):
        await gone.ping()
    with pytest.raises(Unavailable):
        async with gone.transaction():
            pass
    await gone.engine.dispose()


async def test_a_database_in_memory_is_one_database(ring: KeyRing) -> None:
    """For trying things out: every transaction sees the same tables."""
    async with open_store("sqlite://", ring) as store:
        made = await environment_in(store)
        async with store.transaction() as tx:
            assert await environments.all_(tx) == [made]


async def test_ping_does_not_wait_for_a_writer(store: Store) -> None:
    """While a transaction is open, readiness is answered at once."""
    async with store.transaction() as tx:
        await an_environment(tx)
        # Less than SQLite waits for a writer.
        async with asyncio.timeout(8):
            await store.ping()


def test_a_ring_of_several_lines_is_one_secret() -> None:
    """What reads the ring takes it as a secret, so that settings cannot print it."""
    entry = KeyRing.new_entry("k1")
    assert entry.get_secret_value() not in repr(entry)
    assert KeyRing.parse(SecretStr(f"\n{entry.get_secret_value()}\n")).first == "k1"


async def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    """The second time there is nothing to do."""
    engine = make_engine(empty_url)
    await upgrade(engine)
    await upgrade(engine)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1
    await engine.dispose()
