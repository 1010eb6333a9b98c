"""Turning the key ring: everything ends under the first key, whatever comes in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy import update

from store import KeyRing, RingError, Store, audit, open_store
from store.certificates import clients
from store.models import VersionRow
from store.operations import rotation
from tests.store.facts import ALICE, NOW, a_version, an_environment, deposited, private_key

SOME = 25


def clock() -> datetime:
    return NOW


def turned(ring: KeyRing, name: str = "k2") -> KeyRing:
    """The ring with a new first key."""
    new = KeyRing.parse(KeyRing.new_entry(name))
    return KeyRing(name, {**new.keys, **ring.keys})


@pytest.fixture
async def filled(database_url: str, ring: KeyRing) -> AsyncIterator[tuple[str, dict[str, bytes]]]:
    """A database with keys under ``k1``: its address, and every key by its version."""
    async with open_store(database_url, ring) as store, store.transaction() as tx:
        made = await an_environment(tx)
        keys = {}
        for number in range(SOME):
            secret = private_key()
            version = await deposited(tx, made.id, f"c{number}", new=a_version(f"c{number}", key=secret))
            keys[version.id] = secret.get_secret_value()
    yield database_url, keys


async def opens_all(store: Store, keys: dict[str, bytes]) -> bool:
    async with store.transaction() as tx:
        opened = {id_: await clients.reveal(tx, version_id=id_, by=ALICE, at=NOW, why="test") for id_ in keys}
    return {id_: secret.get_secret_value() for id_, secret in opened.items()} == keys


async def test_everything_ends_under_the_first_key(filled: tuple[str, dict[str, bytes]], ring: KeyRing) -> None:
    """Afterwards the new key alone opens the database, and the old one does not."""
    url, keys = filled
    both = turned(ring)
    told: list[int] = []
    async with open_store(url, both) as store:
        done = await rotation.rotate(store, by="cli", clock=clock, batch=10, told=told.append)
        assert (done.rewrapped, done.left) == (SOME, {})
        assert told == [10, 10, 5]
        assert (await rotation.rotate(store, by="cli", clock=clock)).rewrapped == 0
        async with store.transaction() as tx:
            assert (await audit.verify(tx)).ok
            assert await rotation.secrets_by_key(tx) == {"k2": SOME + 1}
    async with open_store(url, KeyRing("k2", {"k2": both.keys["k2"]})) as store:
        assert await opens_all(store, keys)
    with pytest.raises(RingError):
        async with open_store(url, ring):
            pass


async def test_a_rotation_that_was_stopped_goes_on(filled: tuple[str, dict[str, bytes]], ring: KeyRing) -> None:
    """Stopped after a batch, everything opens; the next run does the rest."""
    url, keys = filled
    both = turned(ring)
    async with open_store(url, both) as store:

        def stop(_: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await rotation.rotate(store, by="cli", clock=clock, batch=10, told=stop)
        assert await opens_all(store, keys)
        async with store.transaction() as tx:
            assert await rotation.secrets_by_key(tx) == {"k1": SOME - 10, "k2": 11}
        done = await rotation.rotate(store, by="cli", clock=clock, batch=10)
        assert (done.rewrapped, done.left) == (SOME - 10, {})
        assert await opens_all(store, keys)


async def test_what_does_not_open_is_left_and_counted(filled: tuple[str, dict[str, bytes]], ring: KeyRing) -> None:
    """A row that was damaged, or whose key is not in the ring, does not stop the others."""
    url, keys = filled
    bad = next(iter(keys))
    async with open_store(url, turned(ring)) as store:
        async with store.transaction() as tx:
            await tx.session.execute(update(VersionRow).where(VersionRow.id == bad).values(sealed_key=b"\x01damaged"))
        done = await rotation.rotate(store, by="cli", clock=clock, batch=10)
    assert (done.rewrapped, done.left) == (SOME - 1, {"k1": 1})


async def test_the_desk_goes_on_meanwhile(filled: tuple[str, dict[str, bytes]], ring: KeyRing) -> None:
    """Deposits and reveals while two rotations run at the same time: none fails, and all end under the first key."""
    url, keys = filled
    both = turned(ring)
    async with open_store(url, both) as store, open_store(url, both) as other:
        async with store.transaction() as tx:
            made = await an_environment(tx, "shop/test")

        async def use() -> None:
            for number in range(8):
                async with store.transaction() as tx:
                    await deposited(tx, made.id, f"n{number}")
                assert await opens_all(store, dict(list(keys.items())[number : number + 2]))

        await asyncio.gather(
            use(),
            rotation.rotate(store, by="cli", clock=clock, batch=3),
            rotation.rotate(other, by="cli", clock=clock, batch=4),
        )
        assert await opens_all(store, keys)
        async with store.transaction() as tx:
            assert set(await rotation.secrets_by_key(tx)) == {"k2"}
            assert (await audit.verify(tx)).ok
