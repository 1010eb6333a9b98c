"""Environments: added, bound, removed, and listed by channel."""

from __future__ import annotations

import asyncio

import pytest

from store import AlreadyExists, NotFound, Purged, Store, audit, environments
from store.certificates import clients, versions
from tests.store.facts import ALICE, BOB, CHANNEL, LATER, NOW, an_environment, deposited


async def test_an_added_environment_is_found(store: Store) -> None:
    """By its id, by its path, and in its channel."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
    async with store.transaction() as tx:
        assert await environments.get(tx, made.id) == made
        assert await environments.find(tx, "orders", "production") == made
        assert await environments.bound_to(tx, CHANNEL) == [made]
        assert await environments.bound_to(tx, "C0OTHER") == []
    assert made.path == "orders/production"
    assert made.runtime == "java"
    assert (made.created_by, made.created_at) == (ALICE, NOW)


async def test_a_path_is_there_once(store: Store) -> None:
    """Adding it again is refused, and what else the transaction did is kept."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
    async with store.transaction() as tx:
        other = await an_environment(tx, "orders/test")
        with pytest.raises(AlreadyExists) as caught:
            await an_environment(tx, "orders/production", "C0OTHER")
    assert caught.value.path == "orders/production"
    async with store.transaction() as tx:
        assert await environments.all_(tx) == [made, other]


async def test_added_at_the_same_time_it_is_there_once(store: Store) -> None:
    """Of several members who add the same path at once, one does."""

    async def add() -> bool:
        try:
            async with store.transaction() as tx:
                await an_environment(tx)
        except AlreadyExists:
            return False
        return True

    assert sum(await asyncio.gather(*(add() for _ in range(6)))) == 1


async def test_environments_are_listed_by_app_and_name(store: Store) -> None:
    """In the same order on both databases, dashes and digits included."""
    paths = ["b/x", "a-b/x", "a/y", "a/x-1", "a/x", "a/x1", "a0/x"]
    async with store.transaction() as tx:
        for path in paths:
            await an_environment(tx, path)
        listed = [one.path for one in await environments.all_(tx)]
    assert listed == ["a/x", "a/x-1", "a/x1", "a/y", "a-b/x", "a0/x", "b/x"]


async def test_binding_and_time_zone_change(store: Store) -> None:
    """Both are facts of the environment, and both are recorded with what was before."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
    async with store.transaction() as tx:
        await environments.bind(tx, made.id, channel="C0OTHER", by=BOB, at=LATER)
        changed = await environments.set_timezone(tx, made.id, timezone="Asia/Tokyo", by=BOB, at=LATER)
    async with store.transaction() as tx:
        assert await environments.get(tx, made.id) == changed
        events = await audit.events(tx)
    assert (changed.channel, changed.timezone) == ("C0OTHER", "Asia/Tokyo")
    assert [event.detail for event in events[:2]] == [
        {"from": "Europe/Berlin", "to": "Asia/Tokyo"},
        {"from": CHANNEL, "to": "C0OTHER"},
    ]


async def test_a_removed_environment_is_gone_and_its_path_is_free(store: Store) -> None:
    """Removing is a state: nothing finds it any more, and another of that path can be added."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        assert await environments.get(tx, made.id) is None
        assert await environments.find(tx, "orders", "production") is None
        assert await environments.bound_to(tx, CHANNEL) == []
        again = await an_environment(tx)
    assert again.id != made.id


async def test_what_is_removed_cannot_be_changed(store: Store) -> None:
    """Neither bound, nor changed, nor removed again."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    for change in (
        lambda tx: environments.bind(tx, made.id, channel="C1", by=BOB, at=LATER),
        lambda tx: environments.set_timezone(tx, made.id, timezone="UTC", by=BOB, at=LATER),
        lambda tx: environments.remove(tx, made.id, by=BOB, at=LATER),
        lambda tx: environments.require(tx, made.id),
    ):
        with pytest.raises(NotFound):
            async with store.transaction() as tx:
                await change(tx)


async def test_a_removed_environment_comes_back_with_what_it_holds(store: Store) -> None:
    """Once; while it is away it is found among the removed ones alone, and its path is free."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        assert await environments.get(tx, made.id) is None
        assert await environments.known(tx, made.id) == made
        assert await environments.removed(tx, channel=CHANNEL) == [environments.Removed(made, LATER)]
        assert await environments.removed(tx, channel="C0OTHER") == []
        assert await environments.restore(tx, made.id, by=BOB, at=LATER) == made
        assert [one.id for one in await clients.current(tx, made.id)] == [version.id]
        with pytest.raises(NotFound):
            await environments.restore(tx, made.id, by=BOB, at=LATER)


async def test_a_path_that_was_given_anew_is_not_given_back(store: Store) -> None:
    """Restoring is refused, and what else the transaction did is kept."""
    async with store.transaction() as tx:
        gone = await an_environment(tx)
        await environments.remove(tx, gone.id, by=BOB, at=LATER)
        anew = await an_environment(tx)
        with pytest.raises(AlreadyExists):
            await environments.restore(tx, gone.id, by=BOB, at=LATER)
        assert await environments.get(tx, anew.id) == anew
        assert await environments.get(tx, gone.id) is None


async def test_keys_of_a_removed_environment_are_destroyed_in_parts(store: Store) -> None:
    """All of its versions, and nobody else's."""
    async with store.transaction() as tx:
        gone, other = await an_environment(tx), await an_environment(tx, "orders/test")
        for number in range(5):
            await deposited(tx, gone.id, f"bank-{number}")
        kept = await deposited(tx, other.id)
        await environments.remove(tx, gone.id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        counts = [await versions.purge_environment(tx, gone.id, by="certdesk", at=LATER, limit=3) for _ in range(3)]
    assert counts == [3, 2, 0]
    async with store.transaction() as tx:
        with pytest.raises(Purged):
            (first, *_) = await clients.current(tx, gone.id)
            await clients.reveal(tx, version_id=first.id, by=BOB, at=LATER, why="test")
        await clients.reveal(tx, version_id=kept.id, by=BOB, at=LATER, why="test")
