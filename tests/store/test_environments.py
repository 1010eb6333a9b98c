"""Environments: added, bound, removed, and listed by channel."""

from __future__ import annotations

import asyncio

import pytest

from store import AlreadyExists, NotFound, StillHolds, Store, audit, environments
from store.certificates import authorities, clients
from tests.store.facts import ALICE, BOB, CHANNEL, LATER, NOW, an_authority, an_environment, an_upload, deposited


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


async def test_an_environment_that_holds_something_stays(store: Store) -> None:
    """Current certificates and authorities both count; removed ones do not."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id)
        added = await authorities.add(
            tx, upload_id=await an_upload(tx), environment_id=made.id, new=[an_authority("Root")], by=ALICE, at=NOW
        )
    with pytest.raises(StillHolds) as caught:
        async with store.transaction() as tx:
            await environments.remove(tx, made.id, by=BOB, at=LATER)
    assert caught.value.count == 2
    async with store.transaction() as tx:
        await clients.remove(tx, certificate_id=version.certificate_id, by=BOB, at=LATER)
        await authorities.remove(tx, authority_id=added.added[0].id, by=BOB, at=LATER)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
        assert await environments.get(tx, made.id) is None


async def test_a_deposit_and_a_removal_at_once_do_not_both_win(store: Store) -> None:
    """Either the environment is removed and the deposit fails, or the deposit is there and the removal fails."""
    for _ in range(5):
        async with store.transaction() as tx:
            made = await an_environment(tx)
            upload = await an_upload(tx)

        async def deposit(environment_id: str = made.id, upload_id: str = upload) -> None:
            async with store.transaction() as tx:
                await deposited(tx, environment_id, upload_id=upload_id)

        async def remove(environment_id: str = made.id) -> None:
            async with store.transaction() as tx:
                await environments.remove(tx, environment_id, by=BOB, at=LATER)

        results = await asyncio.gather(deposit(), remove(), return_exceptions=True)
        assert sorted(type(one).__name__ for one in results) in (["NoneType", "NotFound"], ["NoneType", "StillHolds"])
        async with store.transaction() as tx:
            left = await clients.current(tx, made.id)
            there = await environments.get(tx, made.id) is not None
            assert bool(left) == there
            for one in left:
                await clients.remove(tx, certificate_id=one.certificate_id, by=BOB, at=LATER)
            if there:
                await environments.remove(tx, made.id, by=BOB, at=LATER)
