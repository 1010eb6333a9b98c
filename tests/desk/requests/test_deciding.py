"""Deciding a request: once, whoever clicks at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import AwaitsApproval, ChangedMeanwhile, RequestEnded
from bot.desk.certificates import versions
from bot.desk.deeds import DEEDS
from bot.desk.environments import environments, settings
from bot.desk.environments.settings import Setting
from bot.desk.opener.pool import Opener
from bot.desk.requests import deciding
from bot.desk.requests.deciding import Decided, Deciding
from store import KeyRing, Request, audit, open_store
from store.certificates import clients
from store.requests import requests
from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url
from tests.desk.everywhere import EVERYBODY, EVERYWHERE
from tests.store.facts import deposited
from tests.today import NOW

__all__ = ["database_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]

CHANNEL, PATH = "C0ORDERS", "orders/production"
ALICE, BOB, CAROL = (Member(f"U0{name}", channels=EVERYWHERE) for name in ("ALICE", "BOB", "CAROL"))
TIMES, SOON = 200, 0.004


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two bots on one database, with a protected environment that holds a certificate."""
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(database_url, ring)) for _ in range(2)]
        one, other = (Desk(store, Opener(), lambda: NOW) for store in stores)
        place = await environments.add(one, ALICE, CHANNEL, PATH)
        async with one.store.transaction() as tx:
            await deposited(tx, place.id, "bank")
        owners = {Setting.OWNERS: (ALICE.id, CAROL.id), Setting.PROTECTED: (settings.YES,)}
        await settings.change(one, ALICE, place.id, owners, people=EVERYBODY)
        yield one, other


async def ask_for_pin(desk: Desk, pin: str) -> Request:
    """Bob asks for a pin; the request."""
    with pytest.raises(AwaitsApproval):
        await versions.pin(desk, BOB, CHANNEL, "bank", pins=pin)
    (waiting,) = await deciding.waiting(desk, CHANNEL, None)
    return waiting.request


async def _withdrawn(desk: Desk, request: Request, *, after: float) -> Decided:
    """An approval looks at more before it decides: it gets some milliseconds ahead, more each time."""
    await asyncio.sleep(after)
    return await deciding.withdraw(desk, Deciding(BOB, request.id, CHANNEL, EVERYBODY))


async def test_approved_and_withdrawn_at_the_same_moment(replicas: tuple[Desk, Desk]) -> None:
    """Two hundred times over two bots: one of both counts, the other reads which, and the pins agree with it."""
    one, other = replicas
    outcomes: Counter[str] = Counter()
    pinned: tuple[str, ...] = ()
    for number in range(TIMES):
        pin = f"p{number}.example"
        request = await ask_for_pin(one, pin)
        first, second = (other, one) if number % 2 else (one, other)
        results = await asyncio.gather(
            deciding.approve(first, DEEDS, Deciding(CAROL, request.id, CHANNEL, EVERYBODY)),
            _withdrawn(second, request, after=number % 10 * SOON),
            return_exceptions=True,
        )
        (decided,) = [found for found in results if isinstance(found, Decided)]
        (refused,) = [found for found in results if not isinstance(found, Decided)]
        assert isinstance(refused, RequestEnded), refused
        assert refused.state == decided.request.state
        outcomes[decided.request.state] += 1
        pinned = (pin,) if decided.request.state == "approved" else pinned
        async with one.store.reading() as tx:
            found = await clients.find(tx, decided.environment.id, "bank")
            kept = await requests.get(tx, request.id)
        assert found is not None
        assert kept == decided.request
        assert found.pins == pinned
    assert sum(outcomes.values()) == TIMES
    assert len(outcomes) == 2, outcomes
    async with one.store.reading() as tx:
        assert (await audit.verify(tx)).ok


async def test_asked_twice_it_waits_once(replicas: tuple[Desk, Desk]) -> None:
    """A second click, or a second delivery of the first, asks for nothing more."""
    one, other = replicas
    first = await ask_for_pin(one, "a.example")
    assert await ask_for_pin(other, "a.example") == first


async def test_what_cannot_be_done_is_not_asked_for(replicas: tuple[Desk, Desk]) -> None:
    """The error is the one of an environment that is not protected, and nothing waits."""
    one, _ = replicas
    (place,) = await environments.listing(one, CHANNEL)
    async with one.store.reading() as tx:
        bank = await clients.find(tx, place.id, "bank")
    assert bank is not None
    with pytest.raises(ChangedMeanwhile):
        await versions.roll_back(one, BOB, CHANNEL, certificate_id=bank.certificate_id, number=1, seen=7)
    assert await deciding.waiting(one, CHANNEL, None) == []
