"""Facts for one member: what waits for a restart, and what has expired or expires soon, in all their channels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.base import calendar
from bot.desk.base.access import ask_groups
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import UnknownGroup
from bot.desk.expiry.warnings import ExpiringItem, Target, end_of
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

ALARMS_SHOWN, RESTARTS_SHOWN, EXPIRED_SHOWN, EXPIRING_SHOWN = 5, 10, 10, 15
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An environment's pending restart, and when its next reminder is planned."""

    environment: Environment
    restart: PendingRestart
    reminder: datetime | None


@dataclass(frozen=True, slots=True)
class AtHome:
    """The first of what waits, has expired and expires soon, each with its total; and apps that are in trouble."""

    waiting: tuple[Waiting, ...]
    waiting_count: int
    expired: tuple[ExpiringItem, ...]
    expired_count: int
    expiring: tuple[ExpiringItem, ...]
    expiring_count: int
    environments_count: int
    alarms: tuple[tuple[Environment, PerformedRestart], ...] = ()


async def at_home(desk: Desk, member: Member, channels: Collection[str] | None) -> AtHome:
    """Return what a member of ``channels`` sees; what they own themselves if their channels are not known (None)."""
    now = desk.clock()
    owned = await _owned(desk, member) if channels is None else ()
    async with desk.store.reading() as tx:
        places = owned if channels is None else await environments.in_channels(tx, channels)
        troubled = await _alarms(tx, places, now)
        waiting, waiting_count = await _waiting(tx, places)
        expired, expired_count = await _expired(tx, places, now)
        expiring, expiring_count = await _expiring(tx, places, now)
    return AtHome(waiting, waiting_count, expired, expired_count, expiring, expiring_count, len(places), troubled)


async def _owned(desk: Desk, member: Member) -> Sequence[Environment]:
    async with desk.store.reading() as tx:
        several = await environments.owned_by(tx, member.id)
    for place in several:
        with suppress(UnknownGroup):
            await ask_groups(member, place)
    return [one for one in several if member.owns(one)]


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


async def _expired(
    tx: ReadTransaction, places: Sequence[Environment], now: datetime
) -> tuple[tuple[ExpiringItem, ...], int]:
    by_id = {one.id: one for one in places}
    return _items(by_id, *await expiry.expired(tx, list(by_id), until=now, limit=EXPIRED_SHOWN))


async def _expiring(
    tx: ReadTransaction, places: Sequence[Environment], now: datetime
) -> tuple[tuple[ExpiringItem, ...], int]:
    by_id = {one.id: one for one in places}
    return _items(by_id, *await expiry.soonest(tx, list(by_id), after=now, until=now + SOON, limit=EXPIRING_SHOWN))


def _items(
    by_id: Mapping[str, Environment], found: Sequence[Target], total: int
) -> tuple[tuple[ExpiringItem, ...], int]:
    return tuple(ExpiringItem(by_id[one.environment_id], one, end_of(one)) for one in found), total
