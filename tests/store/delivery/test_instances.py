"""Instances of an app, and what they say that they run."""

from __future__ import annotations

from datetime import datetime, timedelta

from store import Instance, Store, instances
from store.delivery.instances import Running
from tests.store.facts import LATER, NOW, environment_in

DAY = timedelta(days=1)


async def reported(
    store: Store, environment_id: str, name: str, revision: int, *, at: datetime = NOW
) -> Instance | None:
    async with store.transaction() as tx:
        return await instances.report(
            tx, environment_id=environment_id, name=name, revision=revision, fingerprints=["ab"], at=at
        )


async def test_an_instance_is_known_by_what_it_said_last(store: Store) -> None:
    """The first report knows of none before; a repeated one is seen again, and a newer revision is loaded then."""
    place = await environment_in(store)
    assert await reported(store, place.id, "app-1", 3) is None
    before = await reported(store, place.id, "app-1", 3, at=LATER)
    assert before is not None
    async with store.reading() as tx:
        same = await instances.find(tx, place.id, "app-1")
    assert same is not None
    assert (same.revision, same.loaded_at, same.seen_at) == (3, NOW, LATER)
    await reported(store, place.id, "app-1", 4, at=LATER)
    async with store.reading() as tx:
        newer = await instances.find(tx, place.id, "app-1")
        assert await instances.find(tx, place.id, "app-2") is None
        assert await instances.count(tx, place.id) == 1
    assert newer is not None
    assert (newer.revision, newer.loaded_at) == (4, LATER)


async def test_live_are_those_seen_lately_that_have_not_ended(store: Store) -> None:
    """One that said goodbye does not count, nor one that was not seen; one that comes back counts again."""
    place, other = await environment_in(store), await environment_in(store, "shop/test")
    for name, at in (("old", NOW - DAY), ("ended", NOW), ("here", NOW)):
        await reported(store, place.id, name, 1, at=at)
    await reported(store, other.id, "elsewhere", 1)

    async def live() -> list[str]:
        async with store.reading() as tx:
            return [one.name for one in await instances.live(tx, place.id, since=NOW - timedelta(hours=1))]

    async with store.transaction() as tx:
        for name in ("ended", "unknown"):
            await instances.stop(tx, environment_id=place.id, name=name, at=NOW)
    assert await live() == ["here"]
    since, before = NOW - timedelta(hours=1), NOW - timedelta(minutes=1)
    async with store.reading() as reading:
        for ended, count in ((NOW, 1), (before, 2)):
            found = await instances.running(reading, place.id, since=since, ended=ended, revision=1)
            assert found == Running(count, count, 1)
    await reported(store, place.id, "ended", 4)
    assert await live() == ["ended", "here"]
    async with store.reading() as reading:
        assert await instances.running(reading, place.id, since=since, ended=NOW, revision=4) == Running(2, 1, 1)
        assert await instances.running(reading, place.id, since=LATER, ended=NOW, revision=4) == Running(0, 0, 0)


async def test_instances_that_were_not_seen_for_long_are_forgotten(store: Store) -> None:
    """Of this environment alone."""
    place, other = await environment_in(store), await environment_in(store, "shop/test")
    for one in (place, other):
        await reported(store, one.id, "old", 1, at=NOW - DAY)
    await reported(store, place.id, "here", 1)
    async with store.transaction() as tx:
        await instances.forget(tx, place.id, before=NOW)
        assert [await instances.count(tx, one.id) for one in (place, other)] == [1, 1]
