"""What one member has to know: what waits for a restart and what ends soon, in all their channels at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.base import calendar
from bot.desk.base.desk import Desk, Member
from bot.desk.expiry import thresholds
from bot.desk.expiry.warnings import ExpiringItem, end_of
from bot.desk.restarts.reminders import reminder_key
from store import (
    Environment,
    PendingRestart,
    PerformedRestart,
    ReadTransaction,
    environments,
    expiry,
    queue,
)
from store.restarts import pending, runs

ALARMS_SHOWN, RESTARTS_SHOWN, ENDINGS_SHOWN = 5, 10, 15
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An environment's pending restart, and when its next reminder is planned."""

    environment: Environment
    restart: PendingRestart
    reminder: datetime | None


@dataclass(frozen=True, slots=True)
class AtHome:
    """The first of what waits and of what ends, each with how many there are; and apps that are in trouble."""

    waiting: tuple[Waiting, ...]
    waiting_count: int
    endings: tuple[ExpiringItem, ...]
    endings_count: int
    environments_count: int
    alarms: tuple[tuple[Environment, PerformedRestart], ...] = ()


async def at_home(desk: Desk, member: Member, channels: Collection[str] | None) -> AtHome:
    """What a member of ``channels`` sees; of an unknown membership (None), what they own themselves."""
    now = desk.clock()
    async with desk.store.reading() as tx:
        if channels is None:
            places = await environments.owned_by(tx, member.id)
        else:
            places = await environments.in_channels(tx, channels)
        troubled = await _alarms(tx, places, now)
        waiting, waiting_count = await _waiting(tx, places)
        endings, endings_count = await _endings(tx, places, now)
    return AtHome(waiting, waiting_count, endings, endings_count, len(places), troubled)


async def _alarms(
    tx: ReadTransaction, places: Sequence[Environment], now: datetime
) -> tuple[tuple[Environment, PerformedRestart], ...]:
    by_id = {one.id: one for one in places}
    last = {run.environment_id: run for run in await runs.failed_in(tx, list(by_id), now)}
    return tuple((by_id[id_], run) for id_, run in last.items())[:ALARMS_SHOWN]


async def _waiting(tx: ReadTransaction, places: Sequence[Environment]) -> tuple[tuple[Waiting, ...], int]:
    by_id = {one.id: one for one in places}
    found, count = await pending.pending_in(tx, list(by_id), limit=RESTARTS_SHOWN)
    shown = [Waiting(by_id[one.environment_id], one, await _next(tx, by_id[one.environment_id], one)) for one in found]
    return tuple(shown), count


async def _next(tx: ReadTransaction, place: Environment, restart: PendingRestart) -> datetime | None:
    item = await queue.find(tx, reminder_key(restart.id, restart.occurrence + 1))
    if item is None or item.done_at is not None:
        return None
    return calendar.free_from(item.due_at, place.timezone, place.schedule)


async def _endings(
    tx: ReadTransaction, places: Sequence[Environment], now: datetime
) -> tuple[tuple[ExpiringItem, ...], int]:
    by_id = {one.id: one for one in places}
    found, count = await expiry.soonest(
        tx, list(by_id), after=now - thresholds.LATELY, until=now + SOON, limit=ENDINGS_SHOWN
    )
    return tuple(ExpiringItem(by_id[one.environment_id], one, end_of(one)) for one in found), count
