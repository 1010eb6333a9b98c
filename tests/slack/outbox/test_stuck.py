"""What cannot be sent: its owners see what, why and what they can do; nobody else does, and nothing waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.desk.environments.ownerless import OWNERLESS
from bot.desk.restarts.reminders import reminder_key
from bot.workspace.core.people import BOT_USER, Channel
from store import DueItem, environments, queue
from store.restarts import pending
from tests.slack import made
from tests.slack.office import ALICE, BOB, DAVE, ORDERS, Json, Office, shown

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


async def test_a_channel_in_which_only_some_may_post(office: Office) -> None:
    """After one attempt the owner reads what to do; a day later it is tried again, and no sooner."""
    office.workspace.faults.fail("chat.postMessage", error="restricted_action_read_only_channel")
    await office.cert("env add orders/production Europe/Berlin", member=BOB)
    await office.workspace.command(BOB, ORDERS, "/cert add")
    await office.modal(member=BOB)
    await office.fill({}, member=BOB, files=[("ca.pem", made.bundle("Partner Root"))])
    await office.posted("waits for a restart*")
    overview = shown(await office.cert(member=BOB))
    assert f"Slack lets only some people post in <#{ORDERS}>" in overview
    assert not await _cards(office)
    office.workspace.advance(timedelta(hours=23))
    assert not await _cards(office)
    office.workspace.advance(timedelta(hours=2))
    await office.workspace.wait_for(lambda: any("`Partner Root`" in shown(one) for one in _without_buttons(office)))


def _without_buttons(office: Office) -> list[Json]:
    return [one for one in office.workspace.messages(ORDERS) if "restart_done" not in shown(one)]


async def _cards(office: Office) -> list[Json]:
    await office.tracker.wait(5)
    return [one for one in _without_buttons(office) if "`Partner Root`" in shown(one)]


async def test_whom_nobody_can_reach_is_told_nothing(office: Office) -> None:
    """A message to one person who has left is tried once more after a week, and never again; owners see why."""
    await office.production()
    office.workspace.faults.fail("chat.postMessage", error="user_disabled", times=2)
    async with office.desk.store.transaction() as tx:
        (place,) = await environments.bound_to(tx, ORDERS)
        payload = {"told": DAVE}
        now = office.desk.clock()
        await OWNERLESS.schedule(tx, place.id, key="to-nobody", at=now, environment_id=place.id, payload=payload)
    office.desk.nudge.set()

    async def item() -> DueItem:
        async with office.desk.store.reading() as tx:
            found = await queue.find(tx, "to-nobody")
        assert found is not None
        return found

    async with asyncio.timeout(30):
        while (await item()).reason is None:  # noqa: ASYNC110  a database announces nothing
            await asyncio.sleep(0.02)
    assert "cannot be reached in Slack any more" in shown(await office.cert())
    office.workspace.advance(timedelta(days=6))
    assert (await item()).done_at is None
    office.workspace.advance(timedelta(days=2))
    async with asyncio.timeout(30):
        while (await item()).done_at is None:  # noqa: ASYNC110  a database announces nothing
            await asyncio.sleep(0.02)
    assert office.workspace.faults.planned("chat.postMessage") == 0
    assert "cannot be reached" not in shown(await office.cert())


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
