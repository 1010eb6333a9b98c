"""Connections: one for an environment, its credentials sealed to it, and turned with the ring."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from store import (
    Connection,
    Environment,
    KeyRing,
    NotFound,
    SealBroken,
    Store,
    Transaction,
    audit,
    environments,
    open_store,
)
from store.models import ConnectionRow
from store.operations import backup, rotation
from store.restarts import connections
from tests.store.facts import ALICE, BOB, LATER, NOW, an_environment, environment_in

KEY = "canary-of-an-api-key"
SETTINGS = {"app": "orders", "mode": "Production", "username": "deploy@b.example"}


async def connected(tx: Transaction, environment: Environment, key: str = KEY) -> Connection:
    return await connections.put(
        tx,
        environment_id=environment.id,
        kind="mendix",
        settings=SETTINGS,
        secret=SecretStr(key),
        by=ALICE,
        at=NOW,
    )


async def revealed(store: Store, connection: Connection) -> str:
    async with store.transaction() as tx:
        return (await connections.reveal(tx, connection)).get_secret_value()


async def test_one_for_an_environment(store: Store) -> None:
    """A second takes the place of the first; removed, it is gone, and the trail knows all of it."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        assert await connections.of(tx, place.id) is None
        first = await connected(tx, place)
    async with store.transaction() as tx:
        second = await connected(tx, place, "another-key-of-it")
        assert await connections.of(tx, place.id) == second
    assert first.id != second.id
    assert await revealed(store, second) == "another-key-of-it"
    async with store.transaction() as tx:
        assert await connections.remove(tx, place.id, by=BOB, at=LATER)
        assert not await connections.remove(tx, place.id, by=BOB, at=LATER)
        assert await connections.of(tx, place.id) is None
    async with store.transaction() as tx:
        tags = [event.tag for event in await audit.events(tx, limit=3)]
    assert tags == [audit.Tag.CONNECTION_REMOVED, audit.Tag.CONNECTION_MADE, audit.Tag.CONNECTION_MADE]


async def test_no_environment_no_connection(store: Store) -> None:
    """One that does not exist cannot be connected."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        await environments.remove(tx, place.id, by=ALICE, at=NOW)
    with pytest.raises(NotFound):
        async with store.transaction() as tx:
            await connected(tx, place)


@pytest.mark.parametrize("column", ["sealed_key", "wrapped_key"])
async def test_a_changed_byte_opens_nothing(store: Store, column: str) -> None:
    """Of either layer."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        made = await connected(tx, place)
        row = await tx.session.get_one(ConnectionRow, made.id)
        good: bytes = getattr(row, column)
    for at in range(0, len(good), 7):
        async with store.transaction() as tx:
            bad = good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :]
            await tx.session.execute(update(ConnectionRow).values(**{column: bad}))
        with pytest.raises(SealBroken):
            await revealed(store, made)


async def test_a_row_that_was_moved_opens_nothing(store: Store) -> None:
    """To another environment, or with the secret of another: it would restart somebody else's app."""
    async with store.transaction() as tx:
        here, there = await an_environment(tx), await an_environment(tx, "shop/test")
        one, other = await connected(tx, here), await connected(tx, there, "the-other-key-of-it")
        row = await tx.session.get_one(ConnectionRow, other.id)
        stolen = {"key_id": row.key_id, "wrapped_key": row.wrapped_key, "sealed_key": row.sealed_key}
    async with store.transaction() as tx:
        await tx.session.execute(update(ConnectionRow).where(ConnectionRow.id == one.id).values(**stolen))
    with pytest.raises(SealBroken):
        await revealed(store, one)
    async with store.transaction() as tx:
        third = await an_environment(tx, "shop/production")
        moved = update(ConnectionRow).where(ConnectionRow.id == other.id).values(environment_id=third.id)
        await tx.session.execute(moved)
    with pytest.raises(SealBroken):
        await revealed(store, other)


@pytest.mark.parametrize(
    "changed",
    [{"kind": "webhook"}, {"settings": {**SETTINGS, "app": "payments"}}, {"settings": {**SETTINGS, "more": ""}}],
)
async def test_credentials_are_for_what_they_were_given_for(store: Store, changed: dict[str, Any]) -> None:
    """Whoever changes the kind or a setting in the database gets nothing sent elsewhere."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        made = await connected(tx, place)
    async with store.transaction() as tx:
        await tx.session.execute(update(ConnectionRow).values(**changed))
    with pytest.raises(SealBroken):
        await revealed(store, made)


async def test_turned_with_the_ring(database_url: str, ring: KeyRing) -> None:
    """Rotation seals it anew, the list counts it, and the check finds what does not open."""
    new = KeyRing.parse(KeyRing.new_entry("k2"))
    both = KeyRing("k2", {**new.keys, **ring.keys})
    async with open_store(database_url, ring) as store:
        place = await environment_in(store)
        async with store.transaction() as tx:
            made = await connected(tx, place)
            assert await rotation.secrets_by_key(tx) == {"k1": 2}
    async with open_store(database_url, both) as store:
        done = await rotation.rotate(store, by="cli", clock=_now)
        assert (done.rewrapped, done.left) == (1, {})
        assert (await rotation.check(store)) == rotation.Checked(1, ())
    async with open_store(database_url, KeyRing("k2", new.keys)) as store:
        assert await revealed(store, made) == KEY
        async with store.transaction() as tx:
            await tx.session.execute(update(ConnectionRow).values(sealed_key=b"\x01changed"))
        assert (await rotation.check(store)).broken == (f"connection {made.id}",)


async def test_backed_up_and_restored(store: Store, empty_url: str, ring: KeyRing) -> None:
    """It opens in the other database, and stands in the backup sealed."""
    place = await environment_in(store)
    async with store.transaction() as tx:
        made = await connected(tx, place)
    lines = [line async for line in backup.dump(store, at=NOW)]
    assert KEY not in "".join(lines)
    await backup.restore(empty_url, ring, lines)
    async with open_store(empty_url, ring) as other:
        assert await revealed(other, made) == KEY


def _now() -> datetime:
    return NOW
