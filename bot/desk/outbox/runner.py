"""Sending what is due: claimed with a lease, sent, marked; tried again where that was not possible.

Each lane has a runner. Messages of one environment are sent in the order in which they are due; different environments,
files that are looked into, and restarts go side by side.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.desk.base.desk import Desk
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.outbox.results import Again, GivenUp, Later, NotSent, Obsolete, Postponed, Receipt, Sender
from store import DueItem, queue

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
# While an item is being sent, nobody else may have it: what was claimed together begins early in the lease, and a
# sender takes 45 s at most (bot.slack.outbox.courier). What takes long by its nature keeps its own time.
_BEGIN_WITHIN = {queue.SAY: 50.0, queue.LOOK: 50.0, queue.CALL: 20.0}
BATCH = 10
LOOK_AT_LEAST_EVERY = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_ONCE_MORE = 7 * 86_400.0
_MARK_AGAIN_AFTER = (0.2, 1.0, 3.0, 10.0, 20.0, 30.0)


Kinds = Mapping[str, Kind[Any]]
# What is sent in one message: one item, or several of a kind and an environment. The message is the first one's.
Unit = tuple[DueItem, ...]


async def run_due(
    desk: Desk,
    kinds: Kinds,
    sender: Sender,
    *,
    stop: asyncio.Event | None = None,
    lane: str = queue.SAY,
    side_by_side: int = 1,
) -> None:
    """Send what is due in a lane until ``stop`` is set; what is being sent then is finished and marked."""
    stop = stop or asyncio.Event()
    nudged = desk.nudge.listen()
    while not stop.is_set():
        nudged.clear()
        try:
            busy = await run_once(desk, kinds, sender, stop=stop, lane=lane, side_by_side=side_by_side)
            pause = 0.0 if busy else await _pause(desk, lane)
        except Exception as error:  # the database is away, say: nothing is lost, it is all rows
            log.warning("due_queue_unreachable", kind=type(error).__name__)
            pause = LOOK_AT_LEAST_EVERY
        if pause and not stop.is_set():
            await _nap(nudged, pause)


async def run_once(
    desk: Desk,
    kinds: Kinds,
    sender: Sender,
    *,
    stop: asyncio.Event | None = None,
    lane: str = queue.SAY,
    side_by_side: int = 1,
) -> bool:
    """Claim what is due in a lane and send it, for ``side_by_side`` environments at a time; return whether any was."""
    clock = asyncio.get_running_loop().time
    late = clock() + _BEGIN_WITHIN.get(lane, math.inf)
    together = [kind.name for kind in kinds.values() if kind.together is not None]
    async with desk.store.transaction() as tx:
        limit = max(BATCH, side_by_side)
        items = await queue.claim(tx, now=desk.clock(), limit=limit, lease=LEASE, lane=lane, together=together)
    room = asyncio.Semaphore(side_by_side)

    async def in_order(several: list[DueItem]) -> None:
        async with room:
            for unit in _units(kinds, several):
                stopping = clock() > late or (stop is not None and stop.is_set())
                await (_hold(desk, unit) if stopping else _handle(desk, kinds, unit, sender))

    # Each is finished before anything is claimed again, whatever becomes of another.
    ends = await asyncio.gather(*(in_order(several) for several in _apart(items)), return_exceptions=True)
    for error in ends:
        if error is not None:
            raise error
    return bool(items)


def _apart(items: list[DueItem]) -> list[list[DueItem]]:
    """Group items by environment, each group in its order; an item of none is a group of its own."""
    groups: dict[str, list[DueItem]] = {}
    for item in items:
        groups.setdefault(item.environment_id or item.id, []).append(item)
    return list(groups.values())


def _units(kinds: Kinds, items: list[DueItem]) -> list[Unit]:
    """Group what is sent in one message; what may have been sent before stays with what was tried at that moment."""
    units: dict[Hashable, list[DueItem]] = {}
    for item in items:
        units.setdefault(_message_of(kinds, item), []).append(item)
    return [tuple(unit) for unit in units.values()]


def _message_of(kinds: Kinds, item: DueItem) -> Hashable:
    kind = kinds.get(item.kind)
    if kind is None or kind.together is None or item.payload is None:
        return item.id
    return item.kind, kind.together(item), item.unsure_since


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


async def _handle(desk: Desk, kinds: Kinds, unit: Unit, sender: Sender) -> None:
    if (kind := kinds.get(unit[0].kind)) is None:  # a newer version wrote it
        return await _try_again(desk, unit, "unknown_kind", sure=True)
    try:
        unit = tuple(map(kind.read, unit))
        loaded = await _load(desk, kind, unit)
    except Exception as error:  # the database is away: nothing was even begun
        return await _try_again(desk, unit, type(error).__name__, sure=True)
    try:
        facts, receipt = await _send(sender, loaded, unit[0])
    except Again as again:
        await _postpone(desk, unit, desk.clock() + timedelta(seconds=again.seconds))
    except (Later, GivenUp) as end:
        await (_put_off(desk, unit, end) if isinstance(end, Later) else _give_up(desk, kind, unit, end.reason))
    except NotSent as failed:
        await _try_again(desk, unit, failed.reason, sure=failed.sure)
    except Exception as error:
        # The text may hold what a certificate or a file name brought along; the kind says enough.
        await _try_again(desk, unit, type(error).__name__, sure=False)
    else:
        if isinstance(loaded, Postponed) and receipt is None:
            return await _postpone(desk, unit, loaded.until)
        if isinstance(loaded, Obsolete) and receipt is None:
            facts = None
        await _mark_patiently(desk, kind, unit, facts, receipt)


async def _load(desk: Desk, kind: Kind[Any], unit: Unit) -> Loaded[Any]:
    """Read the facts as they are now; what was scheduled may have become pointless since."""
    now = desk.clock()
    item, *others = unit
    async with desk.store.reading() as tx:
        return await kind.load(Loading(tx, desk, item, now, tuple(others)))


async def _send(sender: Sender, loaded: Loaded[Any], item: DueItem) -> tuple[Any, Receipt | None]:
    """Send it; of what is postponed or obsolete, find the message that an earlier attempt may have posted."""
    if not isinstance(loaded, Postponed | Obsolete):
        return loaded, await sender.send(loaded, item) if loaded is not None else None
    if loaded.facts is None or item.unsure_since is None:
        return loaded.facts, None
    return loaded.facts, await sender.find(loaded.facts, item)


async def _mark_patiently(desk: Desk, kind: Kind[Any], unit: Unit, facts: Any, receipt: Receipt | None) -> None:
    """Mark the items, or they are sent again: a database that is away for a while is waited for."""
    for pause in _MARK_AGAIN_AFTER:
        try:
            return await _mark(desk, kind, unit, facts, receipt)
        except Exception as error:
            log.warning("not_marked_yet", kind=kind.name, error=type(error).__name__)
            await asyncio.sleep(pause)
    return await _mark(desk, kind, unit, facts, receipt)


async def _mark(desk: Desk, kind: Kind[Any], unit: Unit, facts: Any, receipt: Receipt | None) -> None:
    now = desk.clock()
    item, *others = unit
    async with desk.store.transaction() as tx:
        # The due items last: the order in which everybody takes rows (store.Transaction).
        await kind.after(Sent(tx, desk, item, facts, receipt, now, tuple(others)))
        channel, ts = (receipt.channel, receipt.ts) if receipt else (None, None)
        await queue.done(tx, id_=item.id, at=now, channel=channel, ts=ts)
        for other in others:
            await queue.done(tx, id_=other.id, at=now)


async def _try_again(desk: Desk, unit: Unit, reason: str, *, sure: bool) -> None:
    attempts = max(item.attempts for item in unit)
    log.warning("delivery_failed", kind=unit[0].kind, reason=reason, attempts=attempts)
    seconds = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 10), _LONGEST_PAUSE)
    await _retry(desk, unit, seconds, reason, sure=sure)


async def _put_off(desk: Desk, unit: Unit, later: Later) -> None:
    if later.held:
        await _hold(desk, unit, later.seconds)
    else:
        await _retry(desk, unit, later.seconds, later.reason, sure=True, lasting=later.lasting)


async def _give_up(desk: Desk, kind: Kind[Any], unit: Unit, reason: str) -> None:
    """End what nobody can be told. Of an environment, its owners see it for a week, and then it is tried once more."""
    log.warning("delivery_given_up", kind=kind.name, reason=reason)
    if unit[0].environment_id is None or unit[0].reason == reason:
        await _mark_patiently(desk, kind, unit, None, None)
    else:
        await _retry(desk, unit, _ONCE_MORE, reason, sure=True, lasting=True)


async def _retry(desk: Desk, unit: Unit, seconds: float, reason: str, *, sure: bool, lasting: bool = False) -> None:
    at = desk.clock() + timedelta(seconds=seconds)
    async with desk.store.transaction() as tx:
        for item in unit:
            known = sure and item.unsure_since is None
            await queue.retry(tx, id_=item.id, due_at=at, reason=reason, sure=known, lasting=lasting)


async def _hold(desk: Desk, unit: Unit, seconds: float = 0.0) -> None:
    """Give it back untried; what an earlier attempt left unsure stays so."""
    until = desk.clock() + timedelta(seconds=seconds)
    async with desk.store.transaction() as tx:
        for item in unit:
            await queue.hold(tx, id_=item.id, until=until, sure=item.unsure_since is None)


async def _postpone(desk: Desk, unit: Unit, until: datetime) -> None:
    async with desk.store.transaction() as tx:
        for item in unit:
            await queue.postpone(tx, id_=item.id, due_at=until)
