"""Versions that come back: rolling back, restoring, pinning, purging."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import LabelTaken, NotFound, Outdated, PinTaken, Purged, Store, Version, audit
from store.audit import Tag
from store.certificates import clients, versions
from store.models import VersionRow
from tests.store.facts import ALICE, BOB, LATER, NOW, a_version, an_environment, deposited, environment_in


async def two(store: Store, *, pins: tuple[str, ...] = ()) -> tuple[Version, Version]:
    """Two versions under one label, committed."""
    async with store.transaction() as tx:
        made = await an_environment(tx)
        first = await deposited(tx, made.id, "bank", pins=pins)
        return first, await deposited(tx, made.id, "bank", pins=pins, new=a_version("renewed"))


async def test_rolling_back_turns_the_pointer(store: Store) -> None:
    """The older version is current again, its key opens, and the next deposit gets a number of its own."""
    first, second = await two(store)
    async with store.transaction() as tx:
        back = await versions.roll_back(
            tx, certificate_id=first.certificate_id, number=1, seen=second.number, by=BOB, at=LATER
        )
        assert (back.id, back.current) == (first.id, True)
        assert await clients.current(tx, first.environment_id) == [back]
        assert await clients.fingerprints(tx, first.environment_id) == {first.sha256}
        await clients.reveal(tx, version_id=first.id, by=BOB, at=LATER, why="test")
        third = await deposited(tx, first.environment_id, "bank", new=a_version("third"))
    assert (third.number, third.replaced) == (3, 1)
    async with store.transaction() as tx:
        history = await clients.history(tx, first.certificate_id)
        assert [(one.number, one.current) for one in history] == [(3, True), (2, False), (1, False)]
        tags = [event.tag for event in await audit.events(tx)]
    assert Tag.CERTIFICATE_ROLLED_BACK in tags


async def test_a_rollback_that_was_decided_on_old_news_is_refused(store: Store) -> None:
    """Who saw version 2 as current, and finds another, is told which."""
    first, _ = await two(store)
    async with store.transaction() as tx:
        await deposited(tx, first.environment_id, "bank", new=a_version("third"))
    with pytest.raises(Outdated) as caught:
        async with store.transaction() as tx:
            await versions.roll_back(tx, certificate_id=first.certificate_id, number=1, seen=2, by=BOB, at=LATER)
    assert caught.value.current == 3


async def test_what_is_not_there_cannot_come_back(store: Store) -> None:
    """A number that never was, and a certificate that was removed, are not found."""
    first, _ = await two(store)
    async with store.transaction() as tx:
        with pytest.raises(NotFound):
            await versions.roll_back(tx, certificate_id=first.certificate_id, number=9, by=BOB, at=LATER)
        with pytest.raises(NotFound):
            await versions.restore(tx, certificate_id=first.certificate_id, by=BOB, at=LATER)
        await clients.remove(tx, certificate_id=first.certificate_id, by=BOB, at=LATER)
        with pytest.raises(NotFound):
            await versions.roll_back(tx, certificate_id=first.certificate_id, number=1, by=BOB, at=LATER)


async def test_what_was_removed_comes_back_with_its_pins(store: Store) -> None:
    """The version that was current is current again, and has the pins that it had."""
    first, second = await two(store, pins=("partner.example", "Module.Service"))
    async with store.transaction() as tx:
        await versions.roll_back(tx, certificate_id=first.certificate_id, number=1, by=BOB, at=NOW)
        gone = await clients.remove(tx, certificate_id=first.certificate_id, by=BOB, at=NOW)
        assert gone.id == first.id
        assert [one.id for one in await versions.removed(tx, first.environment_id)] == [first.id]
    async with store.transaction() as tx:
        back = await versions.restore(tx, certificate_id=second.certificate_id, by=ALICE, at=LATER)
        assert await versions.removed(tx, first.environment_id) == []
    assert (back.id, back.pins, back.removed_at) == (first.id, ("Module.Service", "partner.example"), None)


async def test_what_found_another_owner_stays_away(store: Store) -> None:
    """A label or a pin that was given away meanwhile stops the restoring, and nothing is half done."""
    first, _ = await two(store, pins=("partner.example",))
    async with store.transaction() as tx:
        await clients.remove(tx, certificate_id=first.certificate_id, by=BOB, at=NOW)
        other = await deposited(tx, first.environment_id, "other", pins=("partner.example",))
    with pytest.raises(PinTaken):
        async with store.transaction() as tx:
            await versions.restore(tx, certificate_id=first.certificate_id, by=BOB, at=LATER)
    async with store.transaction() as tx:
        await versions.set_pins(tx, certificate_id=other.certificate_id, pins=(), by=BOB, at=LATER)
        await deposited(tx, first.environment_id, "bank", new=a_version("usurper"))
    with pytest.raises(LabelTaken):
        async with store.transaction() as tx:
            await versions.restore(tx, certificate_id=first.certificate_id, by=BOB, at=LATER)


async def test_a_pin_moves_from_one_to_another(store: Store) -> None:
    """Pins can be changed without a deposit; one that is taken is refused, with its owner."""
    first, _ = await two(store, pins=("partner.example",))
    async with store.transaction() as tx:
        other = await deposited(tx, first.environment_id, "other")
        with pytest.raises(PinTaken) as caught:
            await versions.set_pins(
                tx, certificate_id=other.certificate_id, pins=("partner.example",), by=BOB, at=LATER
            )
        assert caught.value.label == "bank"
        await versions.set_pins(tx, certificate_id=first.certificate_id, pins=("free.example",), by=BOB, at=LATER)
        moved = await versions.set_pins(
            tx, certificate_id=other.certificate_id, pins=("partner.example",), by=BOB, at=LATER
        )
    assert moved.pins == ("partner.example",)


async def test_a_purge_destroys_the_key_and_nothing_else(store: Store) -> None:
    """What was removed long enough ago loses its sealed keys, every version of it; what is public stays."""
    first, second = await two(store)
    async with store.transaction() as tx:
        kept = await deposited(tx, first.environment_id, "kept")
        await clients.remove(tx, certificate_id=first.certificate_id, by=BOB, at=NOW)
    async with store.transaction() as tx:
        assert await versions.purge(tx, before=NOW, by="cli", at=LATER) == 0
        assert await versions.purge(tx, before=NOW + timedelta(seconds=1), by="cli", at=LATER) == 2
        assert await versions.purge(tx, before=NOW + timedelta(seconds=1), by="cli", at=LATER) == 0
    async with store.transaction() as tx:
        for purged in (first, second):
            row = await tx.session.get_one(VersionRow, purged.id)
            assert (row.key_id, row.wrapped_key, row.sealed_key) == ("", b"", b"")
            with pytest.raises(Purged):
                await clients.reveal(tx, version_id=purged.id, by=BOB, at=LATER, why="test")
        with pytest.raises(Purged):
            await versions.restore(tx, certificate_id=first.certificate_id, by=BOB, at=LATER)
        assert (await clients.version(tx, first.id)) is not None
        await clients.reveal(tx, version_id=kept.id, by=BOB, at=LATER, why="test")
        assert (await audit.verify(tx)).ok


async def test_concurrent_changes_have_one_outcome(store: Store) -> None:
    """Rollbacks, deposits, pins and a removal at once end as some order of them would, or with a clean conflict."""
    first, _ = await two(store, pins=("partner.example",))
    place = first.environment_id

    async def roll(number: int) -> object:
        async with store.transaction() as tx:
            return await versions.roll_back(
                tx, certificate_id=first.certificate_id, number=number, seen=2, by=BOB, at=LATER
            )

    async def pin(label: str) -> object:
        async with store.transaction() as tx:
            found = await clients.find(tx, place, label)
            assert found is not None
            return await versions.set_pins(
                tx, certificate_id=found.certificate_id, pins=("new.example",), by=BOB, at=LATER
            )

    async def deposit(name: str) -> object:
        async with store.transaction() as tx:
            return await deposited(tx, place, "bank", new=a_version(name))

    async with store.transaction() as tx:
        await deposited(tx, place, "other")
    work = [roll(1), roll(1), pin("bank"), pin("other"), deposit("x"), deposit("y")]
    results = await asyncio.gather(*work, return_exceptions=True)
    assert all(isinstance(one, Version | Outdated | PinTaken) for one in results), results
    assert sum(isinstance(one, PinTaken) for one in results) <= 1
    async with store.transaction() as tx:
        history = await clients.history(tx, first.certificate_id)
        assert [one.number for one in history] == [4, 3, 2, 1]
        assert sum(one.current for one in history) == 1
        assert (await audit.verify(tx)).ok


async def test_environments_do_not_see_each_other(store: Store) -> None:
    """The same label and pin in two environments are two things."""
    one, other = await environment_in(store), await environment_in(store, "shop/test")
    async with store.transaction() as tx:
        await deposited(tx, one.id, "bank", pins=("partner.example",))
        await deposited(tx, other.id, "bank", pins=("partner.example",))
        assert len(await clients.current(tx, one.id)) == 1
