"""A week of an environment in Europe/Berlin, hour by hour: exactly the messages that the schedule promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from store import queue
from tests import making
from tests.flows.world import World, open_world, shown

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)

# What the channel reads, by the clock on its wall; the words are the beginnings of its messages.
PROMISED = """
Mon 10:00  `bank` was added to *orders/production*
Mon 10:00  *orders/production waits for a restart*
Mon 11:00  `far` was added to *orders/production*
Mon 11:00  *orders/production waits for a restart*
Tue 09:00  *orders/production waits for a restart*
Wed 09:00  The client certificate `bank` in *orders/production* *expires in 7 days*
Wed 09:00  *orders/production waits for a restart*
Thu 09:00  *orders/production waits for a restart*
Thu 15:00  `bank` in *orders/production* is pinned to `partner.example` now, by <@U0ALICE>
Thu 15:00  *orders/production waits for a restart*
Fri 09:00  *orders/production waits for a restart*
Sun 09:00  The client certificate `bank` in *orders/production* *expires in 3 days*
Mon 09:00  *1 certificate of this channel expires in the coming months*
Mon 09:00  *orders/production waits for a restart*
"""


@dataclass
class Week:
    """The world, and what was posted into #orders, with the local time at which it was."""

    world: World
    read: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.world.workspace.clock.now()

    async def until(self, moment: datetime) -> None:
        """Let time pass hour by hour, on the hour, and everything that is due then be said."""
        while self.now < moment:
            whole = (self.now + HOUR).replace(minute=0, second=0, microsecond=0)
            self.world.workspace.advance(min(whole, moment) - self.now)
            await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is owed any more, and read what is new."""
        while await self._is_owed():
            pass
        known = {message["ts"] for _, message in self.read}
        for message in self.world.workspace.messages(self.world.orders):
            if message.get("bot_id") and message["ts"] not in known:
                self.read.append((self.now.astimezone(BERLIN), dict(message)))

    async def _is_owed(self) -> bool:
        store = self.world.desk.store
        async with store.transaction() as tx:
            upcoming = [await queue.next_due(tx, now=self.now, lane=lane) for lane in (queue.SAY, queue.LOOK)]
        # What is leased comes up again when its lease is over: until then it is being said.
        return any(one is not None and one <= self.now + timedelta(minutes=5) for one in upcoming)

    @property
    def lines(self) -> list[str]:
        return [f"{at:%a %H:%M}  {message['text'].partition(' (')[0]}" for at, message in self.read]

    def standing(self, words: str) -> list[dict[str, Any]]:
        return [one for one in self.world.workspace.messages(self.world.orders) if words in shown(one)]


@pytest.fixture
async def week(tmp_path: Path) -> AsyncIterator[Week]:
    """It begins on the next Monday but one at ten, so that no run of the test begins it in the middle."""
    async with open_world(tmp_path) as world:
        started = Week(world)
        today = started.now.astimezone(BERLIN).date()
        monday = today + timedelta(days=14 - today.weekday())
        world.workspace.advance(datetime.combine(monday, time(10), BERLIN).astimezone(UTC) - started.now)
        yield started


async def add(week: Week, label: str, days: int) -> None:
    """A certificate that ends at noon so many days later, with a warning that is accepted."""
    world = week.world
    ends = week.now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)
    leaf = making.make(f"{label}.example", starts=week.now - 365 * making.DAY, ends=ends)
    await world.workspace.drop_file(world.alice, world.orders, f"{label}.pfx", making.pfx(leaf))
    offer = await world.sees_privately(world.alice, f"{label}.pfx")
    await world.workspace.click(world.alice, offer["ts"], "upload_unlock")
    view = await world.sees_view(world.alice, "Password")
    values = {"label": {"value": label}, "password": {"value": making.PASSWORD}}
    await world.workspace.submit(world.alice, view["id"], values)
    view = await world.sees_view(world.alice, "Add anyway")
    await world.workspace.submit(world.alice, view["id"], {"password": {"value": making.PASSWORD}})
    await world.sees(f"`{label}` was added")
    await week.settled()


async def test_a_week(week: Week, record_property: Any) -> None:
    """Two changes are one reminder, the fourth calls the owner, a confirmation ends them, a weekend is quiet."""
    world, monday = week.world, week.now
    await world.has_environment()
    await add(week, "bank", 9)
    (first,) = week.standing("restart_done")
    await week.until(monday + HOUR)
    await add(week, "far", 60)
    (again,) = week.standing("restart_done")
    assert again["ts"] != first["ts"], "an hour later, the reminder is posted again below"
    assert "`bank` added" in shown(again)
    assert "`far` added" in shown(again)
    await week.until(monday + timedelta(days=3, hours=1))
    (fourth,) = week.standing("restart_done")
    assert f"<@{world.alice}>: *No restart was confirmed since" in shown(fourth)
    assert not any("No restart was confirmed" in shown(one) for _, one in week.read[:-1])
    await world.workspace.click(world.bob, fourth["ts"], "restart_done")
    await world.sees("confirmed it")
    await week.settled()
    (confirmed,) = week.standing(fourth["ts"])
    assert f"was restarted*: <@{world.bob}> confirmed it" in shown(confirmed)
    await week.until(monday + timedelta(days=3, hours=5))
    await world.workspace.command(world.alice, world.orders, "/cert pin bank partner.example")
    await world.sees("is pinned to")
    await week.settled()
    await week.until(monday + timedelta(days=7))
    record_property("messages", "\n".join(week.lines))
    promised = PROMISED.strip().splitlines()
    assert week.lines[:-2] == promised[:-2]
    # The list is the channel's and the reminder an environment's: due at once, they go out side by side.
    assert sorted(week.lines[-2:]) == sorted(promised[-2:])
    assert len(week.standing("restart_done")) == 1, "older reminders give way to the one that stands"
