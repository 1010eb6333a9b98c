"""Two replicas on one database: whatever they do at once, some order of it explains the end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from store import KeyRing, NotFound, Outdated, PinTaken, Store, audit, open_store
from store.certificates import clients, versions
from store.restarts import pending
from tests.store.facts import ALICE, BOB, LATER, a_change, a_version, an_environment, deposited
from tests.store.replaying import told

OPERATIONS = 200
LABELS = ("bank", "tax", "shop")
PINS = ("a.example", "b.example", "c.example")
CONFLICTS = (Outdated, PinTaken, NotFound)


async def deposit(store: Store, place: str, chance: random.Random) -> None:
    label = chance.choice(LABELS)
    async with store.transaction() as tx:
        found = await clients.find(tx, place, label)
        version = await deposited(
            tx, place, label, pins=found.pins if found else (), new=a_version(f"{label} {chance.random()}")
        )
        await pending.note(tx, environment_id=place, change=a_change(label, version_id=version.id))


async def roll_back(store: Store, place: str, chance: random.Random) -> None:
    async with store.transaction() as tx:
        seen = await clients.find(tx, place, chance.choice(LABELS))
    if seen is None:
        return
    async with store.transaction() as tx:
        await versions.roll_back(
            tx,
            certificate_id=seen.certificate_id,
            number=chance.randint(1, seen.number),
            seen=seen.number,
            by=BOB,
            at=LATER,
        )


async def pin(store: Store, place: str, chance: random.Random) -> None:
    async with store.transaction() as tx:
        seen = await clients.find(tx, place, chance.choice(LABELS))
        if seen is not None:
            wanted = chance.sample(PINS, 1)
            await versions.set_pins(tx, certificate_id=seen.certificate_id, pins=wanted, by=BOB, at=LATER)


async def confirm(store: Store, place: str, _: random.Random) -> None:
    async with store.transaction() as tx:
        waiting = await pending.of(tx, place)
        if waiting is not None:
            await pending.confirm(tx, restart_id=waiting.id, by=ALICE, at=LATER)


WORK: tuple[Callable[[Store, str, random.Random], Awaitable[None]], ...] = (deposit, roll_back, pin, confirm)


async def test_two_replicas_at_once(database_url: str, ring: KeyRing) -> None:
    """200 deposits, rollbacks, pins and confirmations: the end is what the trail's order says, and the trail is whole.

    A conflict is a clean refusal: nothing of it is there. On SQLite the replicas are two users of one file.
    """
    async with open_store(database_url, ring) as one, open_store(database_url, ring) as other:
        async with one.transaction() as tx:
            place = await an_environment(tx)
            for label in LABELS:
                await deposited(tx, place.id, label)
        chance = random.Random(4)  # noqa: S311  repeatable, not secret
        jobs = [
            chance.choice(WORK)((one, other)[number % 2], place.id, random.Random(number))  # noqa: S311  the same
            for number in range(OPERATIONS)
        ]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        kinds = Counter(type(result).__name__ for result in results if result is not None)
        assert all(result is None or isinstance(result, CONFLICTS) for result in results), kinds
        async with one.transaction() as tx:
            verdict = await audit.verify(tx)
            story = await told(tx)
            current = {version.label: version for version in await clients.current(tx, place.id)}
            numbers = {
                label: [v.number for v in await clients.history(tx, version.certificate_id)]
                for label, version in current.items()
            }
        assert verdict.ok
        assert story.strange == []
        assert {version.certificate_id: version.number for version in current.values()} == story.current
        assert all(several == list(range(len(several), 0, -1)) for several in numbers.values())
        pinned = [pin for version in current.values() for pin in version.pins]
        assert len(pinned) == len(set(pinned)), "a pin has two owners"
        assert story.confirmed > 0
