"""The due runner: said once, marked, and tried again where that was not possible."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.desk.base.desk import Desk, Member
from bot.desk.deposit.deposits import deposit
from bot.desk.deposit.kinds import CARD, Card, OfferDue
from bot.desk.deposit.outcomes import Deposited, DepositRequest
from bot.desk.deposit.uploads import notice
from bot.desk.environments import freezes
from bot.desk.kinds import KINDS
from bot.desk.opener.pool import Opener
from bot.desk.outbox import runner
from bot.desk.outbox.results import Later, NotSent, Receipt
from bot.desk.restarts import pending
from bot.desk.restarts.pending import Snooze
from bot.desk.restarts.reminders import Reminder, ReminderRetired, ReminderUpdate
from store import DueItem, KeyRing, Transaction, environments, open_store, queue, uploads
from store.models import DueRow
from tests import making
from tests.desk.everywhere import EVERYWHERE

ALICE = Member("UALICE", timezone="Europe/Berlin", channels=EVERYWHERE)
FRIDAY = datetime(2026, 11, 27, 16, 55, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 8, 0, 1, tzinfo=UTC)


def ts(number: int) -> str:
    """Slack's name of the message with that number: of the year 2255, so that none is old."""
    return f"{9_000_000_000 + number}.0"


class Recorder:
    """Keeps what was said, and the items it was said for; ``refusing`` makes it say when to come back.

    ``failing`` is raised once; what is ``standing`` an earlier attempt has said, and it is found.
    """

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.items: list[DueItem] = []
        self.refusing: float | None = None
        self.failing: Exception | None = None
        self.standing: Receipt | None = None

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        self.items.append(item)
        failing, self.failing = self.failing, None
        if failing is not None:
            raise failing
        if self.refusing is not None:
            raise Later(self.refusing)
        self.said.append(facts)
        return Receipt("C1", ts(len(self.said)))

    async def find(self, facts: Any, item: DueItem) -> Receipt | None:
        return self.standing

    def of(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.said if isinstance(one, kind)]


class Clock:
    def __init__(self) -> None:
        self.time = FRIDAY

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    ring = KeyRing.parse(KeyRing.new_entry("k1"))
    async with open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}", ring) as store:
        opener = Opener()
        yield Desk(store=store, opener=opener, clock=Clock())
        await opener.close()


async def advance(desk: Desk, recorder: Recorder, by: timedelta) -> None:
    """Let time pass, and everything that is due then be said."""
    assert isinstance(desk.clock, Clock)
    desk.clock.time += by
    while any([await runner.run_once(desk, KINDS, recorder, lane=lane) for lane in (queue.SAY, queue.LOOK)]):
        pass


async def deposited(desk: Desk, label: str = "bank") -> Deposited:
    """A certificate in orders/production, deposited by Alice from a file in C1."""
    async with desk.store.transaction() as tx:
        environment = await environments.find(tx, "orders", "production") or await environments.add(
            tx, app="orders", name="production", channel="C1", timezone="Europe/Berlin", by=ALICE.id, at=desk.clock()
        )
        upload = await uploads.ask(tx, channel="C1", member=ALICE.id, at=desk.clock())
    leaf = making.make(f"{label}.example", starts=FRIDAY - making.DAY, ends=FRIDAY + 400 * making.DAY)

    async def fetch() -> list[bytes]:
        return [making.pfx(leaf)]

    password = SecretStr(making.PASSWORD)
    request = DepositRequest(upload.id, ALICE, environment.id, label, f"{label}.example", password)
    outcome = await deposit(desk, request, fetch)
    assert isinstance(outcome, Deposited), outcome
    return outcome


async def test_a_deposit_is_said_and_reminded_of(desk: Desk) -> None:
    """Card and reminder at once, nothing over the weekend, the next reminder on Monday morning in its zone."""
    recorder = Recorder()
    await deposited(desk)
    await advance(desk, recorder, timedelta(seconds=1))
    assert [type(one) for one in recorder.said] == [Card, Reminder]
    await advance(desk, recorder, timedelta(days=2))
    assert len(recorder.said) == 2
    await advance(desk, recorder, datetime(2026, 11, 30, 8, 0, 1, tzinfo=UTC) - desk.clock())
    (_, second) = recorder.of(Reminder)
    assert isinstance(second, Reminder)
    assert (second.occurrence, second.previous) == (2, ("C1", ts(2)))


async def test_a_long_stop_brings_one_reminder(desk: Desk) -> None:
    """A week that the bot slept through brings one reminder, not five."""
    recorder = Recorder()
    await deposited(desk)
    await advance(desk, recorder, timedelta(seconds=1))
    await advance(desk, recorder, timedelta(days=7))
    assert len(recorder.of(Reminder)) == 2


async def test_a_second_change_updates_the_reminder(desk: Desk) -> None:
    """Two changes, one reminder: the second brings the first up to date."""
    recorder = Recorder()
    await deposited(desk)
    await advance(desk, recorder, timedelta(seconds=1))
    await deposited(desk, "tax")
    await advance(desk, recorder, timedelta(seconds=1))
    assert len(recorder.of(Reminder)) == 1
    (update,) = recorder.of(ReminderUpdate)
    assert isinstance(update, ReminderUpdate)
    assert [one.label for one in update.restart.changes] == ["bank", "tax"]


async def test_a_snooze_moves_the_next_reminder(desk: Desk) -> None:
    """Put off for an hour, it comes back after an hour and not before; another runner keeps that promise as well."""
    recorder, later = Recorder(), Recorder()
    restart = (await deposited(desk)).restart
    assert restart is not None
    await advance(desk, recorder, timedelta(seconds=1))
    await pending.snooze(desk, restart.id, ALICE, Snooze.HOUR)
    await advance(desk, recorder, timedelta(minutes=59))
    assert len(recorder.of(Reminder)) == 1
    await advance(desk, later, timedelta(minutes=2))
    assert len(later.of(Reminder)) == 1


class Interrupted(Recorder):
    """While something of a kind is on its way, something else happens, once."""

    def __init__(self, kind: type[Any], happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._kind = kind
        self._happens: Callable[[], Awaitable[object]] | None = happens

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if isinstance(facts, self._kind) and self._happens is not None:
            happens, self._happens = self._happens, None
            await happens()
        return await super().send(facts, item)


async def test_put_off_while_the_reminder_is_on_its_way(desk: Desk) -> None:
    """The message is brought up to date, and the next one comes when it was put off to, not in the morning."""
    restart = (await deposited(desk)).restart
    assert restart is not None
    until = desk.clock() + timedelta(days=10)
    recorder = Interrupted(Reminder, lambda: pending.snooze(desk, restart.id, ALICE, until))
    await advance(desk, recorder, timedelta(seconds=1))
    assert len(recorder.of(ReminderUpdate)) > 0
    await advance(desk, recorder, timedelta(days=9))
    assert len(recorder.of(Reminder)) == 1
    await advance(desk, recorder, timedelta(days=1, seconds=1))
    assert len(recorder.of(Reminder)) == 2


async def test_an_update_that_was_outrun_is_made_good(desk: Desk) -> None:
    """It waited with an older state, and was shown after a newer one: the newer is shown once more."""
    first, other = Recorder(), Recorder()
    restart = (await deposited(desk)).restart
    assert restart is not None
    await advance(desk, first, timedelta(seconds=1))
    await deposited(desk, "tax")

    async def confirmed_elsewhere() -> None:
        await pending.confirm(desk, restart.id, ALICE)
        await runner.run_once(desk, KINDS, other)

    recorder = Interrupted(ReminderUpdate, confirmed_elsewhere)
    await advance(desk, recorder, timedelta(seconds=1))
    updates = [one for one in recorder.of(ReminderUpdate) if isinstance(one, ReminderUpdate)]
    assert len(other.of(ReminderUpdate)) == 1
    assert [one.restart.confirmed_at is not None for one in updates] == [False, True]


async def test_a_confirmed_restart_is_quiet(desk: Desk) -> None:
    """Confirmed twice, it is confirmed once, its message is updated then and after Undo, and nothing comes back."""
    recorder = Recorder()
    restart = (await deposited(desk)).restart
    assert restart is not None
    await advance(desk, recorder, timedelta(seconds=1))
    assert (await pending.confirm(desk, restart.id, ALICE)).first
    assert not (await pending.confirm(desk, restart.id, ALICE)).first
    await advance(desk, recorder, timedelta(days=9))
    assert (len(recorder.of(Reminder)), len(recorder.of(ReminderUpdate))) == (1, 2)


async def test_what_was_changed_after_the_restart_is_reminded_of(desk: Desk) -> None:
    """The click answers the message that was read: a change that it did not show gets a reminder of its own."""
    recorder = Recorder()
    restart = (await deposited(desk)).restart
    assert restart is not None
    await advance(desk, recorder, timedelta(seconds=1))
    await deposited(desk, "tax")
    assert (await pending.confirm(desk, restart.id, ALICE, seen=1)).first
    await advance(desk, recorder, timedelta(seconds=1))
    _, second = recorder.of(Reminder)
    assert isinstance(second, Reminder)
    assert [one.label for one in second.restart.changes] == ["tax"]


async def test_what_could_not_be_said_is_said_later(desk: Desk) -> None:
    """Slack says when to come back: not before that, and everything once."""
    recorder = Recorder()
    recorder.refusing = 30
    await deposited(desk)
    await advance(desk, recorder, timedelta(seconds=1))
    recorder.refusing = None
    await advance(desk, recorder, timedelta(seconds=20))
    assert not recorder.said
    await advance(desk, recorder, timedelta(seconds=11))
    assert len(recorder.said) == 2
    assert {type(one) for one in recorder.said} == {Card, Reminder}


async def test_a_lost_lease_is_taken_over(desk: Desk) -> None:
    """What a runner claimed before it died is said by another when the lease is over."""
    recorder = Recorder()
    await notice(desk, file_id="F1", channel="C1", member="U1")
    async with desk.store.transaction() as tx:
        assert len(await queue.claim(tx, now=desk.clock(), limit=5, lease=runner.LEASE, lane=queue.LOOK)) == 1
    await advance(desk, recorder, runner.LEASE - timedelta(seconds=1))
    assert not recorder.said
    await advance(desk, recorder, timedelta(seconds=2))
    assert [type(one) for one in recorder.said] == [OfferDue]


async def test_what_was_said_is_marked_even_if_the_database_stumbles(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away just after the message went out does not make it go out twice."""
    recorder, stumbles, real = Recorder(), [1, 1], queue.done

    async def stumbling(tx: Transaction, **what: Any) -> None:
        if stumbles:
            stumbles.pop()
            raise ConnectionError
        await real(tx, **what)

    monkeypatch.setattr(queue, "done", stumbling)
    monkeypatch.setattr(runner, "_MARK_AGAIN_AFTER", (0.0, 0.0, 0.0))
    await notice(desk, file_id="F1", channel="C1", member="U1")
    await advance(desk, recorder, timedelta(days=1))
    assert len(recorder.said) == 1


async def test_a_second_notice_is_nothing_new(desk: Desk) -> None:
    """The same file told four times is one upload and one thing to say."""
    recorder = Recorder()
    for _ in range(4):
        await notice(desk, file_id="F1", channel="C1", member="U1")
    await advance(desk, recorder, timedelta(seconds=1))
    assert len(recorder.said) == 1


@pytest.mark.parametrize(
    ("failing", "unsure"),
    [
        (Later(5), False),
        (Later(5, held=True), False),
        (NotSent("slack:not_in_channel", sure=True), False),
        (NotSent("no_answer", sure=False), True),
        (ConnectionResetError(), True),
    ],
)
async def test_the_next_attempt_knows_whether_something_may_stand(desk: Desk, failing: Exception, unsure: bool) -> None:
    """Only where nobody knows what was said; and then still after an attempt that said nothing."""
    recorder = Recorder()
    recorder.failing = failing
    await notice(desk, file_id="F1", channel="C1", member="U1")
    tried = desk.clock() + timedelta(seconds=1)
    await advance(desk, recorder, timedelta(seconds=1))
    recorder.failing = Later(5)
    await advance(desk, recorder, timedelta(seconds=6))
    await advance(desk, recorder, timedelta(seconds=6))
    assert len(recorder.said) == 1
    assert [one.unsure_since for one in recorder.items] == [None, *[tried if unsure else None] * 2]


async def test_a_pause_of_slacks_is_no_attempt(desk: Desk) -> None:
    """What was held back keeps its place and is not stuck, however often; what failed three times is."""
    recorder = Recorder()
    await notice(desk, file_id="F1", channel="C1", member="U1")
    for failing in [*[Later(5, held=True)] * 5, *[NotSent("no_answer", sure=True)] * 3]:
        recorder.failing = failing
        await advance(desk, recorder, timedelta(minutes=1))
    await advance(desk, recorder, timedelta(minutes=1))
    assert [one.attempts for one in recorder.items] == [1, 1, 1, 1, 1, 1, 2, 3, 4]
    assert len({one.due_at for one in recorder.items}) == 1


async def test_years_of_attempts_are_still_attempts(desk: Desk) -> None:
    """The pause between them has an end, whatever their number."""
    recorder = Recorder()
    recorder.failing = NotSent("no_answer", sure=True)
    await notice(desk, file_id="F1", channel="C1", member="U1")
    async with desk.store.transaction() as tx:
        await tx.session.execute(update(DueRow).values(attempts=5000))
    await advance(desk, recorder, timedelta(seconds=1))
    await advance(desk, recorder, timedelta(minutes=6))
    assert len(recorder.said) == 1


async def test_what_begins_late_in_its_lease_is_left_to_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is still at an item when another may have it: what the lease is too short for is given back untried."""
    recorder = Recorder()
    monkeypatch.setitem(runner._BEGIN_WITHIN, queue.LOOK, -1.0)
    await notice(desk, file_id="F1", channel="C1", member="U1")
    assert isinstance(desk.clock, Clock)
    desk.clock.time += timedelta(seconds=1)
    assert await runner.run_once(desk, KINDS, recorder, lane=queue.LOOK)
    assert not recorder.items
    monkeypatch.setitem(runner._BEGIN_WITHIN, queue.LOOK, 50.0)
    await advance(desk, recorder, timedelta(seconds=1))
    assert [one.attempts for one in recorder.items] == [1]


async def test_what_may_have_been_said_before_a_quiet_hour_is_looked_for(desk: Desk) -> None:
    """The first reminder went out, and nobody marked it before the weekend: it counts, and the next comes on Monday."""
    recorder = Recorder()
    await deposited(desk)
    await advance(desk, recorder, timedelta(seconds=1))
    recorder.failing, recorder.standing = NotSent("no_answer", sure=False), Receipt("C1", "7.0", earlier=True)
    await advance(desk, recorder, MONDAY - desk.clock())
    await advance(desk, recorder, timedelta(days=5, hours=12))
    assert len(recorder.of(Reminder)) == 1
    await advance(desk, recorder, timedelta(days=2))
    _, third = recorder.of(Reminder)
    assert isinstance(third, Reminder)
    assert (third.occurrence, third.previous) == (3, ("C1", "7.0"))


async def _in_doubt(desk: Desk, recorder: Recorder) -> str:
    """A reminder stands in the channel, and nobody has marked it; the restart's id."""
    restart = (await deposited(desk)).restart
    assert restart is not None
    async with desk.store.transaction() as tx:
        for item in await queue.claim(tx, now=desk.clock() + timedelta(seconds=1), limit=10, lease=runner.LEASE):
            if item.kind == CARD.name:
                await queue.done(tx, id_=item.id, at=desk.clock())
    recorder.standing = Receipt("C1", "7.0", earlier=True)
    return restart.id


async def test_a_reminder_in_doubt_that_is_confirmed(desk: Desk) -> None:
    """Who posted it died before it was marked, and somebody clicked Restarted: it is found, and says so."""
    recorder = Recorder()
    restart_id = await _in_doubt(desk, recorder)
    assert (await pending.confirm(desk, restart_id, ALICE, seen=1)).first
    await advance(desk, recorder, timedelta(minutes=5))
    (update,) = recorder.said
    assert isinstance(update, ReminderUpdate)
    assert (update.restart.message_ts, update.restart.confirmed_by) == ("7.0", ALICE.id)
    await advance(desk, recorder, timedelta(days=9))
    assert recorder.of(Reminder) == []


async def test_a_reminder_in_doubt_that_is_put_off(desk: Desk) -> None:
    """It counts as said, shows who put it off, and the next one comes when it was put off to: none is lost."""
    recorder = Recorder()
    restart_id = await _in_doubt(desk, recorder)
    until = desk.clock() + timedelta(hours=3)
    await pending.snooze(desk, restart_id, ALICE, until)
    await advance(desk, recorder, timedelta(minutes=5))
    (update,) = recorder.said
    assert isinstance(update, ReminderUpdate)
    assert (update.restart.message_ts, update.restart.snoozed_until) == ("7.0", until)
    await advance(desk, recorder, until - desk.clock() - timedelta(seconds=1))
    assert recorder.of(Reminder) == []
    await advance(desk, recorder, timedelta(seconds=2))
    (second,) = recorder.of(Reminder)
    assert isinstance(second, Reminder)
    assert second.occurrence == 2


async def test_a_reminder_that_never_came_and_is_put_off(desk: Desk) -> None:
    """The attempt died before Slack heard of it: it comes when it was put off to, as the first."""
    recorder = Recorder()
    restart_id = await _in_doubt(desk, recorder)
    recorder.standing = None
    until = desk.clock() + timedelta(hours=3)
    await pending.snooze(desk, restart_id, ALICE, until)
    await advance(desk, recorder, until - desk.clock() - timedelta(seconds=1))
    assert recorder.said == []
    await advance(desk, recorder, timedelta(seconds=2))
    (first,) = recorder.of(Reminder)
    assert isinstance(first, Reminder)
    assert first.occurrence == 1


async def test_what_came_while_a_reminder_was_in_doubt_is_shown(desk: Desk) -> None:
    """The message that is found shows what was known when it was posted: it is brought up to date."""
    recorder = Found()
    await _in_doubt(desk, recorder)
    await deposited(desk, "tax")
    await advance(desk, recorder, timedelta(minutes=5))
    *_, update = recorder.of(ReminderUpdate)
    assert isinstance(update, ReminderUpdate)
    assert [one.label for one in update.restart.changes] == ["bank", "tax"]
    assert update.restart.message_ts == "7.0"


async def test_what_was_put_off_into_a_freeze_comes_when_that_is_ended(desk: Desk) -> None:
    """Held back after the moment that somebody chose: what is set counts for what is planned."""
    recorder = Recorder()
    restart = (await deposited(desk)).restart
    assert restart is not None
    await advance(desk, recorder, timedelta(seconds=1))
    await pending.snooze(desk, restart.id, ALICE, MONDAY + timedelta(hours=1))
    await freezes.add(desk, ALICE, "C1", None, first="2026-11-30", last="2026-12-20")
    await advance(desk, recorder, MONDAY + timedelta(days=1) - desk.clock())
    assert len(recorder.of(Reminder)) == 1
    await freezes.end(desk, ALICE, "C1", None)
    await advance(desk, recorder, timedelta(seconds=1))
    assert len(recorder.of(Reminder)) == 2


class Found(Recorder):
    """Finds what an earlier attempt said, before it says it again."""

    async def send(self, facts: Any, item: DueItem) -> Receipt | None:
        if isinstance(facts, Reminder) and item.unsure_since and self.standing:
            return self.standing
        return await super().send(facts, item)


async def test_the_reminder_before_is_retired(desk: Desk) -> None:
    """It is owed like everything else, and once."""
    recorder = Recorder()
    await deposited(desk)
    await advance(desk, recorder, timedelta(seconds=1))
    await advance(desk, recorder, MONDAY - desk.clock())
    (retired,) = recorder.of(ReminderRetired)
    assert isinstance(retired, ReminderRetired)
    assert retired.where == ("C1", ts(2))


async def test_a_kind_of_a_newer_version_waits(desk: Desk) -> None:
    """A replica that does not know what a row is about leaves it to those that do."""
    recorder = Recorder()
    async with desk.store.transaction() as tx:
        await queue.schedule(tx, kind="of-tomorrow", subject="s", key="k", due_at=desk.clock())
    await advance(desk, recorder, timedelta(seconds=1))
    async with desk.store.transaction() as tx:
        item = await queue.find(tx, "k")
    assert item is not None
    assert (item.done_at, item.reason, recorder.said) == (None, "unknown_kind", [])
