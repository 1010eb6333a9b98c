"""The due queue: each thing once, leased while it is done, and never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import DueItem, Store, Transaction, queue
from store.operations import metrics
from tests.store.facts import NOW

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


async def schedule(store: Store, key: str, *, after: timedelta = timedelta()) -> None:
    """Owe something, committed."""
    async with store.transaction() as tx:
        await queue.schedule(tx, kind="card", subject=f"subject of {key}", key=key, due_at=NOW + after)


async def claim(store: Store, *, after: timedelta = timedelta(), limit: int = 10) -> list[DueItem]:
    """What is claimed at that time."""
    async with store.transaction() as tx:
        return await queue.claim(tx, now=NOW + after, limit=limit, lease=LEASE)


async def open_items(store: Store) -> int:
    """How many are open."""
    async with store.transaction() as tx:
        return await queue.depth(tx)


async def next_due(store: Store) -> float | None:
    """When to look again, in seconds from NOW."""
    async with store.transaction() as tx:
        found = await queue.next_due(tx, now=NOW)
    return None if found is None else (found - NOW).total_seconds()


async def test_due_is_a_window(store: Store) -> None:
    """Not before its time; at it, and ever after it until it is done."""
    await schedule(store, "a", after=SECOND)
    assert await claim(store) == []
    (item,) = await claim(store, after=timedelta(days=400))
    assert (item.kind, item.subject, item.key, item.attempts) == ("card", "subject of a", "a", 1)
    assert item.due_at == NOW + SECOND


async def test_facts_come_back_as_they_were_given(store: Store) -> None:
    """What is kept with an item is JSON; a second call with the same key does not change it, and none is none."""
    facts = {"days": 30, "by": "U0ALICE", "marks": ["a", "b"], "span": None}
    async with store.transaction() as tx:
        await queue.schedule(tx, kind="card", subject="s", key="a", due_at=NOW, payload=facts)
        await queue.schedule(tx, kind="card", subject="s", key="a", due_at=NOW, payload={"days": 1})
        await queue.schedule(tx, kind="card", subject="s", key="b", due_at=NOW)
    assert {item.key: item.payload for item in await claim(store)} == {"a": facts, "b": None}


async def test_a_key_makes_it_once(store: Store) -> None:
    """Scheduled by many at once, later again, and after it was done: there is one item, the first."""
    await asyncio.gather(*(schedule(store, "a") for _ in range(6)))
    (item,) = await claim(store)
    await schedule(store, "a", after=-SECOND)
    async with store.transaction() as tx:
        await queue.done(tx, id_=item.id, at=NOW, channel="C1", ts="1.2")
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
        first = await queue.claim(tx, now=NOW, limit=1, lease=LEASE)
        async with asyncio.timeout(20):
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
        await queue.retry(tx, id_=item.id, due_at=NOW + 5 * SECOND, reason="SlackApiError" * 100)
    assert await claim(store, after=4 * SECOND) == []
    (again,) = await claim(store, after=5 * SECOND)
    assert (again.id, again.attempts) == (item.id, 2)


async def test_what_is_done_stays_done(store: Store) -> None:
    """A late retry of a runner whose lease ran out does not bring it back."""
    await schedule(store, "a")
    (item,) = await claim(store)
    async with store.transaction() as tx:
        await queue.done(tx, id_=item.id, at=NOW)
        await queue.retry(tx, id_=item.id, due_at=NOW, reason="late")
        assert not await queue.move(tx, key="a", due_at=NOW)
    assert await claim(store, after=timedelta(days=1)) == []


async def test_an_item_moves_earlier_and_later(store: Store) -> None:
    """Also one that was given back: a snooze counts from now on."""
    await schedule(store, "a")
    (item,) = await claim(store)
    async with store.transaction() as tx:
        await queue.retry(tx, id_=item.id, due_at=NOW + 5 * SECOND, reason="later", sure=True)
    async with store.transaction() as tx:
        assert await queue.move(tx, key="a", due_at=NOW + 10 * SECOND)
        assert not await queue.move(tx, key="unknown", due_at=NOW)
    assert await claim(store, after=9 * SECOND) == []
    async with store.transaction() as tx:
        await queue.move(tx, key="a", due_at=NOW + SECOND)
    assert len(await claim(store, after=SECOND)) == 1


async def test_what_may_have_been_done_is_neither_moved_nor_dropped(store: Store) -> None:
    """Somebody is at it, or was and nobody knows: it stays where it is until that is found out."""
    await schedule(store, "a")
    (item,) = await claim(store)
    for again in (LEASE, LEASE + 5 * SECOND):
        async with store.transaction() as tx:
            assert await queue.move(tx, key="a", due_at=NOW + timedelta(days=1))
            await queue.move_all(tx, {"a": NOW + timedelta(days=1)})
            await queue.cancel(tx, key="a", at=NOW)
        assert await claim(store, after=again - SECOND) == []
        (item,) = await claim(store, after=again)
        assert item.unsure_since == NOW
        async with store.transaction() as tx:
            await queue.retry(tx, id_=item.id, due_at=NOW + LEASE + 5 * SECOND, reason="no_answer", sure=False)


async def test_a_cancelled_item_never_comes(store: Store) -> None:
    """Neither now nor after somebody who was on it says that it is done; its key stays used."""
    await schedule(store, "a", after=SECOND)
    async with store.transaction() as tx:
        await queue.cancel(tx, key="a", at=NOW)
        await queue.cancel(tx, key="unknown", at=NOW)
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
        await queue.done(tx, id_=item.id, at=NOW)
    assert await next_due(store) == 90


async def test_many_leased_items_do_not_hide_a_free_one(store: Store) -> None:
    """Next due looks at all of them, not at the oldest only."""
    async with store.transaction() as tx:
        for number in range(60):
            await queue.schedule(tx, kind="card", subject="s", key=f"key {number}", due_at=NOW - SECOND)
    await claim(store, limit=60)
    await schedule(store, "free", after=SECOND)
    assert await next_due(store) == 1
    assert await open_items(store) == 61


async def test_what_is_owed_goes_with_its_transaction(store: Store) -> None:
    """Rolled back, nothing is owed."""
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await queue.schedule(tx, kind="card", subject="s", key="a", due_at=NOW)
            raise RuntimeError
    assert await open_items(store) == 0


async def test_many_are_found_and_moved_at_once(store: Store) -> None:
    """By their keys; what is done stays as it is, and what is not there is not made."""
    for key in ("a", "b", "c"):
        await schedule(store, key)
    async with store.transaction() as tx:
        await queue.cancel(tx, key="b", at=NOW)
        keys = [*(f"x{number}" for number in range(1200)), "a", "b"]
        await queue.move_all(tx, dict.fromkeys(keys, NOW + timedelta(days=2)))
        await queue.move_all(tx, {})
        found = await queue.find_all(tx, keys)
    assert {key: item.due_at for key, item in found.items()} == {"a": NOW + timedelta(days=2), "b": NOW}
    assert [item.key for item in await claim(store)] == ["c"]


async def test_a_retry_keeps_since_when_it_is_due(store: Store) -> None:
    """However often: the lag tells of it, and it says when it is tried again."""
    await schedule(store, "a")
    for number in range(queue.STUCK_AFTER):
        (item,) = await claim(store, after=number * SECOND)
        async with store.transaction() as tx:
            await queue.retry(tx, id_=item.id, due_at=NOW + (number + 1) * SECOND, reason="slack:is_archived")
    async with store.transaction() as tx:
        found = await queue.get(tx, item.id)
    assert found is not None
    assert (found.due_at, found.again_at) == (NOW, NOW + queue.STUCK_AFTER * SECOND)
    assert (found.attempts, found.reason) == (queue.STUCK_AFTER, "slack:is_archived")


async def test_what_is_held_keeps_its_place(store: Store) -> None:
    """Untried, it comes again before what became due later, and no attempt is counted."""
    await schedule(store, "first")
    await schedule(store, "second", after=SECOND)
    (item,) = await claim(store)
    async with store.transaction() as tx:
        await queue.hold(tx, id_=item.id, until=NOW + 5 * SECOND, sure=True)
    assert [one.key for one in await claim(store, after=4 * SECOND, limit=1)] == ["second"]
    async with store.transaction() as tx:
        await queue.hold(tx, id_=(await _by_key(tx, "second")).id, until=NOW, sure=True)
    again = await claim(store, after=5 * SECOND)
    assert [(one.key, one.attempts, one.unsure_since) for one in again] == [("first", 1, None), ("second", 1, None)]


async def test_doubt_lasts_until_somebody_is_sure(store: Store) -> None:
    """It begins with the first attempt that nobody knows the end of, and further ones do not move it."""
    await schedule(store, "a")
    for number in range(3):
        (item,) = await claim(store, after=number * SECOND)
        assert item.unsure_since == (NOW if number else None)
        async with store.transaction() as tx:
            await queue.retry(tx, id_=item.id, due_at=NOW, reason="no_answer")
    async with store.transaction() as tx:
        await queue.retry(tx, id_=item.id, due_at=NOW, reason="refused", sure=True)
    (item,) = await claim(store, after=9 * SECOND)
    assert item.unsure_since is None


async def test_only_what_was_tried_often_is_stuck(store: Store) -> None:
    """Of the environments that are asked for, whatever the lane."""
    async with store.transaction() as tx:
        for place, lane in (("e1", queue.SAY), ("e1", queue.LOOK), ("e2", queue.SAY)):
            key = f"{place}:{lane}"
            await queue.schedule(tx, kind="card", subject="s", key=key, due_at=NOW, lane=lane, environment_id=place)
        for _ in range(queue.STUCK_AFTER):
            for lane in (queue.SAY, queue.LOOK):
                await queue.claim(tx, now=NOW, limit=9, lease=timedelta(), lane=lane)
        await queue.schedule(tx, kind="card", subject="s", key="fresh", due_at=NOW, environment_id="e1")
        await queue.done(tx, id_=(await _by_key(tx, "e1:look")).id, at=NOW)
        stuck = await queue.stuck(tx, environment_ids=["e1"], now=NOW)
        assert [one.key for one in stuck] == ["e1:say"]
        assert (await metrics.measure(tx, now=NOW, bounds=[SECOND])).stuck == 2


async def _by_key(tx: Transaction, key: str) -> DueItem:
    item = await queue.find(tx, key)
    assert item is not None
    return item
