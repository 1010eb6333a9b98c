"""Delivering what is due: claimed with a lease, said, marked; tried again where it could not be said.

Each lane has a runner. What an environment is to be told goes in the order in which it is due; different environments,
what is looked into, and what is done for long go side by side.
"""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta

import structlog

from bot.desk.base import calendar
from bot.desk.base.desk import Desk
from bot.desk.expiry import warnings, weekly_list
from bot.desk.kinds import delivery_of
from bot.desk.outbox import enqueue
from bot.desk.outbox.enqueue import DIGEST, EXPIRY, REMINDER_RETIRED, REMINDER_UPDATE, schedule
from bot.desk.outbox.results import (
    Again,
    Alarm,
    Deliverer,
    Delivery,
    Later,
    Moot,
    Postponed,
    Progress,
    Receipt,
    Reminder,
    ReminderUpdate,
    Unsaid,
)
from bot.desk.restarts import alarms, performing
from store import DueItem, Transaction, environments, queue
from store.restarts import pending

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
# While somebody delivers, nobody else may have the item: what was claimed together begins early in the lease, and a
# deliverer takes 45 s at most (bot.slack.courier). What takes long by its nature keeps its own time.
_BEGIN_WITHIN = {queue.SAY: 50.0, queue.LOOK: 50.0}
BATCH = 10
LOOK_AT_LEAST_EVERY = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_MARK_AGAIN_AFTER = (0.2, 1.0, 3.0, 10.0, 20.0, 30.0)


async def run_due(
    desk: Desk, deliverer: Deliverer, *, stop: asyncio.Event | None = None, lane: str = queue.SAY, side_by_side: int = 1
) -> None:
    """Deliver what is due in a lane until ``stop`` is set; what is being delivered then is finished and marked."""
    stop = stop or asyncio.Event()
    nudged = desk.nudge.listen()
    while not stop.is_set():
        nudged.clear()
        try:
            busy = await run_once(desk, deliverer, stop=stop, lane=lane, side_by_side=side_by_side)
            pause = 0.0 if busy else await _pause(desk, lane)
        except Exception as error:  # the database is away, say: nothing is lost, it is all rows
            log.warning("due_queue_unreachable", kind=type(error).__name__)
            pause = LOOK_AT_LEAST_EVERY
        if pause and not stop.is_set():
            await _nap(nudged, pause)


async def run_once(
    desk: Desk, deliverer: Deliverer, *, stop: asyncio.Event | None = None, lane: str = queue.SAY, side_by_side: int = 1
) -> bool:
    """Claim what is due in a lane and deliver it, for ``side_by_side`` environments at a time; was there any?"""
    clock = asyncio.get_running_loop().time
    late = clock() + _BEGIN_WITHIN.get(lane, math.inf)
    async with desk.store.transaction() as tx:
        items = await queue.claim(tx, now=desk.clock(), limit=max(BATCH, side_by_side), lease=LEASE, lane=lane)
    room = asyncio.Semaphore(side_by_side)

    async def in_order(several: list[DueItem]) -> None:
        async with room:
            for item in several:
                stopping = clock() > late or (stop is not None and stop.is_set())
                await (_hold(desk, item) if stopping else _handle(desk, item, deliverer))

    # Each is finished before anything is claimed again, whatever becomes of another.
    ends = await asyncio.gather(*(in_order(several) for several in _apart(items)), return_exceptions=True)
    for error in ends:
        if error is not None:
            raise error
    return bool(items)


def _apart(items: list[DueItem]) -> list[list[DueItem]]:
    """What belongs to one environment is said in its order; what belongs to none has nobody to wait for."""
    groups: dict[str, list[DueItem]] = {}
    for item in items:
        groups.setdefault(item.environment_id or item.id, []).append(item)
    return list(groups.values())


async def _pause(desk: Desk, lane: str) -> float:
    async with desk.store.reading() as tx:
        next_due = await queue.next_due(tx, now=desk.clock(), lane=lane)
    if next_due is None:
        return LOOK_AT_LEAST_EVERY
    return min(max((next_due - desk.clock()).total_seconds(), 0.005), LOOK_AT_LEAST_EVERY)


async def _nap(nudged: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await nudged.wait()
    except TimeoutError:
        return


async def _handle(desk: Desk, item: DueItem, deliverer: Deliverer) -> None:
    try:
        found = await delivery_of(desk, item)
    except Exception as error:  # the database is away: nothing was even begun
        return await _try_again(desk, item, type(error).__name__, sure=True)
    try:
        said, receipt = await _say(deliverer, found, item)
    except Again as again:
        await _postpone(desk, item, desk.clock() + timedelta(seconds=again.seconds))
    except Later as later:
        await _put_off(desk, item, later)
    except Unsaid as unsaid:
        await _try_again(desk, item, unsaid.reason, sure=unsaid.sure)
    except Exception as error:
        # The text may hold what a certificate or a file name brought along; the kind says enough.
        await _try_again(desk, item, type(error).__name__, sure=False)
    else:
        if isinstance(found, Postponed) and receipt is None:
            return await _postpone(desk, item, found.until)
        if isinstance(found, Moot) and receipt is None:
            said = None
        await _mark_patiently(desk, item, said, receipt)


async def _say(
    deliverer: Deliverer, found: Delivery | Postponed | Moot | None, item: DueItem
) -> tuple[Delivery | None, Receipt | None]:
    """What was said, and the message it became; of what is postponed or moot, what had been said before."""
    if not isinstance(found, Postponed | Moot):
        return found, await deliverer.deliver(found, item) if found is not None else None
    unsure = found.what is not None and item.unsure_since is not None
    return found.what, await deliverer.find(found.what, item) if found.what is not None and unsure else None


async def _mark_patiently(desk: Desk, item: DueItem, delivery: Delivery | None, receipt: Receipt | None) -> None:
    """What was said must be marked, or it is said again: a database that is away for a while is waited for."""
    for pause in _MARK_AGAIN_AFTER:
        try:
            return await _mark(desk, item, delivery, receipt)
        except Exception as error:
            log.warning("not_marked_yet", kind=item.kind, error=type(error).__name__)
            await asyncio.sleep(pause)
    return await _mark(desk, item, delivery, receipt)


async def _try_again(desk: Desk, item: DueItem, reason: str, *, sure: bool) -> None:
    log.warning("delivery_failed", kind=item.kind, reason=reason, attempts=item.attempts)
    seconds = min(_FIRST_PAUSE * 2 ** min(item.attempts - 1, 10), _LONGEST_PAUSE)
    await _retry(desk, item, seconds, reason, sure=sure)


async def _put_off(desk: Desk, item: DueItem, later: Later) -> None:
    if later.held:
        await _hold(desk, item, later.seconds)
    else:
        await _retry(desk, item, later.seconds, later.reason, sure=True)


async def _retry(desk: Desk, item: DueItem, seconds: float, reason: str, *, sure: bool) -> None:
    at = desk.clock() + timedelta(seconds=seconds)
    async with desk.store.transaction() as tx:
        await queue.retry(tx, id_=item.id, due_at=at, reason=reason, sure=sure and item.unsure_since is None)


async def _hold(desk: Desk, item: DueItem, seconds: float = 0.0) -> None:
    """Give it back untried; what an earlier attempt left unsure stays so."""
    until = desk.clock() + timedelta(seconds=seconds)
    async with desk.store.transaction() as tx:
        await queue.hold(tx, id_=item.id, until=until, sure=item.unsure_since is None)


async def _postpone(desk: Desk, item: DueItem, until: datetime) -> None:
    async with desk.store.transaction() as tx:
        await queue.postpone(tx, id_=item.id, due_at=until)


async def _mark(desk: Desk, item: DueItem, delivery: Delivery | None, receipt: Receipt | None) -> None:
    now = desk.clock()
    async with desk.store.transaction() as tx:
        # The restart first and the due item after it: the order in which everybody takes them (store.Transaction).
        since = _stands_since(item, receipt, now)
        if isinstance(delivery, Reminder) and receipt is not None:
            await _said(tx, delivery, receipt, now, since=since)
            await _retire_previous(tx, delivery, receipt, now)
        if isinstance(delivery, ReminderUpdate):
            await _not_outrun(tx, delivery, now)
        if isinstance(delivery, Progress):
            await performing.progress_said(tx, desk, delivery, receipt)
        if isinstance(delivery, Alarm):
            await alarms.alarm_said(tx, delivery, now, since=since)
        if item.kind == EXPIRY:
            earlier = since if receipt is not None and receipt.earlier else None
            await warnings.go_on(tx, desk.policy, item, delivery, now, stood_since=earlier)
        if item.kind == DIGEST:
            await weekly_list.go_on(tx, item, now, stands_since=since if receipt is not None else None)
        await queue.done(
            tx,
            id_=item.id,
            at=now,
            channel=receipt.channel if receipt else None,
            ts=receipt.ts if receipt else None,
        )


def _stands_since(item: DueItem, receipt: Receipt | None, now: datetime) -> datetime:
    """Since when the message stands: Slack's own time of one that an earlier attempt posted, if that makes sense."""
    if receipt is None or not receipt.earlier or item.unsure_since is None:
        return now
    try:
        posted = datetime.fromtimestamp(float(receipt.ts), UTC)
    except (ValueError, OverflowError):
        posted = item.unsure_since
    return min(max(posted, item.unsure_since), now)


async def _said(tx: Transaction, reminder: Reminder, receipt: Receipt, now: datetime, *, since: datetime) -> None:
    """A reminder stands ``since`` then: the next one comes on the working morning after that, unless something happens.

    An earlier attempt's message shows what was known then, and knows of no snooze that was to end after it.
    """
    put_off = reminder.restart.snoozed_until
    restart = await pending.said(
        tx,
        restart_id=reminder.restart.id,
        channel=receipt.channel,
        ts=receipt.ts,
        occurrence=reminder.occurrence,
        put_off=put_off if put_off is not None and put_off <= since else None,
    )
    if receipt.earlier or restart.edition != reminder.restart.edition:
        # Something changed while the message was on its way; its update may have come before there was a message.
        await schedule(
            tx,
            REMINDER_UPDATE,
            restart.id,
            key=f"restart:{restart.id}:edition:{restart.edition}:after:{reminder.occurrence}",
            at=now,
            environment_id=restart.environment_id,
        )
    if restart.confirmed_at is None:
        place = await environments.get(tx, restart.environment_id) or reminder.environment
        # Somebody may have put it off while it was on its way.
        again = restart.snoozed_until or calendar.next_morning(since, place.timezone, place.schedule)
        await enqueue.owe_reminder(tx, restart, place, occurrence=reminder.occurrence + 1, at=again)


async def _not_outrun(tx: Transaction, update: ReminderUpdate, now: datetime) -> None:
    """While this update waited for its turn another replica may have shown what is newer, which it wrote over then."""
    shown = update.restart
    restart = await pending.get(tx, shown.id)
    if restart is None or (restart.edition, restart.message_ts) == (shown.edition, shown.message_ts):
        return
    whose, over = restart.environment_id, f"over:{shown.edition}"
    if restart.message_ts == shown.message_ts:
        key = f"restart:{restart.id}:edition:{restart.edition}:{over}"
        await schedule(tx, REMINDER_UPDATE, restart.id, key=key, at=now, environment_id=whose)
    else:
        channel, ts = shown.message_channel, shown.message_ts
        subject, key = f"{whose}:{channel}:{ts}", f"retired:{channel}:{ts}:{over}"
        await schedule(tx, REMINDER_RETIRED, subject, key=key, at=now, environment_id=whose)


async def _retire_previous(tx: Transaction, reminder: Reminder, receipt: Receipt, now: datetime) -> None:
    """The one before has buttons that this one has: owed, so that it cannot be left standing."""
    if reminder.previous in {None, (receipt.channel, receipt.ts)}:
        return
    channel, ts = reminder.previous or ("", "")
    subject, key = f"{reminder.environment.id}:{channel}:{ts}", f"retired:{channel}:{ts}"
    await schedule(tx, REMINDER_RETIRED, subject, key=key, at=now, environment_id=reminder.environment.id)
