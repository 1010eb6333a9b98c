"""What a test of calendars asks of an office: a certificate that waits, the clock at a time of day, what is planned."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from store import environments, queue
from store.restarts import pending
from tests.slack import made
from tests.slack.office import ALICE, ORDERS, Json, Office, buttons

BERLIN = ZoneInfo("Europe/Berlin")


async def waiting(office: Office) -> Json:
    """Something in orders/production that the app has not loaded; the reminder of it."""
    await changed(office)
    return await office.posted("waits for a restart*")


async def changed(office: Office, name: str = "Partner Root", *, channel: str = ORDERS) -> None:
    """An authority more in the channel's environment."""
    await office.workspace.command(ALICE, channel, "/cert add")
    await office.modal("Add")
    assert (await office.fill({}, files=[("ca.pem", made.bundle(name))])).action == "clear"
    await office.posted(f"`{name}`", channel=channel)


def reminders(office: Office) -> list[Json]:
    """The reminders that stand."""
    return [message for message in office.workspace.messages(ORDERS) if "restart_done" in buttons(message)]


async def planned(office: Office) -> datetime:
    """When the next reminder comes; waits until what is due by now was said, and that is written down."""
    async with asyncio.timeout(30):
        while True:
            async with office.desk.store.transaction() as tx:
                (place,) = await environments.bound_to(tx, ORDERS)
                restart = await pending.of(tx, place.id)
                key = f"restart:{restart.id}:{restart.occurrence + 1}" if restart else ""
                item = await queue.find(tx, key)
            if item is not None and item.due_at > office.workspace.clock.now():
                return item.due_at
            await asyncio.sleep(0.02)


def move_to(office: Office, moment: datetime) -> None:
    """Move the clock forward to then."""
    office.workspace.advance(moment - office.workspace.clock.now())


def next_at(office: Office, weekday: int, clock: str) -> datetime:
    """The next such day of the week (Monday is 0) at that time of day in Berlin."""
    day = office.workspace.clock.now().astimezone(BERLIN).date() + timedelta(days=1)
    while day.weekday() != weekday:
        day += timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(clock), BERLIN).astimezone(UTC)
