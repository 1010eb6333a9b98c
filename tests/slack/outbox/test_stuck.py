"""What cannot be sent: its owners see what, why and what they can do; nobody else does, and nothing waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.desk.restarts.reminders import reminder_key
from bot.workspace.core.people import BOT_USER, Channel
from store import environments, queue
from store.restarts import pending
from tests.slack import made
from tests.slack.office import ALICE, BOB, ORDERS, Office, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "C0OTHER"


async def _uninvited(office: Office) -> None:
    """Bob's environment waits for a restart, and the bot was taken out of the channel."""
    await office.cert("env add orders/production Europe/Berlin", member=BOB)
    await office.workspace.command(BOB, ORDERS, "/cert add")
    await office.modal(member=BOB)
    office.workspace.state.channels[ORDERS].members.discard(BOT_USER)
    await office.fill({}, member=BOB, files=[("ca.pem", made.bundle("Partner Root"))])


async def _tried(office: Office, times: int) -> None:
    """Wait until the reminder was tried that often and given back, moving the clock to each next attempt."""
    for number in range(1, times + 1):
        async with asyncio.timeout(60):
            while not await _given_back(office, number):  # noqa: ASYNC110  a database announces nothing
                await asyncio.sleep(0.02)
        if number < times:
            office.workspace.advance(timedelta(minutes=16))


async def _given_back(office: Office, attempts: int) -> bool:
    """Whether the next attempt is farther off than a lease lasts, which an attempt that is under way has."""
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        restart = await pending.of(tx, place.id)
        item = await queue.find(tx, reminder_key(restart.id, 1)) if restart else None
    if item is None or item.again_at is None or item.attempts != attempts:
        return False
    return item.again_at > office.desk.clock() + timedelta(minutes=5)


async def test_owners_and_admins_see_what_is_stuck(office: Office) -> None:
    """The line says what, why and what to do; after the invitation it comes, and the line is gone."""
    await _uninvited(office)
    await _tried(office, 3)
    for member in (BOB, ALICE):
        overview = shown(await office.cert(member=member))
        assert "Could not be sent yet" in overview
        assert "the restart reminder, due since" in overview
        assert f"I am not in <#{ORDERS}>: type `/invite @Certdesk` there." in overview
        assert "Next attempt: <!date" in overview
    assert "Could not be sent yet" not in shown(await office.cert(member="U0CAROL"))
    office.workspace.state.channels[ORDERS].members.add(BOT_USER)
    office.workspace.advance(timedelta(minutes=16))
    await office.posted("waits for a restart*")
    # Between Slack's answer and the commit that records it, a reader still sees the message as unsent.
    async with asyncio.timeout(30):
        while "Could not be sent yet" in shown(await office.cert(member=BOB)):  # noqa: ASYNC110  a commit announces nothing
            await asyncio.sleep(0.05)


async def test_what_is_stuck_keeps_nobody_waiting(office: Office) -> None:
    """Another channel's messages come while it is tried in vain."""
    await _uninvited(office)
    other = Channel(OTHER, "other", members={ALICE, BOB, BOT_USER})
    office.workspace.state.channels[OTHER] = other
    await office.cert("env add other/production Europe/Berlin", channel=OTHER)
    await office.workspace.command(ALICE, OTHER, "/cert add")
    await office.modal()
    await office.fill({}, files=[("ca.pem", made.bundle("Other Root"))])
    await office.posted("waits for a restart*", channel=OTHER)
