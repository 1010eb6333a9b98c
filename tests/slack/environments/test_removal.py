"""Removing an environment with everything in it, and bringing it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import Environment, environments
from store.certificates import clients
from store.restarts import pending, tokens
from tests.slack import made
from tests.slack.office import ALICE, BOB, ORDERS, PRODUCTION, Json, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "canary-pw-of-a-removal"


async def held(office: Office) -> Json:
    """An environment with a certificate, a pending restart and a token; the question before it is removed."""
    await office.production()
    await office.workspace.command(ALICE, ORDERS, "/cert add")
    await office.modal("Add")
    files = [("bank.pfx", made.container(PASSWORD))]
    await office.fill({"label": "bank", "password": PASSWORD}, files=files)
    await office.posted("waits for a restart*")
    await office.cert("env token")
    return await office.cert(f"env remove {PRODUCTION}")


async def gone(office: Office) -> Environment:
    async with office.desk.store.reading() as tx:
        (removed,) = await environments.removed(tx, channel=ORDERS)
    return removed.environment


async def test_it_asks_and_says_what_goes_with_it(office: Office) -> None:
    """*Keep* keeps it."""
    question = await held(office)
    assert "with everything in it (1 certificate and 1 token)" in shown(question)
    await office.click(question, "environment_keep")
    await office.whispered(text="Nothing was removed")
    assert "bank" in shown(await office.cert("list"))


async def test_it_comes_back_as_it_was(office: Office) -> None:
    """Certificates, tokens and the pending restart; the channel is told both times."""
    await office.click(await held(office), "environment_remove")
    await office.posted("was removed with everything in it, and can be restored until")
    assert "Removed lately: `orders/production`" in shown(await office.cert("env list"))
    assert "No environment belongs to this channel" in shown(await office.cert("list"))
    refused = await office.cert(f"env restore {PRODUCTION}", member=BOB)
    assert "Only an owner of" in shown(refused)
    assert "is back with everything" in shown(await office.cert(f"env restore {PRODUCTION}"))
    await office.posted("*orders/production* is back with everything in it")
    assert "bank" in shown(await office.cert("list"))
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        assert len(await tokens.live(tx, place.id)) == 1
        restart = await pending.of(tx, place.id)
    assert restart is not None
    before = len(office.workspace.messages(ORDERS))

    def reminded() -> bool:
        return any("waits for a restart" in shown(one) for one in office.workspace.messages(ORDERS)[before:])

    await office.days_pass(reminded)


async def test_after_thirty_days_its_keys_are_destroyed(office: Office) -> None:
    """It cannot be restored any more, and no token of it is left."""
    await office.click(await held(office), "environment_remove")
    await office.posted("was removed with everything in it")
    place = await gone(office)
    async with office.desk.store.reading() as tx:
        (version,) = await clients.current(tx, place.id)
    office.workspace.clock.advance(timedelta(days=30, seconds=1))

    async def destroyed() -> bool:
        async with office.desk.store.reading() as tx:
            found = await clients.version(tx, version.id)
            return found is not None and found.purged_at is not None and not await tokens.live(tx, place.id)

    for _ in range(200):
        if await destroyed():
            break
        await office.workspace.clock.sleep(0.05)
    assert await destroyed()
    assert "was removed from this channel lately" in shown(await office.cert(f"env restore {PRODUCTION}"))


async def test_one_that_came_back_keeps_its_keys(office: Office) -> None:
    """Also when the day comes on which they would have been destroyed."""
    await office.click(await held(office), "environment_remove")
    await office.posted("was removed with everything in it")
    await office.cert(f"env restore {PRODUCTION}")
    office.workspace.clock.advance(timedelta(days=31))
    await office.posted("Expir")
    async with office.desk.store.reading() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        (version,) = await clients.current(tx, place.id)
    assert version.purged_at is None


async def test_a_name_that_was_taken_meanwhile(office: Office) -> None:
    """Is a sentence, and nothing is brought back."""
    await office.click(await held(office), "environment_remove")
    await office.posted("was removed with everything in it")
    await office.production()
    assert "orders/production" in shown(await office.cert(f"env restore {PRODUCTION}"))
    assert "bank" not in shown(await office.cert("list"))
