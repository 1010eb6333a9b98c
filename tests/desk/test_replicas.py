"""Two desks on one database, as two replicas of the bot are: what people do at once, some order explains."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import ChangedMeanwhile, EnvironmentGone, NoVersion, PinInUse, UnknownLabel
from bot.desk.certificates import versions
from bot.desk.deposit import deposits
from bot.desk.deposit.outcomes import AsksAgain, Deposited, DepositRequest
from bot.desk.environments import environments
from bot.desk.opener.pool import Opener
from bot.desk.restarts.pending import confirm, find
from store import KeyRing, audit, open_store, queue, uploads
from store.certificates import clients
from store.restarts import pending
from tests import making
from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url
from tests.desk.everywhere import EVERYWHERE
from tests.store.replaying import told
from tests.today import NOW

__all__ = ["database_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]

OPERATIONS = 200
CHANNEL, PATH = "C0ORDERS", "orders/production"
ALICE = Member("U0ALICE", channels=EVERYWHERE)
LABELS, PINS = ("bank", "tax", "shop"), ("a.example", "b.example", "c.example")
CONFLICTS = (ChangedMeanwhile, PinInUse, NoVersion, UnknownLabel, EnvironmentGone)


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with AsyncExitStack() as stack:
        opener = await stack.enter_async_context(Opener())
        stores = [await stack.enter_async_context(open_store(database_url, ring)) for _ in range(2)]
        one, other = (Desk(store, opener, lambda: NOW) for store in stores)
        await environments.add(one, ALICE, CHANNEL, PATH)
        yield one, other


async def deposit(desk: Desk, chance: random.Random) -> None:
    label, name = chance.choice(LABELS), f"client-{chance.random()}"
    root = making.make("Root", ca=True)
    leaf = making.make(name, root)
    data = making.pfx(leaf, [root])
    async with desk.store.transaction() as tx:
        upload = await uploads.ask(tx, channel=CHANNEL, member=ALICE.id, at=NOW)
    (place,) = await environments.listing(desk, CHANNEL)

    async def fetch() -> list[bytes]:
        return [data]

    request = DepositRequest(upload.id, ALICE, place.id, label=label, password=SecretStr(making.PASSWORD))
    outcome = await deposits.deposit(desk, request, fetch)
    if isinstance(outcome, AsksAgain):
        accepted = frozenset(one.code for one in outcome.report.warnings)
        again = DepositRequest(upload.id, ALICE, place.id, label, "", request.password, accepted)
        outcome = await deposits.deposit(desk, again, fetch)
    assert isinstance(outcome, Deposited | AsksAgain), outcome


async def roll_back(desk: Desk, chance: random.Random) -> None:
    proposal = await versions.propose_rollback(desk, ALICE, CHANNEL, chance.choice(LABELS), number=None)
    await versions.roll_back(
        desk,
        ALICE,
        CHANNEL,
        certificate_id=proposal.current.certificate_id,
        number=proposal.wanted.number,
        seen=proposal.current.number,
    )


async def pin(desk: Desk, chance: random.Random) -> None:
    await versions.pin(desk, ALICE, CHANNEL, chance.choice(LABELS), pins=chance.choice(PINS))


async def confirm_it(desk: Desk, _: random.Random) -> None:
    found = await find(desk, CHANNEL)
    if found.restart is not None:
        await confirm(desk, found.restart.id, ALICE)


WORK: tuple[Callable[[Desk, random.Random], Awaitable[None]], ...] = (deposit, roll_back, pin, confirm_it)


async def test_two_hundred_things_at_once(replicas: tuple[Desk, Desk]) -> None:
    """Deposits, rollbacks, pins and confirmations over both: the trail's order leads to the end that is there.

    A conflict is an error that the desk has a sentence for, nobody waits in a circle, and what is owed stands once.
    """
    one, _ = replicas
    for number, label in enumerate(LABELS):
        await deposit(one, _Fixed(label, number))
    chance = random.Random(9)  # noqa: S311  repeatable, not secret
    jobs = [
        chance.choice(WORK)(replicas[number % 2], random.Random(number))  # noqa: S311  the same
        for number in range(OPERATIONS)
    ]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    counted = Counter(type(result).__name__ for result in results if result is not None)
    assert all(result is None or isinstance(result, CONFLICTS) for result in results), counted
    (place,) = await environments.listing(one, CHANNEL)
    async with one.store.transaction() as tx:
        assert (await audit.verify(tx)).ok
        story = await told(tx)
        current = await clients.current(tx, place.id)
        open_restarts, _ = await pending.pending_in(tx, [place.id], limit=9)
        owed = await queue.depth(tx)
    assert story.strange == []
    assert {version.certificate_id: version.number for version in current} == story.current
    pinned = [pin for version in current for pin in version.pins]
    assert len(pinned) == len(set(pinned))
    assert len(open_restarts) <= 1
    assert story.confirmed > 0
    assert owed > 0


class _Fixed(random.Random):
    """Chooses one label, whatever it is asked."""

    def __init__(self, label: str, seed: int) -> None:
        super().__init__(seed)
        self._label = label

    def choice(self, seq: object) -> str:  # type: ignore[override]  # one answer to every question
        return self._label
