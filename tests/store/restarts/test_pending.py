"""Pending restarts: collected for an environment, said, put off, confirmed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from store import Change, NotFound, PendingRestart, Store, Transaction, audit, environments
from store.audit import Tag
from store.restarts import pending
from tests.store.facts import ALICE, BOB, LATER, NOW, a_change, an_environment, deposited, environment_in


async def noted(store: Store, environment_id: str, change: Change | None = None) -> PendingRestart:
    """Note a change, committed."""
    async with store.transaction() as tx:
        return await pending.note(tx, environment_id=environment_id, change=change or a_change())


async def test_changes_collect_in_one_pending_restart(store: Store) -> None:
    """The first opens it, the next join it in order; every fact of a change is kept."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        version = await deposited(tx, made.id)
        changes = (
            a_change(version_id=version.id),
            Change("authorities_added", "Root <!channel>", BOB, LATER, count=142),
            Change("removed", "broker", ALICE, LATER),
        )
        for change in changes:
            last = await pending.note(tx, environment_id=made.id, change=change)
    async with store.transaction() as tx:
        assert await pending.of(tx, made.id) == last
        assert await pending.get(tx, last.id) == last
        assert await all_pending(tx) == [last]
    assert last.changes == tuple(replace(one, revision=number) for number, one in enumerate(changes, 1))
    assert (last.opened_at, last.edition, last.occurrence) == (NOW, 3, 0)


async def all_pending(tx: Transaction) -> list[PendingRestart]:
    """The open restarts of every environment that is there, oldest first."""
    every = [one.id for one in await environments.all_(tx)]
    found, count = await pending.pending_in(tx, every, limit=9)
    assert count == len(found)
    return found


async def test_changes_at_the_same_time_open_one(store: Store) -> None:
    """Eight changes noted at once are in one pending restart, each with its own edition."""
    made = await environment_in(store)
    results = await asyncio.gather(*(noted(store, made.id, a_change(f"label {turn}")) for turn in range(8)))
    assert len({one.id for one in results}) == 1
    assert sorted(one.edition for one in results) == list(range(1, 9))
    assert sorted(len(one.changes) for one in results) == list(range(1, 9))


async def test_environments_are_pending_by_themselves(store: Store) -> None:
    """Each has its own; one that was removed is nobody's to restart."""
    one, other = await environment_in(store), await environment_in(store, "orders/test")
    first, second = await noted(store, one.id), await noted(store, other.id, a_change(at=LATER))
    async with store.transaction() as tx:
        assert await all_pending(tx) == [first, second]
        await environments.remove(tx, one.id, by=BOB, at=LATER)
        assert await all_pending(tx) == [second]


async def test_a_confirmed_restart_is_pending_no_more(store: Store) -> None:
    """Who and when are kept; a later change opens a new one."""
    made = await environment_in(store)
    before = await noted(store, made.id)
    async with store.transaction() as tx:
        confirmed = await pending.confirm(tx, restart_id=before.id, by=BOB, at=LATER)
    assert (confirmed.confirmed_by, confirmed.confirmed_at, confirmed.changes) == (BOB, LATER, before.changes)
    assert confirmed.edition == before.edition + 1
    async with store.transaction() as tx:
        assert await pending.of(tx, made.id) is None
        assert await all_pending(tx) == []
        assert await pending.get(tx, before.id) == confirmed
    after = await noted(store, made.id)
    assert after.id != before.id
    assert len(after.changes) == 1


async def test_the_first_confirmation_counts(store: Store) -> None:
    """Several members press Restarted at once: all get the same answer, and it is recorded once."""
    made = await environment_in(store)
    before = await noted(store, made.id)

    async def confirm(member: str) -> PendingRestart:
        async with store.transaction() as tx:
            await pending.get(tx, before.id)  # as a use case does before: what it read must not be believed later
            return await pending.confirm(tx, restart_id=before.id, by=member, at=LATER)

    answers = await asyncio.gather(*(confirm(f"U{turn}") for turn in range(6)))
    assert all(answer == answers[0] for answer in answers)
    async with store.transaction() as tx:
        tags = [event.tag for event in await audit.events(tx)]
    assert tags.count(Tag.RESTART_CONFIRMED) == 1


async def test_a_snooze_is_kept_until_the_reminder_is_said(store: Store) -> None:
    """Who put it off and until when; said again, it is put off no more."""
    made = await environment_in(store)
    before = await noted(store, made.id)
    until = NOW + timedelta(days=1)
    async with store.transaction() as tx:
        snoozed = await pending.snooze(tx, restart_id=before.id, until=until, by=BOB, at=LATER)
    assert (snoozed.snoozed_until, snoozed.snoozed_by, snoozed.edition) == (until, BOB, 2)
    async with store.transaction() as tx:
        early = await pending.record_message(tx, restart_id=before.id, channel="C1", ts="1.1", occurrence=2)
        assert early.snoozed_until == until, "it was put off while that message was on its way"
        said = await pending.record_message(
            tx, restart_id=before.id, channel="C1", ts="1.2", occurrence=3, put_off=until
        )
        assert await pending.get(tx, before.id) == said
        assert (await audit.events(tx))[0].detail == {"until": until.isoformat()}
    assert (said.snoozed_until, said.snoozed_by) == (None, None)
    assert (said.message_channel, said.message_ts, said.occurrence) == ("C1", "1.2", 3)


async def test_a_confirmed_restart_cannot_be_put_off(store: Store) -> None:
    """It stays as it is, and nothing is recorded."""
    made = await environment_in(store)
    before = await noted(store, made.id)
    async with store.transaction() as tx:
        confirmed = await pending.confirm(tx, restart_id=before.id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        assert await pending.snooze(tx, restart_id=before.id, until=LATER, by=ALICE, at=LATER) == confirmed
    async with store.transaction() as tx:
        assert (await audit.events(tx))[0].tag == Tag.RESTART_CONFIRMED


async def test_a_change_and_a_confirmation_at_once_lose_nothing(store: Store) -> None:
    """The change is either in the confirmed restart or pending in a new one."""
    made = await environment_in(store)
    for turn in range(5):
        before = await noted(store, made.id)

        async def confirm(restart_id: str = before.id) -> PendingRestart:
            async with store.transaction() as tx:
                return await pending.confirm(tx, restart_id=restart_id, by=BOB, at=LATER)

        change, confirmed = await asyncio.gather(noted(store, made.id, a_change(f"late {turn}")), confirm())
        async with store.transaction() as tx:
            rest = await pending.of(tx, made.id)
            final = await pending.get(tx, before.id)
        assert final is not None
        assert (change.id == before.id) == (rest is None)
        assert len(final.changes) + (len(rest.changes) if rest else 0) == 2
        assert confirmed.confirmed_at is not None
        if rest:
            async with store.transaction() as tx:
                await pending.confirm(tx, restart_id=rest.id, by=BOB, at=LATER)


async def test_nothing_is_noted_for_a_removed_environment(store: Store) -> None:
    """It has no app to restart."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        await environments.remove(tx, made.id, by=BOB, at=LATER)
    with pytest.raises(NotFound):
        await noted(store, made.id)


async def test_an_unknown_restart_is_not_found(store: Store) -> None:
    """Reading gives None; everything else is refused."""
    async with store.transaction() as tx:
        assert await pending.get(tx, "0" * 32) is None
        with pytest.raises(NotFound):
            await pending.confirm(tx, restart_id="0" * 32, by=BOB, at=LATER)
        with pytest.raises(NotFound):
            await pending.record_message(tx, restart_id="0" * 32, channel="C1", ts="1.2", occurrence=1)
        with pytest.raises(NotFound):
            await pending.forget_message(tx, "0" * 32)


async def test_what_came_after_the_restart_stays_pending(store: Store) -> None:
    """Confirmed with two changes seen, the third is pending in a restart of its own, which begins when it was made."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        for label in ("bank", "tax"):
            await pending.note(tx, environment_id=made.id, change=a_change(label))
        before = await pending.note(tx, environment_id=made.id, change=replace(a_change("late"), at=LATER))
    async with store.transaction() as tx:
        confirmed = await pending.confirm(tx, restart_id=before.id, by=BOB, at=LATER, seen=2)
        rest = await pending.of(tx, made.id)
    assert [one.label for one in confirmed.changes] == ["bank", "tax"]
    assert rest is not None
    assert rest.id != before.id
    assert ([one.label for one in rest.changes], rest.opened_at) == (["late"], LATER)
    async with store.transaction() as tx:
        everything = await pending.confirm(tx, restart_id=rest.id, by=BOB, at=LATER, seen=1)
        assert await pending.of(tx, made.id) is None
    assert len(everything.changes) == 1


async def test_changes_and_answers_at_once_lose_nothing(store: Store) -> None:
    """A change beside a confirmation that leaves something pending: one restart is open, and no change is lost."""
    for turn in range(5):
        async with store.transaction() as tx:
            made = await an_environment(tx, f"app{turn}/production")
            before = await pending.note(tx, environment_id=made.id, change=a_change("first"))
            await pending.note(tx, environment_id=made.id, change=a_change("second"))

        async def confirm(restart_id: str = before.id) -> PendingRestart:
            async with store.transaction() as tx:
                return await pending.confirm(tx, restart_id=restart_id, by=BOB, at=LATER, seen=1)

        _, confirmed = await asyncio.gather(noted(store, made.id, a_change("third")), confirm())
        async with store.transaction() as tx:
            rest = await pending.of(tx, made.id)
        assert rest is not None
        assert [one.label for one in confirmed.changes] == ["first"]
        assert sorted(one.label for one in rest.changes) == ["second", "third"]
