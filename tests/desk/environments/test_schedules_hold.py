"""Random schedules, zones, freezes, snoozes and stops of the bot: what was promised is said, and nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.desk.base.desk import Desk, Member, Policy
from bot.desk.certificates import versions
from bot.desk.expiry import warnings
from bot.desk.expiry.warnings import ExpiryWarning
from bot.desk.kinds import KINDS
from bot.desk.opener.pool import Opener
from bot.desk.outbox import runner
from bot.desk.outbox.results import Receipt
from bot.desk.restarts import pending
from bot.desk.restarts.reminders import Reminder
from store import DueItem, Environment, KeyRing, Schedule, environments, open_store, queue
from tests.databases import sqlite_template
from tests.desk.environments.almanac import Almanac, Span
from tests.desk.everywhere import EVERYWHERE
from tests.store.facts import a_version, deposited

__all__ = ["sqlite_template"]

EXAMPLES = int(os.environ.get("CERTDESK_TESTS_SCHEDULES", "60"))
DAYS = 15
NEAR = (14, 7, 3, 1, 0)
ALICE = Member("U0ALICE", channels=EVERYWHERE)
RING = KeyRing.parse(KeyRing.new_entry("k1"))
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Riyadh",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
]
# Around changes of the clocks, 29 February, the end of a year; the first Sunday of April and the last of October.
STARTS = [
    "2027-03-10",
    "2027-03-22",
    "2027-10-22",
    "2027-11-01",
    "2027-04-01",
    "2027-09-20",
    "2028-02-22",
    "2026-12-24",
]
Event = tuple[datetime, str, timedelta]


@dataclass(frozen=True)
class Story:
    """A schedule, and what people and the bot do in two weeks."""

    start: datetime
    zone: str
    schedule: Schedule
    events: tuple[Event, ...]
    away: tuple[Span, ...]
    end: datetime
    troubles: tuple[int, ...]

    @property
    def until(self) -> datetime:
        return self.start + timedelta(days=DAYS)

    @property
    def almanac(self) -> Almanac:
        return Almanac(self.schedule, ZoneInfo(self.zone), self.away, self.until)


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@st.composite
def schedules(draw: st.DrawFn, start: datetime) -> Schedule:
    # Mornings keep out of the hours in which clocks change: the almanac looks for what the clock on the wall shows.
    morning = draw(st.integers(5 * 60, 22 * 60).map(_clock))
    quiet = draw(st.none() | st.tuples(*[st.integers(0, 24 * 60 - 1).map(_clock)] * 2))
    if quiet is not None and quiet[0] == quiet[1]:
        quiet = None
    then = datetime.combine(start.date(), morning, UTC)
    if quiet is not None and Almanac(Schedule(quiet=quiet), ZoneInfo("UTC"), (), start).is_quiet(then):
        # Mornings are in no quiet hour, so the rest of the day is the quiet one.
        quiet = (quiet[1], quiet[0])
    first = start.date() + timedelta(days=draw(st.integers(-2, DAYS)))
    freeze = (first, first + timedelta(days=draw(st.integers(0, 5))))
    return Schedule(
        morning=morning,
        working_days=tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))),
        at_once=draw(st.booleans()),
        quiet=quiet,
        freezes=(freeze,) if draw(st.booleans()) else (),
        thresholds=NEAR,
    )


@st.composite
def stories(draw: st.DrawFn) -> Story:
    start = datetime.fromisoformat(draw(st.sampled_from(STARTS)) + "T00:00:00+00:00")
    within = st.integers(1, DAYS * 24 * 60 - 5)
    minute = timedelta(minutes=1)
    away, cuts = [], sorted(draw(st.sets(within, max_size=6)))
    for begins, ends in zip(cuts[::2], cuts[1::2], strict=False):
        away.append((start + begins * minute + timedelta(seconds=15), start + ends * minute + timedelta(seconds=15)))
    kinds = st.sampled_from(["change", "change", "snooze", "confirm"])
    waits = st.integers(1, 4 * 24 * 60).map(lambda count: count * minute)
    events = {
        start + at * minute + timedelta(seconds=30): (kind, wait)
        for at, kind, wait in draw(st.lists(st.tuples(within, kinds, waits), min_size=1, max_size=8))
    }
    # Somebody acts on what stands in the channel while the bot does not know yet whether it does.
    soon = st.tuples(st.integers(1, 5), st.sampled_from(["snooze", "confirm", "nothing"]), waits)
    for at in [at for at, (kind, _) in sorted(events.items()) if kind == "change"]:
        after, kind, wait = draw(soon)
        if kind != "nothing":
            events.setdefault(at + after * minute, (kind, wait))
    return Story(
        start=start,
        zone=draw(st.sampled_from(ZONES)),
        schedule=draw(schedules(start)),
        # Nobody reaches a bot that does not run.
        events=tuple(
            (at, *events[at]) for at in sorted(events) if not any(begins <= at < ends for begins, ends in away)
        ),
        away=tuple(away),
        troubles=tuple(draw(st.lists(st.integers(-1, 7), max_size=12))),
        end=start + draw(st.integers(0, 17 * 24 * 60)) * minute + timedelta(days=1, seconds=45),
    )


@dataclass
class Told:
    """Keeps what was said, and when; what goes wrong with each message in turn is in ``troubles``.

    Above zero, it stands and so many attempts hear nothing of it; below, the first attempt does not get through.
    ``doubts`` says of what was posted when the bot heard that it stands.
    """

    now: datetime
    troubles: Iterator[int] = field(default_factory=lambda: iter(()))
    standing: dict[str, Receipt] = field(default_factory=dict)
    silent: dict[str, int] = field(default_factory=dict)
    posted: dict[str, datetime] = field(default_factory=dict)
    doubts: dict[datetime, datetime] = field(default_factory=dict)
    reminders: list[tuple[datetime, str, int]] = field(default_factory=list)
    warnings: list[tuple[datetime, int]] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        assert item.unsure_since is not None
        self._hear(item)
        if item.id in self.posted:
            self.doubts[to_the_second(self.posted[item.id])] = self.now
        return self.standing.get(item.id)

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if not isinstance(facts, Reminder | ExpiryWarning):
            return Receipt("C1", "1.0")
        if item.unsure_since is not None and (found := await self.find(facts, item)):
            return found
        if item.id not in self.silent and (trouble := next(self.troubles, 0)):
            self.silent[item.id] = trouble
            if trouble < 0:
                raise ConnectionResetError
        self._post(facts, item)
        self._hear(item)
        return replace(self.standing[item.id], earlier=False)

    def _post(self, facts: Reminder | ExpiryWarning, item: DueItem) -> None:
        # A later change posts the same reminder again; that is promised to nobody for a time of its own.
        if isinstance(facts, Reminder) and ":again:" in item.key:
            pass
        elif isinstance(facts, Reminder):
            self.reminders.append((self.now, facts.restart.id, facts.occurrence))
            self.posted[item.id] = self.now
        else:
            self.warnings.append((self.now, facts.lines[0].days))
        self.standing[item.id] = Receipt("C1", f"{len(self.reminders)}.{len(self.standing)}", earlier=True)

    def _hear(self, item: DueItem) -> None:
        if self.silent.get(item.id, 0) > 0:
            self.silent[item.id] -= 1
            raise ConnectionResetError


@asynccontextmanager
async def opened(template: Path, told: Told) -> AsyncIterator[Desk]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "desk.sqlite3"
        shutil.copy(template, path)
        async with open_store(f"sqlite:///{path}", RING, upgrade=False) as store:
            opener = Opener(workers=1)
            yield Desk(store, opener, told.clock, Policy())
            await opener.close()


async def prepared(desk: Desk, story: Story) -> Environment:
    """An environment with its schedule and a certificate that is watched."""
    async with desk.store.transaction() as tx:
        place = await environments.add(
            tx, app="orders", name="production", channel="C1", timezone=story.zone, by=ALICE.id, at=story.start
        )
        place = await environments.set_schedule(tx, place.id, schedule=story.schedule, by=ALICE.id, at=story.start)
        new = a_version("bank", effective_end=story.end, not_after=story.end)
        version = await deposited(tx, place.id, "bank", new=new)
        await warnings.watch(tx, desk.policy, [version], place, story.start)
    return place


async def act(desk: Desk, place: Environment, event: Event) -> None:
    """What somebody does."""
    at, kind, wait = event
    if kind == "change":
        await versions.pin(desk, ALICE, "C1", "bank", pins=f"p{int(at.timestamp())}.example")
        return
    shown = (await pending.find(desk, "C1")).restart
    if shown is None:
        return
    if kind == "confirm":
        await pending.confirm(desk, shown.id, ALICE)
    else:
        await pending.snooze(desk, shown.id, ALICE, at + wait)


async def live(desk: Desk, told: Told, story: Story, place: Environment) -> None:
    """Go from moment to moment: events, the ends of stops, and whatever is due while the bot runs."""
    waiting = [*story.events, *((ends, "wake", timedelta()) for _, ends in story.away)]
    waiting.sort(key=lambda event: event[0])
    while True:
        async with desk.store.transaction() as tx:
            due_at = await queue.next_due(tx, now=told.now)
        soonest = story.almanac.awake(max(due_at, told.now)) if due_at else story.until
        if waiting and waiting[0][0] <= soonest:
            event = waiting.pop(0)
            told.now = event[0]
            if event[1] != "wake":
                await act(desk, place, event)
        elif soonest >= story.until:
            return
        else:
            told.now = soonest
        if story.almanac.awake(told.now) == told.now:
            while await runner.run_once(desk, KINDS, told):
                pass


def to_the_second(moment: datetime) -> datetime:
    """A reminder comes some milliseconds after the card of the change that it is of."""
    return moment.replace(microsecond=0)


def promised(story: Story, doubts: Mapping[datetime, datetime]) -> list[datetime]:
    """When reminders are due, from what happened and the almanac; none while the one before is in doubt."""
    almanac, events = story.almanac, list(story.events)
    said: list[datetime] = []
    planned: datetime | None = None
    known = story.start
    any_day, shown = False, False
    while True:
        moment = almanac.said_at(planned, any_day=any_day) if shown else None
        if moment is not None and moment < known:
            moment = almanac.said_at(known, any_day=any_day)
        if events and (moment is None or events[0][0] <= moment):
            at, kind, wait = events.pop(0)
            if kind == "change" and not shown:
                shown, any_day = True, story.schedule.at_once
                planned = at if any_day else almanac.morning_after(at)
            elif kind == "confirm":
                shown, known = False, at
            elif kind == "snooze" and shown:
                planned, any_day = at + wait, True
        elif moment is None or moment >= story.until:
            return said
        else:
            said.append(moment)
            known = doubts.get(to_the_second(moment), moment)
            planned, any_day = almanac.morning_after(moment), False


def minutes(moments: list[datetime]) -> list[str]:
    return [moment.isoformat(timespec="minutes") for moment in moments]


async def told_of(template: Path, story: Story) -> Told:
    told = Told(story.start, iter(story.troubles))
    async with opened(template, told) as desk:
        await live(desk, told, story, await prepared(desk, story))
    return told


SOON_AGAIN = Story(
    start=datetime(2027, 3, 10, tzinfo=UTC),
    zone="UTC",
    schedule=Schedule(
        morning=_clock(1085), working_days=(0,), at_once=False, quiet=(_clock(0), _clock(1082)), thresholds=NEAR
    ),
    events=(
        (datetime(2027, 3, 14, 7, 54, 30, tzinfo=UTC), "change", timedelta(minutes=1)),
        (datetime(2027, 3, 14, 7, 55, 30, tzinfo=UTC), "snooze", timedelta(minutes=1082)),
    ),
    away=(),
    end=datetime(2027, 3, 11, 0, 0, 45, tzinfo=UTC),
    troubles=(0, 0, 7),
)
PUT_OFF_IN_DOUBT = Story(
    start=datetime(2027, 3, 10, tzinfo=UTC),
    zone="UTC",
    schedule=Schedule(morning=_clock(300), working_days=(0,), thresholds=NEAR),
    events=(
        (datetime(2027, 3, 10, 0, 1, 30, tzinfo=UTC), "change", timedelta(minutes=1)),
        (datetime(2027, 3, 10, 0, 2, 30, tzinfo=UTC), "snooze", timedelta(minutes=1)),
    ),
    away=(),
    end=datetime(2027, 3, 11, 0, 0, 45, tzinfo=UTC),
    troubles=(7,),
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories())
@example(story=SOON_AGAIN).via("the next reminder is due before it is known that the last one stands")
@example(story=PUT_OFF_IN_DOUBT).via("what stands is put off, and the time is over before it is known that it stands")
def test_what_is_said_is_what_was_promised(sqlite_template: Path, story: Story) -> None:
    """Never two messages for one occasion, never none, never one in a quiet hour, whatever happens meanwhile."""
    told = asyncio.run(told_of(sqlite_template, story))
    occasions = [(restart, occurrence) for _, restart, occurrence in told.reminders]
    assert len(occasions) == len(set(occasions))
    assert minutes([at for at, _, _ in told.reminders]) == minutes(promised(story, told.doubts))
    expected = story.almanac.warnings(story.end, NEAR, story.start)
    assert [(at.isoformat(timespec="minutes"), days) for at, days in told.warnings] == [
        (at.isoformat(timespec="minutes"), days) for at, days in expected if at < story.until
    ]
    assert not any(story.almanac.is_quiet(at) for at, _, _ in told.reminders)
    assert not any(story.almanac.is_quiet(at) for at, _ in told.warnings)
