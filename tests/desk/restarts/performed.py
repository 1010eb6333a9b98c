"""A desk whose app runs in a stand-in of a cloud, and a clock that is moved to whatever is due next: no waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.desk.base.desk import Desk, Member
from bot.desk.environments import environments
from bot.desk.kinds import KINDS
from bot.desk.opener.pool import Opener
from bot.desk.outbox.results import Receipt
from bot.desk.outbox.runner import run_once
from bot.desk.restarts import connections, performing
from bot.desk.restarts.alarms import Alarm, AlarmRetired
from bot.desk.restarts.performer import Performer
from bot.desk.restarts.progress import Progress
from bot.desk.restarts.steps import Pace
from bot.platforms import open_session, restart_platforms
from bot.workspace.deploy_api import DeployApi
from store import Change, DueItem, Environment, KeyRing, PerformedRestart, open_store, queue
from store.restarts import pending, runs
from tests.desk.everywhere import EVERYWHERE

ALICE = Member("U0ALICE", channels=EVERYWHERE)
CHANNEL, PATH, API_KEY = "C0ORDERS", "orders/production", "canary-of-an-api-key"
HANG_SECONDS = 0.5


@dataclass
class Clock:
    """A clock that goes where it is put."""

    moment: datetime = datetime(2026, 11, 27, 16, 55, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@dataclass
class Said:
    """Keeps what was said instead of saying it."""

    deliveries: list[Any] = field(default_factory=list)

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        self.deliveries.append(facts)
        return Receipt(CHANNEL, f"{len(self.deliveries)}.0")

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        return None

    def posted(self) -> list[Progress]:
        """Messages of runs that were posted, not changed."""
        return [one for one in self.deliveries if isinstance(one, Progress) and one.standing is None]

    def retired(self) -> list[AlarmRetired]:
        return [one for one in self.deliveries if isinstance(one, AlarmRetired)]

    def alarms(self) -> list[Alarm]:
        return [one for one in self.deliveries if isinstance(one, Alarm)]


@dataclass
class Practice:
    """A desk with one connected environment."""

    desk: Desk
    cloud: DeployApi
    clock: Clock
    place: Environment
    said: Said = field(default_factory=Said)
    pace: Pace = field(default_factory=Pace)

    async def change(self, label: str = "bank") -> None:
        """Something is changed that the app has not loaded."""
        async with self.desk.store.transaction() as tx:
            await pending.note(
                tx, environment_id=self.place.id, change=Change("deposited", label, ALICE.id, self.clock())
            )

    async def pending(self) -> list[str]:
        """What waits for a restart."""
        async with self.desk.store.transaction() as tx:
            found = await pending.of(tx, self.place.id)
        return [one.label for one in found.changes] if found else []

    async def restarted(self) -> PerformedRestart:
        """Restart, to the end."""
        return await self.ended(await performing.restart(self.desk, ALICE, self.place.id))

    async def ended(self, run: PerformedRestart, *, steps: int = 400) -> PerformedRestart:
        """Take its steps until it has ended, and say everything."""
        for _ in range(steps):
            await self.step()
            if (now := await self.get(run)).ended_at is not None:
                await self.say()
                return now
        raise AssertionError(f"it does not end: {now}")

    async def step(self) -> None:
        """Move the clock to the next step, and take it."""
        async with self.desk.store.transaction() as tx:
            at = await queue.next_due(tx, now=self.clock(), lane=queue.DO)
        if at is not None and at > self.clock.moment:
            self.clock.moment = at
        await run_once(self.desk, KINDS, Performer(self.desk, self.pace), lane=queue.DO, side_by_side=8)

    async def say(self) -> None:
        """Say what is owed by now."""
        self.clock.moment += timedelta(seconds=1)
        while await run_once(self.desk, KINDS, self.said):
            pass

    async def get(self, run: PerformedRestart) -> PerformedRestart:
        async with self.desk.store.transaction() as tx:
            found = await runs.get(tx, run.id)
        assert found is not None
        return found

    def made(self) -> list[str]:
        """The calls that were made, in order."""
        return [operation for operation, _ in self.cloud.calls]


async def connect(desk: Desk, place: Environment, app: str = "orders", mode: str = "production") -> None:
    """Connect the environment to an app of the cloud."""
    given = {"app": app, "mode": mode, "username": "a@b.example"}
    kind = desk.platforms.kind("mendix")
    await connections.connect(desk, ALICE, place.id, kind, given=given, secret=SecretStr(API_KEY))


@asynccontextmanager
async def practice(database_url: str, *, patience: float = HANG_SECONDS) -> AsyncIterator[Practice]:
    """One environment, connected to an app that runs; a call is given up after ``patience`` seconds."""
    async with AsyncExitStack() as stack:
        cloud = DeployApi()
        await cloud.start()
        stack.push_async_callback(cloud.stop)
        clock = Clock()
        ring = KeyRing.parse(KeyRing.new_entry("tests"))
        store = await stack.enter_async_context(open_store(database_url, ring))
        session = await stack.enter_async_context(open_session(seconds=patience))
        platforms = restart_platforms(session, clock, deploy_api=cloud.base_url, hosts=frozenset({"127.0.0.1"}))
        opener = Opener()
        stack.push_async_callback(opener.close)
        desk = Desk(store, opener, clock, platforms=platforms)
        place = await environments.add(desk, ALICE, CHANNEL, PATH)
        await connect(desk, place)
        yield Practice(desk, cloud, clock, place)
