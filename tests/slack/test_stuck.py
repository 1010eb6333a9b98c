"""What cannot be sent: its owners see what, why and what they can do; nobody else does, and nothing waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from bot.workspace.people import BOT_USER, Channel
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
    """Wait until the reminder was tried that often, moving the clock to each next attempt."""

    def refused() -> int:
        return len([one for one in office.workspace.calls if one.error == "not_in_channel" and _reminds(one.arguments)])

    for number in range(times):
        await office.workspace.wait_for(partial(_beyond, refused, number))
        office.workspace.advance(timedelta(minutes=16))


async def _between_attempts(office: Office, member: str) -> str:
    """What `/cert` shows once the attempt that is under way has failed, too."""
    async with asyncio.timeout(10):
        while "Next attempt: <!date" not in (overview := shown(await office.cert(member=member))):
            assert "It is being tried now." in overview
            await asyncio.sleep(0.1)
    return overview


def _beyond(count: Callable[[], int], number: int) -> bool:
    return count() > number


def _reminds(arguments: dict[str, object]) -> bool:
    return "restart_done" in shown(arguments)


async def test_owners_and_admins_see_what_is_stuck(office: Office) -> None:
    """The line says what, why and what to do; after the invitation it comes, and the line is gone."""
    await _uninvited(office)
    await _tried(office, 3)
    for member in (BOB, ALICE):
        overview = await _between_attempts(office, member)
        assert "Could not be sent yet" in overview
        assert "the restart reminder, due since" in overview
        assert f"I am not in <#{ORDERS}>: type `/invite @Certdesk` there." in overview
    assert "Could not be sent yet" not in shown(await office.cert(member="U0CAROL"))
    office.workspace.state.channels[ORDERS].members.add(BOT_USER)
    office.workspace.advance(timedelta(minutes=16))
    await office.posted("waits for a restart*")
    assert "Could not be sent yet" not in shown(await office.cert(member=BOB))


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
