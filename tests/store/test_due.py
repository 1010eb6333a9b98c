"""The due queue: each thing once, leased while it is done, and never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import DueItem, Store, due
from tests.store.facts import NOW

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


async def schedule(store: Store, key: str, *, after: timedelta = timedelta()) -> None:
    """Owe something, committed."""
    async with store.transaction() as tx:
        await due.schedule(tx, kind="card", subject=f"subject of {key}", key=key, due_at=NOW + after)


async def claim(store: Store, *, after: timedelta = timedelta(), limit: int = 10) -> list[DueItem]:
    """What is claimed at that time."""
    async with store.transaction() as tx:
        return await due.claim(tx, now=NOW + after, limit=limit, lease=LEASE)


async def open_items(store: Store) -> int:
    """How many are open."""
    async with store.transaction() as tx:
        return await due.depth(tx)


async def next_due(store: Store) -> float | None:
    """When to look again, in seconds from NOW."""
    async with store.transaction() as tx:
        found = await due.next_due(tx, now=NOW)
    return None if found is None else (found - NOW).total_seconds()


async def test_due_is_a_window(store: Store) -> None:
    """Not before its time; at it, and ever after it until it is done."""
    await schedule(store, "a", after=SECOND)
    assert await claim(store) == []
    (item,) = await claim(store, after=timedelta(days=400))
    assert (item.kind, item.subject, item.key, item.attempts) == ("card", "subject of a", "a", 1)
    assert item.due_at == NOW + SECOND


async def test_a_key_makes_it_once(store: Store) -> None:
    """Scheduled by many at once, later again, and after it was done: there is one item, the first."""
    await asyncio.gather(*(schedule(store, "a") for _ in range(6)))
    (item,) = await claim(store)
    await schedule(store, "a", after=-SECOND)
    async with store.transaction() as tx:
        await due.done(tx, id_=item.id, at=NOW, channel="C1", ts="1.2")
    await schedule(store, "a")
    assert await open_items(store) == 0
    assert await claim(store, after=timedelta(days=1)) == []


async def test_items_are_claimed_oldest_first_and_no_more_than_asked_for(store: Store) -> None:
    """The rest is left for the next."""
    for number in range(5):
        await schedule(store, f"key {number}", after=-number * SECOND)
    assert [item.key for item in await claim(store, limit=2)] == ["key 4", "key 3"]
    assert [item.key for item in await claim(store, limit=9)] == ["key 2", "key 1", "key 0"]


async def test_claims_at_the_same_time_share_the_items(store: Store) -> None:
    """Four runners at once: each item goes to exactly one of them."""
    for number in range(20):
        await schedule(store, f"key {number:02}")
    claims = await asyncio.gather(*(claim(store, limit=8) for _ in range(4)))
    keys = [item.key for items in claims for item in items]
    assert sorted(keys) == [f"key {number:02}" for number in range(20)]


async def test_runners_do_not_wait_for_one_another(postgres_store: Store) -> None:
    """On PostgreSQL a runner skips what another is claiming just now."""
    await schedule(postgres_store, "a")
    await schedule(postgres_store, "b")
    async with postgres_store.transaction() as tx:
        first = await due.claim(tx, now=NOW, limit=1, lease=LEASE)
        async with asyncio.timeout(2):
            second = await claim(postgres_store)
    assert [item.key for item in (*first, *second)] in (["a", "b"], ["b", "a"])


async def test_a_lease_that_ran_out_can_be_claimed_again(store: Store) -> None:
    """Who claimed it died: after the lease another has it, and the attempts count."""
    await schedule(store, "a")
    await claim(store)
    assert await claim(store, after=LEASE - SECOND) == []
    (item,) = await claim(store, after=LEASE)
    assert item.attempts == 2


async def test_a_retry_waits_for_its_time(store: Store) -> None:
    """Given back, it is due again then and not at the end of its lease."""
    await schedule(store, "a")
    (item,) = await claim(store)
    async with store.transaction() as tx:
        await due.retry(tx, id_=item.id, due_at=NOW + 5 * SECOND, reason="SlackApiError" * 100)
    assert await claim(store, after=4 * SECOND) == []
    (again,) = await claim(store, after=5 * SECOND)
    assert (again.id, again.attempts) == (item.id, 2)


async def test_what_is_done_stays_done(store: Store) -> None:
    """A late retry of a runner whose lease ran out does not bring it back."""
    await schedule(store, "a")
    (item,) = await claim(store)
    async with store.transaction() as tx:
        await due.done(tx, id_=item.id, at=NOW)
        await due.retry(tx, id_=item.id, due_at=NOW, reason="late")
        assert not await due.move(tx, key="a", due_at=NOW)
    assert await claim(store, after=timedelta(days=1)) == []


async def test_an_item_moves_earlier_and_later(store: Store) -> None:
    """Also one that is leased: a snooze counts from now on."""
    await schedule(store, "a")
    await claim(store)
    async with store.transaction() as tx:
        assert await due.move(tx, key="a", due_at=NOW + 10 * SECOND)
        assert not await due.move(tx, key="unknown", due_at=NOW)
    assert await claim(store, after=9 * SECOND) == []
    async with store.transaction() as tx:
        await due.move(tx, key="a", due_at=NOW + SECOND)
    assert len(await claim(store, after=SECOND)) == 1


async def test_a_cancelled_item_never_comes(store: Store) -> None:
    """Neither now nor after somebody who was on it says that it is done; its key stays used."""
    await schedule(store, "a", after=SECOND)
    async with store.transaction() as tx:
        await due.cancel(tx, key="a", at=NOW)
        await due.cancel(tx, key="unknown", at=NOW)
    await schedule(store, "a")
    assert await claim(store, after=timedelta(days=1)) == []
    assert await open_items(store) == 0


async def test_next_due_says_when_to_look_again(store: Store) -> None:
    """The soonest open item: its time, or the end of its lease where somebody is on it."""
    assert await next_due(store) is None
    await schedule(store, "later", after=90 * SECOND)
    assert await next_due(store) == 90
    await schedule(store, "now")
    assert await next_due(store) == 0
    (item,) = await claim(store)
    assert await next_due(store) == 60
    async with store.transaction() as tx:
        await due.done(tx, id_=item.id, at=NOW)
    assert await next_due(store) == 90


async def test_many_leased_items_do_not_hide_a_free_one(store: Store) -> None:
    """Next due looks at all of them, not at the oldest only."""
    async with store.transaction() as tx:
        for number in range(60):
            await due.schedule(tx, kind="card", subject="s", key=f"key {number}", due_at=NOW - SECOND)
    await claim(store, limit=60)
    await schedule(store, "free", after=SECOND)
    assert await next_due(store) == 1
    assert await open_items(store) == 61


async def test_what_is_owed_goes_with_its_transaction(store: Store) -> None:
    """Rolled back, nothing is owed."""
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await due.schedule(tx, kind="card", subject="s", key="a", due_at=NOW)
            raise RuntimeError
    assert await open_items(store) == 0


async def test_many_are_found_and_moved_at_once(store: Store) -> None:
    """By their keys; what is done stays as it is, and what is not there is not made."""
    for key in ("a", "b", "c"):
        await schedule(store, key)
    async with store.transaction() as tx:
        await due.cancel(tx, key="b", at=NOW)
        keys = [*(f"x{number}" for number in range(1200)), "a", "b"]
        await due.move_all(tx, dict.fromkeys(keys, NOW + timedelta(days=2)))
        await due.move_all(tx, {})
        found = await due.find_all(tx, keys)
    assert {key: item.due_at for key, item in found.items()} == {"a": NOW + timedelta(days=2), "b": NOW}
    assert [item.key for item in await claim(store)] == ["c"]
