"""Restarts: what an app has not loaded yet, confirming that it was restarted, and putting a reminder off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.desk.base import calendar
from bot.desk.base.access import Find, by_id, changing, may_change
from bot.desk.base.desk import UNDO_FOR, Desk, Member
from bot.desk.base.errors import BadMoment, EnvironmentGone, NewerPending, RestartGone, TooLate
from bot.desk.base.lookup import the_one
from bot.desk.restarts import alarms
from bot.desk.restarts.connections import must_not_run
from bot.desk.restarts.reminders import (
    move_reminder,
    reminder_key,
    resume_reminders,
    schedule_reminder,
    schedule_update,
)
from store import (
    AlreadyExists,
    Environment,
    NotFound,
    PendingRestart,
    PerformedRestart,
    ReadTransaction,
    Transaction,
    audit,
    environments,
    queue,
)
from store.restarts import connections, pending, runs

CERTDESK = "certdesk:"
"""Before the member for whom Certdesk itself performed a restart: who confirms it."""
_HOUR = timedelta(hours=1)
_FARTHEST = timedelta(days=31)


class Snooze(StrEnum):
    """For how long a reminder can be put off, beside a chosen time."""

    HOUR = "hour"
    MORNING = "morning"


@dataclass(frozen=True, slots=True)
class PendingOf:
    """An environment and what its app has not loaded yet, if anything.

    ``alarm`` is a run that left it in trouble; ``moved`` says that a snooze ends later than was asked for.
    """

    environment: Environment
    restart: PendingRestart | None
    connected: bool = False
    alarm: PerformedRestart | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed restart; ``first`` is false where somebody had confirmed it before, or nothing was loaded yet."""

    environment: Environment
    restart: PendingRestart
    first: bool


async def find(desk: Desk, channel: str, path: str | None = None) -> PendingOf:
    """Return what is pending in the environment that is meant. Raises as ``lookup.the_one``."""
    async with desk.store.reading() as tx:
        environment = await the_one(tx, channel, path)
        connected = await connections.of(tx, environment.id) is not None
        alarm = await alarms.standing(tx, environment.id, desk.clock())
        return PendingOf(environment, await pending.of(tx, environment.id), connected, alarm)


async def of(desk: Desk, restart_id: str, *, channel: str | None = None) -> PendingOf:
    """Return a restart by its id, confirmed or not. Raises RestartGone, EnvironmentGone."""
    async with desk.store.reading() as tx:
        environment, restart = await _restart(tx, restart_id, channel)
    return PendingOf(environment, restart)


async def to_put_off(desk: Desk, restart_id: str, member: Member, *, channel: str | None = None) -> PendingOf:
    """Return a restart whose reminder somebody wants to put off. Raises RestartGone, and as :func:`may_change`."""
    await may_change(desk, member, _place_of(restart_id, channel))
    return await of(desk, restart_id)


async def confirm(
    desk: Desk, restart_id: str, member: Member, *, seen: int | None = None, channel: str | None = None
) -> Confirmed:
    """Record that the app was restarted: nothing of this is pending any more.

    Raises RestartGone, RestartRuns while a restart of ours is under way, which confirms by itself, and as
    :func:`changing`.

    ``seen`` is how many changes the message showed that was answered: what came later stays pending. ``channel`` is
    where it was answered, if in one: in a channel that the environment has left, nothing is.
    """
    async with changing(desk, member, _place_of(restart_id, channel)) as (tx, environment):
        await must_not_run(tx, environment)
        confirmed = await confirmed_in(tx, restart_id, by=member.id, now=desk.clock(), seen=seen)
    desk.nudge.set()
    return confirmed


async def confirmed_in(
    tx: Transaction,
    restart_id: str,
    *,
    by: str,
    now: datetime,
    seen: int | None = None,
    loaded_at: datetime | None = None,
    run: PerformedRestart | None = None,
) -> Confirmed:
    """Confirm within a transaction of the caller's, who nudges afterwards; raises RestartGone.

    ``by`` is who says so: a member, or a program. ``loaded_at`` is when the app was restarted: what was changed later
    stays pending. ``run`` is the run that did it, which speaks for no other app than its own.
    """
    environment, before = await _restart(tx, restart_id)
    try:
        restart = await pending.confirm(tx, restart_id=restart_id, by=by, at=now, seen=seen, loaded_at=loaded_at)
    except NotFound:
        raise RestartGone from None
    first = before.confirmed_at is None and (restart.confirmed_by, restart.confirmed_at) == (by, now)
    if first:
        if undo_until(restart) is not None:
            await schedule_update(tx, restart, at=now + UNDO_FOR, because=f"undo-over:{restart.edition}")
        await queue.cancel(tx, key=reminder_key(restart.id, restart.occurrence + 1), at=now)
        await schedule_update(tx, restart, at=now)
        await _remind_of_the_rest(tx, environment, now)
    if first or loaded_at is not None:
        await alarms.end_alarms(tx, environment.id, before=loaded_at or now, at=now, like=run)
    return Confirmed(environment, restart, first)


def undo_until(restart: PendingRestart) -> datetime | None:
    """Return until when a member's confirmation can be undone; None for a program's, which knows what it did."""
    by_member = ":" not in (restart.confirmed_by or "")
    return restart.confirmed_at + UNDO_FOR if restart.confirmed_at and by_member else None


async def undo(desk: Desk, restart_id: str, member: Member, *, channel: str | None = None) -> PendingOf:
    """Undo a confirmation: the changes are pending again, and reminders go on. An alarm that it ended stays ended.

    Raises RestartGone, TooLate, NewerPending if something was changed since, and as :func:`changing`.
    """
    now = desk.clock()
    async with changing(desk, member, _place_of(restart_id, channel)) as (tx, environment):
        _, before = await _restart(tx, restart_id)
        until = undo_until(before)
        if before.confirmed_at is not None and (until is None or now > until):
            raise TooLate
        try:
            restart = await pending.reopen(tx, restart_id=restart_id, by=member.id, at=now)
        except AlreadyExists:
            raise NewerPending(environment.path) from None
        await schedule_update(tx, restart, at=now)
        await resume_reminders(tx, restart, environment, now)
    desk.nudge.set()
    return PendingOf(environment, restart)


@dataclass(frozen=True, slots=True)
class Recovered:
    """An environment whose app is said to run; ``first`` is false if its alarm was over before.

    ``restart`` is what its app may not have loaded yet: that it runs does not tell.
    """

    environment: Environment
    restart: PendingRestart | None
    first: bool


async def app_runs(desk: Desk, run_id: str, member: Member, *, channel: str | None = None) -> Recovered:
    """End the alarms of the environment whose app that run left stopped or unknown; changes stay pending.

    Raises RestartGone, RestartRuns, and as :func:`changing`: also in a ``channel`` that the environment has left.
    """
    async with changing(desk, member, _place_of_run(run_id, channel)) as (tx, environment):
        now, run = desk.clock(), await _run(tx, run_id)
        await must_not_run(tx, environment)
        first = not run.has_recovered and await all_clear_in(tx, environment.id, by=member.id, now=now, loaded_at=now)
        restart = await pending.of(tx, environment.id)
    desk.nudge.set()
    return Recovered(environment, restart, first)


async def all_clear(desk: Desk, member: Member, environment_id: str) -> bool:
    """Record a restart while nothing is pending. Return whether that ended an alarm.

    Raises RestartRuns, and as :func:`changing`.
    """
    async with changing(desk, member, by_id(environment_id)) as (tx, environment):
        now = desk.clock()
        await must_not_run(tx, environment)
        over = await all_clear_in(tx, environment_id, by=member.id, now=now, loaded_at=now)
    desk.nudge.set()
    return over


async def all_clear_in(tx: Transaction, environment_id: str, *, by: str, now: datetime, loaded_at: datetime) -> bool:
    """Do the same within a transaction of the caller's, who nudges afterwards."""
    over = await alarms.end_alarms(tx, environment_id, before=loaded_at, at=now)
    if over:
        tx.record(audit.Tag.RESTART_CONFIRMED, by, now, environment=environment_id)
    return over


async def _remind_of_the_rest(tx: Transaction, environment: Environment, now: datetime) -> None:
    """Give what was changed after the restart, if anything, a reminder of its own."""
    if (rest := await pending.of(tx, environment.id)) is not None:
        at = calendar.first_reminder(now, environment)
        await schedule_reminder(tx, rest, environment, occurrence=1, at=at)


async def snooze(desk: Desk, restart_id: str, member: Member, until: Snooze | datetime) -> PendingOf:
    """Put the next reminder off, as a window asks for that :func:`of` let open.

    Raises RestartGone, BadMoment, and as :func:`changing`.
    """
    now = desk.clock()
    async with changing(desk, member, _place_of(restart_id)) as (tx, environment):
        moment, moved = _moment(environment, until, now)
        restart = await pending.snooze(tx, restart_id=restart_id, until=moment, by=member.id, at=now)
        if restart.confirmed_at is None:
            await move_reminder(tx, restart, environment, moment)
            await schedule_update(tx, restart, at=now)
    desk.nudge.set()
    return PendingOf(environment, restart, moved=moved)


def _moment(environment: Environment, until: Snooze | datetime, now: datetime) -> tuple[datetime, bool]:
    """Return when it comes back, and whether that is later than somebody chose."""
    if until is Snooze.MORNING:
        return calendar.next_morning(now, environment.timezone, environment.schedule), False
    wanted = now + _HOUR if until is Snooze.HOUR else until
    assert isinstance(wanted, datetime)  # noqa: S101  the two snoozes are handled above
    if not now < wanted <= now + _FARTHEST:
        raise BadMoment
    # What somebody chose, or the first moment after it that is no quiet hour and no freeze: that is what is shown.
    free = calendar.free_from(wanted, environment.timezone, environment.schedule)
    return free, free != wanted


def _place_of(restart_id: str, channel: str | None = None) -> Find:
    async def find(tx: ReadTransaction) -> Environment:
        return (await _restart(tx, restart_id, channel))[0]

    return find


def _place_of_run(run_id: str, channel: str | None) -> Find:
    async def find(tx: ReadTransaction) -> Environment:
        environment = await environments.get(tx, (await _run(tx, run_id)).environment_id)
        if environment is None:
            raise RestartGone
        if channel not in {None, environment.channel}:
            raise EnvironmentGone
        return environment

    return find


async def _run(tx: ReadTransaction, run_id: str) -> PerformedRestart:
    if (run := await runs.get(tx, run_id)) is None:
        raise RestartGone
    return run


async def _restart(
    tx: ReadTransaction, restart_id: str, channel: str | None = None
) -> tuple[Environment, PendingRestart]:
    restart = await pending.get(tx, restart_id)
    environment = await environments.get(tx, restart.environment_id) if restart else None
    if restart is None or environment is None:
        raise RestartGone
    if channel not in {None, environment.channel}:
        raise EnvironmentGone
    return environment, restart
