"""What ends is said once for each threshold, by whoever looks, and never of what was replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import NotAllowed
from bot.desk.certificates import versions
from bot.desk.deposit import importing
from bot.desk.deposit.deposits import deposit_authorities
from bot.desk.deposit.outcomes import DepositRequest
from bot.desk.environments.environments import add, bind
from bot.desk.expiry.seen import ExpiryWarningSeen, WeeklyListSeen, see_list, see_warning
from bot.desk.expiry.warnings import ExpiringItem, ExpiryWarning
from bot.desk.expiry.weekly_list import WeeklyList, mark_of_target
from bot.desk.kinds import KINDS
from bot.desk.opener.pool import Opener
from bot.desk.outbox import runner
from bot.desk.outbox.results import Receipt
from store import DueItem, Environment, KeyRing, Version, audit, environments, open_store, queue, uploads
from store.certificates import clients
from tests import making
from tests.desk.everywhere import EVERYWHERE

ALICE = Member("UALICE", timezone="Europe/Berlin", channels=EVERYWHERE)
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Recorder:
    """Keeps what was said of ends, and when."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.said: list[tuple[datetime, Any]] = []

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        return None

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if isinstance(facts, ExpiryWarning | ExpiryWarningSeen | WeeklyList | WeeklyListSeen):
            self.said.append((self.desk.clock(), facts))
        return Receipt("C1", f"{len(self.said)}.0")

    @property
    def thresholds(self) -> list[int]:
        return [line.days for _, one in self.said if isinstance(one, ExpiryWarning) for line in one.lines]


class Clock:
    time = MONDAY

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store:
        opener = Opener()
        yield Desk(store=store, opener=opener, clock=Clock())
        await opener.close()


@pytest.fixture
async def place(desk: Desk) -> Environment:
    return await add(desk, ALICE, "C1", "orders/production")


async def brought(desk: Desk, place: Environment, label: str, days: float) -> None:
    """A certificate that ends in so many days."""
    leaf = making.make(f"{label}{days}", starts=MONDAY - making.DAY, ends=desk.clock() + days * making.DAY)
    data = leaf.key_pem() + leaf.pem
    fate = await importing.import_file(desk, place, f"{label}.pem", data, password=None, by=ALICE.id)
    assert fate.fate in {importing.Fate.TAKEN, importing.Fate.REPLACED}


async def pass_(desk: Desk, recorder: Recorder, days: int, *, step: timedelta = timedelta(hours=6)) -> None:
    """So many days go by, and somebody looks each ``step``."""
    assert isinstance(desk.clock, Clock)
    until = desk.clock() + max(timedelta(days=days), step)
    while desk.clock() < until:
        desk.clock.time = min(desk.clock.time + step, until)
        while await runner.run_once(desk, KINDS, recorder):
            pass


async def test_every_threshold_once(desk: Desk, place: Environment) -> None:
    """From 100 days before the end to 30 after it: a message at each near threshold, at nine, owners from 14 days."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 100)
    await pass_(desk, recorder, 130)
    assert recorder.thresholds == [30, 14, 7, 3, 1, 0]
    warnings = [one for _, one in recorder.said if isinstance(one, ExpiryWarning)]
    assert [one.mention for one in warnings] == [False, True, True, True, True, True]
    assert [one.environment.path for one in warnings] == ["orders/production"] * 6


async def test_a_digest_a_week_while_it_is_far(desk: Desk, place: Environment) -> None:
    """From 90 to 30 days before the end the channel gets a list each Monday, and none when nothing is far off."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 100)
    await pass_(desk, recorder, 102)
    weekly_list = [(when, one) for when, one in recorder.said if isinstance(one, WeeklyList)]
    assert len(weekly_list) == 8
    assert {when.weekday() for when, _ in weekly_list} == {0}
    assert all([each.ending.target.sha256 for each in one.lines] for _, one in weekly_list)


@pytest.mark.parametrize(
    ("morning", "zone"),
    [("10:00", "Europe/Berlin"), ("08:00", "Europe/Berlin"), ("09:00", "America/New_York"), ("09:00", "Asia/Tokyo")],
)
async def test_the_list_goes_on_after_its_time_was_changed(
    desk: Desk, place: Environment, morning: str, zone: str
) -> None:
    """Moved to later or earlier, west or east while a list is planned: one each week, that week included."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 85)
    moved = replace(place.schedule, morning=time.fromisoformat(morning))
    async with desk.store.transaction() as tx:
        await environments.set_schedule(tx, place.id, schedule=moved, by=ALICE.id, at=desk.clock())
        await environments.set_timezone(tx, place.id, timezone=zone, by=ALICE.id, at=desk.clock())
    await pass_(desk, recorder, 40, step=timedelta(hours=1))
    weeks = [
        when.astimezone(ZoneInfo(zone)).isocalendar().week for when, one in recorder.said if isinstance(one, WeeklyList)
    ]
    assert weeks == [49, 50, 51, 52, 53]


@pytest.mark.parametrize("other", [False, True])
async def test_another_working_week_brings_no_second_list(desk: Desk, place: Environment, other: bool) -> None:
    """Changed while a list is owed for Sunday, here or by an environment beside it: the next list is a week away."""

    async def works(*days: int) -> None:
        async with desk.store.transaction() as tx:
            week = replace(place.schedule, working_days=days)
            await environments.set_schedule(tx, place.id, schedule=week, by=ALICE.id, at=desk.clock())

    recorder = Recorder(desk)
    await brought(desk, place, "bank", 85)
    await works(6, 0, 1, 2, 3)
    await pass_(desk, recorder, 8, step=timedelta(hours=1))
    if other:
        await add(desk, ALICE, "C1", "billing/production")
    else:
        await works(0, 1, 2, 3, 4)
    await pass_(desk, recorder, 16, step=timedelta(hours=1))
    days = [when.astimezone(BERLIN).date() for when, one in recorder.said if isinstance(one, WeeklyList)]
    assert [f"{day:%a %d}" for day in days] == ["Mon 30", "Sun 06", "Mon 14"]


async def test_an_environment_elsewhere_neither_ends_nor_doubles_the_list(desk: Desk, place: Environment) -> None:
    """One channel, environments in Berlin, New York and Auckland: one list a week."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 85)
    await add(desk, ALICE, "C1", "a/west", "America/New_York")
    await pass_(desk, recorder, 8, step=timedelta(hours=1))
    await add(desk, ALICE, "C1", "a/east", "Pacific/Auckland")
    await pass_(desk, recorder, 32, step=timedelta(hours=1))
    days = [when.date() for when, one in recorder.said if isinstance(one, WeeklyList)]
    assert len(days) in {5, 6}
    assert all(timedelta(days=6) <= later - day <= timedelta(days=8) for day, later in pairwise(days))


async def test_nothing_stands_in_a_list_twice(desk: Desk, place: Environment) -> None:
    """Announced on the day alone, what has ended is near what is far off."""
    async with desk.store.transaction() as tx:
        late = replace(place.schedule, thresholds=(90, 0))
        await environments.set_schedule(tx, place.id, schedule=late, by=ALICE.id, at=desk.clock())
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 6)
    await pass_(desk, recorder, 20)
    weekly_list = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    assert [len(one.lines) for one in weekly_list] == [1, 1]


def lists(recorder: Recorder) -> list[tuple[date, set[str]]]:
    """The days of the lists so far, and what stood in each."""
    return [
        (when.astimezone(BERLIN).date(), {labelled(each.ending) for each in one.lines})
        for when, one in recorder.said
        if isinstance(one, WeeklyList)
    ]


async def seen(desk: Desk, one: WeeklyList, member: Member = ALICE, *, channel: str | None = "C1") -> bool:
    """Somebody clicks Seen below a list that shows all its lines."""
    return await see_list(desk, member, one.item, [each.mark for each in one.lines], channel=channel)


def labelled(one: ExpiringItem) -> str:
    assert isinstance(one.target, Version)
    return one.target.label


async def test_what_was_seen_is_listed_again_when_it_is_nearer(desk: Desk, place: Environment) -> None:
    """Seen at 84 days, it is left out until 60; what came later and what reaches a threshold is listed meanwhile."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 91)
    await pass_(desk, recorder, 8)
    (_, first), *none = [(when, one) for when, one in recorder.said if isinstance(one, WeeklyList)]
    assert none == []
    await brought(desk, place, "new", 88)
    assert await seen(desk, first)
    await pass_(desk, recorder, 61)
    monday = date(2026, 11, 30)
    week = timedelta(days=7)
    assert lists(recorder) == [
        (monday, {"bank"}),
        *[(monday + number * week, {"new"}) for number in (1, 2, 3)],
        # At 56 days, having reached 60 on the Thursday before.
        *[(monday + number * week, {"bank", "new"}) for number in (4, 5, 6, 7)],
        (monday + 8 * week, {"new"}),
    ]


async def test_who_has_seen_a_list_is_shown_once(desk: Desk, place: Environment) -> None:
    """Two clicks bring the message up to date once, with what is still there; who is elsewhere, or a guest, has seen
    nothing.
    """
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 80)
    await brought(desk, place, "far", 82)
    await pass_(desk, recorder, 8)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    await brought(desk, place, "far", 400)
    for elsewhere in ("C2", None):
        assert not await seen(desk, list_, channel=elsewhere)
    with pytest.raises(NotAllowed):
        await seen(desk, list_, Member("UGUEST", is_guest=True))
    assert await seen(desk, list_)
    assert await seen(desk, list_, Member("UBOB", channels=EVERYWHERE))
    await pass_(desk, recorder, 1)
    (update,) = [one for _, one in recorder.said if isinstance(one, WeeklyListSeen)]
    assert (update.by, update.where) == (ALICE.id, ("C1", "1.0"))
    assert [labelled(one) for one in update.endings] == ["bank"]
    async with desk.store.transaction() as tx:
        known = [event for event in await audit.events(tx) if event.tag == audit.Tag.EXPIRY_SEEN]
    assert {(event.actor, event.environment_id, event.detail["listed"]) for event in known} == {
        (ALICE.id, place.id, 1),
        ("UBOB", place.id, 1),
    }


async def test_a_list_of_which_nothing_is_left(desk: Desk, place: Environment) -> None:
    """All of it was replaced since, or it never was: there is nothing to have seen."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 80)
    await pass_(desk, recorder, 8)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    await brought(desk, place, "bank", 400)
    assert not await seen(desk, list_)
    assert not await see_list(desk, ALICE, "f" * 32, [each.mark for each in list_.lines], channel="C1")


async def test_seen_is_of_what_the_list_showed(desk: Desk, place: Environment) -> None:
    """A version that came back and an environment that moved here after the list are not silenced by it, and stand in
    the next one.
    """
    recorder = Recorder(desk)
    elsewhere = await add(desk, ALICE, "C2", "bills/production")
    await brought(desk, place, "bank", 80)
    await brought(desk, place, "other", 81)
    await brought(desk, elsewhere, "bill", 82)
    assert isinstance(desk.clock, Clock)
    desk.clock.time += timedelta(hours=1)
    await brought(desk, place, "bank", 400)
    await pass_(desk, recorder, 8)
    list_ = next(one for _, one in recorder.said if isinstance(one, WeeklyList) and one.channel == "C1")
    assert [labelled(one.ending) for one in list_.lines] == ["other"]
    found = await versions.propose_rollback(desk, ALICE, "C1", "bank", number=1)
    await versions.roll_back(
        desk, ALICE, "C1", certificate_id=found.current.certificate_id, number=1, seen=found.current.number
    )
    await bind(desk, ALICE, "C1", "bills/production")
    assert await seen(desk, list_)
    recorder.said.clear()
    await pass_(desk, recorder, 7)
    assert [
        labelled(one) for _, update in recorder.said if isinstance(update, WeeklyListSeen) for one in update.endings
    ] == ["other"]
    assert [
        (one.channel, labelled(line.ending))
        for _, one in recorder.said
        if isinstance(one, WeeklyList)
        for line in one.lines
    ] == [("C1", "bank"), ("C1", "bill")]


async def test_who_reads_another_channel_has_seen_nothing(desk: Desk, place: Environment) -> None:
    """Seen in one channel, then moved to another: its people are told."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 82)
    await pass_(desk, recorder, 8)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    assert await seen(desk, list_)
    await bind(desk, ALICE, "C9", "orders/production")
    assert not await seen(desk, list_), "nothing of it is in this channel any more"
    await pass_(desk, recorder, 7)
    assert [one.channel for _, one in recorder.said if isinstance(one, WeeklyList)] == ["C1", "C9"]


@pytest.mark.parametrize("back", ["2026-12-06T20:00", "2026-12-07T08:00"])
async def test_a_late_list_is_the_list_of_its_week(desk: Desk, place: Environment, back: str) -> None:
    """Away on Monday and back on Sunday night or before nine: one list, and the next a week later."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 88)
    moment = datetime.fromisoformat(back).replace(tzinfo=BERLIN)
    await pass_(desk, recorder, 0, step=moment - desk.clock())
    await pass_(desk, recorder, 9, step=timedelta(hours=1))
    assert [day for day, _ in lists(recorder)] == [moment.date(), date(2026, 12, 14)]


async def test_a_list_that_was_found_late_costs_no_other(desk: Desk, place: Environment) -> None:
    """Posted on Monday, known to stand a week later: that week has its own list."""
    recorder = Unheard(desk)
    await brought(desk, place, "bank", 88)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 30, 9, 1, tzinfo=BERLIN) - desk.clock())
    assert [day for day, _ in lists(recorder)] == [date(2026, 11, 30)]
    await pass_(desk, recorder, 0, step=datetime(2026, 12, 7, 10, tzinfo=BERLIN) - desk.clock())
    await pass_(desk, recorder, 8, step=timedelta(hours=1))
    assert [day for day, _ in lists(recorder)] == [date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)]


async def test_seen_as_it_is_by_then(desk: Desk, place: Environment) -> None:
    """Listed at 63 days, seen at 59: what the message shows by then is what was seen."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 70)
    await pass_(desk, recorder, 11)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    assert await seen(desk, list_)
    await pass_(desk, recorder, 25)
    assert len(lists(recorder)) == 1


async def test_a_list_in_doubt_of_which_nothing_is_left_is_looked_for(desk: Desk, place: Environment) -> None:
    """Its last line came near before the answer was found: who clicked meanwhile is shown all the same."""
    recorder = Unheard(desk)
    await brought(desk, place, "bank", 38)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 30, 9, 1, tzinfo=BERLIN) - desk.clock())
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    assert await seen(desk, list_)
    await pass_(desk, recorder, 0, step=timedelta(hours=25))
    await pass_(desk, recorder, 1)
    assert [one.where for _, one in recorder.said if isinstance(one, WeeklyListSeen)] == [("C1", "1.0")]


async def test_a_warning_in_doubt_of_what_was_replaced_is_looked_for(desk: Desk, place: Environment) -> None:
    """Posted, then replaced before the answer was found: it is known to stand, and who clicked is shown."""
    recorder = Unheard(desk)
    await brought(desk, place, "bank", 8)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 24, 13, tzinfo=BERLIN) - desk.clock())
    ((_, warning),) = recorder.said
    assert isinstance(warning, ExpiryWarning)
    assert await see_warning(desk, ALICE, warning.item)
    await brought(desk, place, "bank", 400)
    await pass_(desk, recorder, 10)
    assert [one.where for _, one in recorder.said if isinstance(one, ExpiryWarningSeen)] == [("C1", "1.0")]
    assert recorder.thresholds == [7]


async def test_marks_that_are_none(desk: Desk, place: Environment) -> None:
    """What a button of ours never carries is taken for nothing."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 80)
    await pass_(desk, recorder, 8)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    (known,) = [one.mark for one in list_.lines]
    for mark in ("", ":", "version::90", f"authority:{'f' * 32}:90", "x:y:z", "\0", known + "0" * 200, known + "\n"):
        assert not await see_list(desk, ALICE, list_.item, [mark], channel="C1")


async def test_what_has_expired_stays_whoever_has_seen_it(desk: Desk, place: Environment) -> None:
    """There is no later threshold until which it could be left out."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 3)
    await pass_(desk, recorder, 8)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    assert await seen(desk, list_)
    await pass_(desk, recorder, 35)
    assert [names for _, names in lists(recorder)] == [{"bank"}] * 6


async def test_what_has_expired_is_listed_until_it_is_replaced(desk: Desk, place: Environment) -> None:
    """Each Monday from the day after, however long ago that is."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 1)
    await brought(desk, place, "tax", 1)
    await pass_(desk, recorder, 10)
    await brought(desk, place, "tax", 700)
    await pass_(desk, recorder, 60)
    await brought(desk, place, "bank", 700)
    await pass_(desk, recorder, 30)
    assert [names for _, names in lists(recorder)] == [{"bank", "tax"}, *[{"bank"}] * 9]


async def test_what_has_expired_does_not_hide_what_expires_next(desk: Desk, place: Environment) -> None:
    """The latest ten have a line; how many more there are is known."""
    recorder = Recorder(desk)
    for number in range(12):
        await brought(desk, place, f"old{number}", 1)
    await brought(desk, place, "later", 80)
    await pass_(desk, recorder, 8)
    (list_,) = [one for _, one in recorder.said if isinstance(one, WeeklyList)]
    assert len(list_.lines) == 11
    assert labelled(list_.lines[-1].ending) == "later"
    assert list_.expired_more == 2


async def test_what_expires_together_is_one_message(desk: Desk, place: Environment) -> None:
    """At each threshold; another environment has a message of its own, and what is replaced is left out."""
    other = await add(desk, ALICE, "C1", "orders/test")
    recorder = Recorder(desk)
    for number in range(12):
        await brought(desk, place, f"bank{number}", 31)
    await brought(desk, other, "bank", 31)
    await pass_(desk, recorder, 10)
    await brought(desk, place, "bank0", 700)
    await pass_(desk, recorder, 30)
    said = [one for _, one in recorder.said if isinstance(one, ExpiryWarning)]
    assert [len(one.lines) for one in said if one.environment.id == place.id] == [12, 11, 11, 11, 11, 11]
    assert [len(one.lines) for one in said if one.environment.id == other.id] == [1] * 6


async def test_seen_is_of_everything_that_expires_together(desk: Desk, place: Environment) -> None:
    """One click for the message, an event of the audit log for each certificate."""
    recorder = Recorder(desk)
    for label in ("bank", "tax"):
        await brought(desk, place, label, 8)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 24, 13, tzinfo=BERLIN) - desk.clock())
    ((_, warning),) = recorder.said
    assert isinstance(warning, ExpiryWarning)
    marks = [mark_of_target(line.ending.target) for line in warning.lines]
    assert await see_warning(desk, ALICE, warning.item, marks, channel="C1")
    await pass_(desk, recorder, 0, step=timedelta(seconds=20))
    (update,) = [one for _, one in recorder.said if isinstance(one, ExpiryWarningSeen)]
    assert {labelled(one) for one in update.endings} == {"bank", "tax"}
    async with desk.store.reading() as tx:
        seen_ones = [event for event in await audit.events(tx) if event.tag == audit.Tag.EXPIRY_SEEN]
    assert len(seen_ones) == 2


async def test_a_group_in_doubt_is_not_said_twice(desk: Desk, place: Environment) -> None:
    """Nobody knows what came of the message: it is looked for once, and all it was about goes on from there."""
    recorder = Lost(desk)
    for label in ("bank", "tax"):
        await brought(desk, place, label, 8)
    await pass_(desk, recorder, 12)
    assert recorder.thresholds == [7, 7, 3, 3, 1, 1, 0, 0]


async def test_a_setting_that_was_changed_counts_at_once(desk: Desk, place: Environment) -> None:
    """Planned for 30 days under the old setting, it is said at 10 and 2 under the new one, and never at 30."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 40)
    desk.policy = replace(desk.policy, thresholds=(10, 2))
    await pass_(desk, recorder, 45)
    assert recorder.thresholds == [10, 2]


async def test_a_long_sleep_brings_one_message(desk: Desk, place: Environment) -> None:
    """A bot that was away for 60 days says the nearest threshold and nothing else, and goes on from there."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 65)
    await pass_(desk, recorder, 60, step=timedelta(days=60))
    assert recorder.thresholds == [7]
    await pass_(desk, recorder, 20)
    assert recorder.thresholds == [7, 3, 1, 0]


async def test_a_night_over_which_it_ended(desk: Desk, place: Environment) -> None:
    """Away on the last day and the night after it: that it has ended is said once, and not again in the morning."""
    recorder = Recorder(desk)
    ends = datetime(2026, 11, 25, 0, 30, tzinfo=BERLIN)
    await brought(desk, place, "bank", (ends - desk.clock()) / making.DAY)
    await pass_(desk, recorder, 0, step=timedelta(hours=2) + ends - desk.clock())
    assert recorder.thresholds == [0]
    await pass_(desk, recorder, 3, step=timedelta(hours=1))
    assert recorder.thresholds == [0]


class Lost(Recorder):
    """The first message is never posted, which nobody knows."""

    lost = False

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if not self.lost and isinstance(facts, ExpiryWarning | WeeklyList):
            self.lost = True
            raise ConnectionResetError
        return await super().send(facts, item)


async def test_a_warning_that_was_not_posted_is_said_as_of_now(desk: Desk, place: Environment) -> None:
    """An attempt died at 7 days and the bot was away until 2: one message for the nearest threshold, not two."""
    recorder = Lost(desk)
    await brought(desk, place, "bank", 8)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 24, 10, tzinfo=BERLIN) - desk.clock())
    assert (recorder.lost, recorder.said) == (True, [])
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 29, 10, tzinfo=BERLIN) - desk.clock())
    assert recorder.thresholds == [3]
    await pass_(desk, recorder, 4, step=timedelta(hours=1))
    assert recorder.thresholds == [3, 1, 0]


async def test_a_list_that_was_not_posted_is_of_now(desk: Desk, place: Environment) -> None:
    """An attempt died on Monday; what is posted on Tuesday holds what was added that morning."""
    recorder = Lost(desk)
    await brought(desk, place, "bank", 80)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 30, 9, 1, tzinfo=BERLIN) - desk.clock())
    assert (recorder.lost, recorder.said) == (True, [])
    assert isinstance(desk.clock, Clock)
    desk.clock.time = datetime(2026, 12, 1, 9, tzinfo=BERLIN)
    await brought(desk, place, "new", 80)
    await pass_(desk, recorder, 1)
    assert [names for _, names in lists(recorder)] == [{"bank", "new"}]


class Unheard(Recorder):
    """Posts, and its first answer does not come back; that it stands is found by whoever looks later."""

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        return Receipt("C1", "1.0", earlier=True)

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if item.unsure_since is not None:
            return await self.find(facts, item)
        receipt = await super().send(facts, item)
        if len(self.said) == 1:
            raise ConnectionResetError
        return receipt


async def test_a_warning_in_doubt_does_not_stand_for_the_end(desk: Desk, place: Environment) -> None:
    """Posted the day before, known to stand after the end: what stands says "1 day", so the end is said as well."""
    recorder = Unheard(desk)
    ends = datetime(2026, 11, 25, 0, 30, tzinfo=BERLIN)
    await brought(desk, place, "bank", (ends - desk.clock()) / making.DAY)
    await pass_(desk, recorder, 0, step=datetime(2026, 11, 24, 10, tzinfo=BERLIN) - desk.clock())
    assert recorder.thresholds == [1]
    await pass_(desk, recorder, 0, step=timedelta(hours=2) + ends - desk.clock())
    await pass_(desk, recorder, 3, step=timedelta(hours=1))
    assert recorder.thresholds == [1, 0]


@pytest.mark.parametrize(("days", "kind"), [(8, ExpiryWarningSeen), (82, WeeklyListSeen)])
async def test_seen_before_we_know_that_it_stands(desk: Desk, place: Environment, days: int, kind: type[Any]) -> None:
    """Who clicks below a message whose sending was not answered is shown as soon as it is known where it stands."""
    recorder = Unheard(desk)
    await brought(desk, place, "bank", days)
    assert isinstance(desk.clock, Clock)
    desk.clock.time = datetime(2026, 11, 30, 9, 1, tzinfo=BERLIN)
    while await runner.run_once(desk, KINDS, recorder):
        pass
    ((_, message),) = recorder.said
    assert isinstance(message, ExpiryWarning | WeeklyList)
    clicked = see_warning(desk, ALICE, message.item) if isinstance(message, ExpiryWarning) else seen(desk, message)
    assert await clicked
    await pass_(desk, recorder, 0, step=timedelta(seconds=1))
    await pass_(desk, recorder, 0, step=timedelta(minutes=1))
    (update,) = [one for _, one in recorder.said[1:]]
    assert isinstance(update, kind)


async def test_nothing_is_said_in_quiet_hours(desk: Desk, place: Environment) -> None:
    """A bot that comes back at night says what ends, and the week's list, when the night is over."""
    night = replace(place.schedule, quiet=(time(20), time(7)))
    async with desk.store.transaction() as tx:
        await environments.set_schedule(tx, place.id, schedule=night, by=ALICE.id, at=desk.clock())
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 20)
    await brought(desk, place, "far", 80)
    away = datetime(2026, 11, 30, 22, tzinfo=BERLIN) - desk.clock()
    await pass_(desk, recorder, 1, step=away)
    assert recorder.said == []
    await pass_(desk, recorder, 1, step=timedelta(hours=1))
    assert {at.astimezone(BERLIN).hour for at, _ in recorder.said} == {7}
    assert {type(one) for _, one in recorder.said} == {WeeklyList, ExpiryWarning}


async def test_a_successor_silences_its_predecessor(desk: Desk, place: Environment) -> None:
    """Replaced after the first warning, the old version is not spoken of again; rolled back to, it is."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 40)
    await pass_(desk, recorder, 12)
    assert recorder.thresholds == [30]
    await brought(desk, place, "bank", 400)
    await pass_(desk, recorder, 15)
    assert recorder.thresholds == [30]
    found = await versions.propose_rollback(desk, ALICE, "C1", "bank", number=1)
    await versions.roll_back(
        desk, ALICE, "C1", certificate_id=found.current.certificate_id, number=1, seen=found.current.number
    )
    await pass_(desk, recorder, 20)
    assert recorder.thresholds == [30, 7, 3, 1, 0]


async def test_authorities_end_too(desk: Desk, place: Environment) -> None:
    """An authority is warned about by its own end."""
    recorder = Recorder(desk)
    root = making.make("Partner Root", ca=True, starts=MONDAY - making.DAY, ends=MONDAY + 10 * making.DAY)
    async with desk.store.transaction() as tx:
        upload = await uploads.ask(tx, channel="C1", member=ALICE.id, at=desk.clock())

    async def fetch() -> list[bytes]:
        return [root.pem]

    request = DepositRequest(upload.id, ALICE, place.id, "", "", SecretStr(""), frozenset())
    outcome = await deposit_authorities(desk, request, fetch)
    if type(outcome).__name__ == "AsksAgain":
        accepted = frozenset(one.code for one in outcome.report.warnings)  # type: ignore[union-attr]  # asked again
        again = DepositRequest(upload.id, ALICE, place.id, "", "", SecretStr(""), accepted)
        await deposit_authorities(desk, again, fetch)
    await pass_(desk, recorder, 12)
    assert recorder.thresholds == [7, 3, 1, 0]


async def test_seen_is_recorded_and_shown_once(desk: Desk, place: Environment) -> None:
    """Two clicks on Seen bring the message up to date once, with who was first, and the trail knows both."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 8)
    await pass_(desk, recorder, 2)
    ((_, warning),) = recorder.said
    assert isinstance(warning, ExpiryWarning)
    assert await see_warning(desk, ALICE, warning.item)
    assert await see_warning(desk, Member("UBOB", channels=EVERYWHERE), warning.item)
    await pass_(desk, recorder, 1)
    (update,) = [one for _, one in recorder.said if isinstance(one, ExpiryWarningSeen)]
    assert (update.by, update.where) == (ALICE.id, ("C1", "1.0"))
    async with desk.store.transaction() as tx:
        tags = [event.tag for event in await audit.events(tx)]
    assert tags.count(audit.Tag.EXPIRY_SEEN) == 2
    assert not await see_warning(desk, ALICE, "f" * 32)


async def test_what_a_migration_scheduled_is_announced(desk: Desk, place: Environment) -> None:
    """The first look at what was there is for no threshold: the one that is reached is announced, and then the next."""
    recorder = Recorder(desk)
    await brought(desk, place, "bank", 8)
    async with desk.store.transaction() as tx:
        (version,) = await clients.current(tx, place.id)
        first = f"expiry:{version.id}:first"
        await queue.schedule(tx, kind="expiry", subject=f"version:{version.id}", key=first, due_at=desk.clock())
    await pass_(desk, recorder, 3)
    assert recorder.thresholds == [14, 7]
