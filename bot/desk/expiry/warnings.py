"""Watching what ends: one row of the due queue for the next threshold of each version and authority.

A row is never taken back. What is not current when its moment comes is passed over in silence and watched on, so that
a certificate that comes back by a rollback or a restore is warned about again, and a replaced one never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.desk.base import calendar
from bot.desk.base.desk import Desk, Member, Policy
from bot.desk.expiry import thresholds
from bot.desk.outbox import enqueue
from bot.desk.outbox.results import Delivery, Ending, Expiry, ExpirySeen, Moot, Postponed
from store import Authority, DueItem, Environment, Transaction, Version, audit, environments, expiry, queue
from store.certificates import authorities, clients
from store.expiry import Watched

Target = Version | Authority


def end_of(target: Target) -> datetime:
    """When it stops working: the earliest end of its chain, or an authority's own."""
    return target.effective_end if isinstance(target, Version) else target.not_after


async def watch(tx: Transaction, policy: Policy, targets: Iterable[Target], place: Environment, now: datetime) -> None:
    """Watch from now on. Thresholds that are past already were said to whoever deposited it."""
    near = policy.near(place)
    for target in targets:
        said = thresholds.reached(end_of(target), now, near, place.timezone, place.schedule.morning)
        await _schedule(tx, _watched(target), place, thresholds.following(near, said))


async def expiry_of(
    tx: Transaction, policy: Policy, item: DueItem, now: datetime
) -> Delivery | Postponed | Moot | None:
    """The message of this moment; nothing for what was replaced or removed, and before the first threshold."""
    one, place = await _found(tx, item)
    if one is None or place is None:
        return None
    days = await _due(tx, policy, item, one, place, now=now) if one.current else None
    unsure = item.unsure_since is not None
    # A freeze holds back what asks for a restart; an end comes all the same.
    quiet = calendar.quiet_until(now, place.timezone, place.schedule) if days is not None else None
    if not unsure and (quiet or days is None):
        return Postponed(quiet) if quiet else None
    # Only now, for what is said or may have been, is the whole certificate read.
    target = await _target(tx, item)
    if target is None:
        return None
    planned = int(item.key.rsplit(":", 1)[1])
    mention = days is not None and days <= policy.mention_days
    warning = Expiry(item.id, Ending(place, target, one.ends), planned if days is None else days, mention)
    if days is None:
        return Moot(warning)
    return Postponed(quiet, warning) if quiet else warning


async def go_on(
    tx: Transaction,
    policy: Policy,
    item: DueItem,
    said: Delivery | None,
    now: datetime,
    *,
    stood_since: datetime | None = None,
) -> None:
    """Owe what comes next, in the transaction that marks this one done.

    ``stood_since`` is when an earlier attempt had said it, if one had: it was said of that moment, and not of this one.
    """
    one, place = await _found(tx, item) if not isinstance(said, Expiry) else await _still(tx, said)
    if one is None or place is None:
        return
    if isinstance(said, Expiry) and stood_since is None:
        days: int | None = said.days
    else:
        days = await _due(tx, policy, item, one, place, now=stood_since or now)
    if isinstance(said, Expiry) and days is not None and _key(one.id, days) != item.key:
        # Said under the name of an earlier threshold; nobody shall say it again under its own.
        await _schedule(tx, one, place, days)
        await queue.cancel(tx, key=_key(one.id, days), at=now)
    await _schedule(tx, one, place, thresholds.following(policy.near(place), days))


async def seen(desk: Desk, member: Member, item_id: str, *, channel: str | None = None) -> bool:
    """Somebody has seen a warning; False where what it was about is gone, or moved to another channel.

    Raises NotAllowed.
    """
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        item = await queue.get(tx, item_id)
        one = await _subject(tx, item) if item else None
        if item is None or one is None or channel not in {None, one.environment.channel}:
            return False
        tx.record(
            audit.Tag.EXPIRY_SEEN,
            member.id,
            now,
            environment=one.environment.id,
            version=one.target.id if isinstance(one.target, Version) else None,
            subject=item.subject,
        )
        subject, key, whose = f"{item.id}:{member.id}", f"seen:{item.id}", one.environment.id
        await enqueue.schedule(tx, enqueue.EXPIRY_SEEN, subject, key=key, at=now, environment_id=whose)
    desk.nudge.set()
    return True


async def seen_of(tx: Transaction, said: DueItem, where: tuple[str, str], by: str) -> Delivery | None:
    """The warning that ``by`` has seen; None where what it was about is gone."""
    one = await _subject(tx, said)
    return ExpirySeen(one, where, by) if one else None


async def replan(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """The environment's zone or its thresholds were changed: what is planned moves to where it belongs now."""
    near, known = policy.near(place), await expiry.watched_in(tx, place.id)
    planned = await queue.find_all(tx, [_key(one.id, days) for one in known for days in near])
    moved: dict[str, datetime] = {}
    for one in known:
        if (days := _unsaid(near, place, one, now, planned)) is None:
            continue
        if (key := _key(one.id, days)) in planned:
            moved[key] = thresholds.moment(one.ends, days, place.timezone, place.schedule.morning)
        else:
            await _schedule(tx, one, place, days)
    await queue.move_all(tx, moved)


def _unsaid(
    near: tuple[int, ...], place: Environment, one: Watched, now: datetime, planned: Mapping[str, DueItem]
) -> int | None:
    """The next threshold to come of which nothing was said yet."""
    days = thresholds.reached(one.ends, now, near, place.timezone, place.schedule.morning)
    while (days := thresholds.following(near, days)) is not None:
        row = planned.get(_key(one.id, days))
        if row is None or row.done_at is None:
            return days
    return None


async def _due(
    tx: Transaction, policy: Policy, item: DueItem, one: Watched, place: Environment, *, now: datetime
) -> int | None:
    """The threshold to speak of: that of the row, or a nearer one where the bot was away meanwhile.

    A threshold that is none any more, because the setting was changed since, is passed over; so is one that has a row
    of its own already.
    """
    planned, near = item.key.rsplit(":", 1)[1], policy.near(place)
    reached = thresholds.reached(one.ends, now, near, place.timezone, place.schedule.morning)
    known = [days for days in near if str(days) == planned]
    days = min([*known, *([] if reached is None else [reached])], default=None)
    if days is None or str(days) == planned:
        return days
    return days if await queue.find(tx, _key(one.id, days)) is None else None


async def _schedule(tx: Transaction, one: Watched, place: Environment, days: int | None) -> None:
    if days is None:
        return
    at = thresholds.moment(one.ends, days, place.timezone, place.schedule.morning)
    subject, key = f"{one.kind}:{one.id}", _key(one.id, days)
    await enqueue.schedule(tx, enqueue.EXPIRY, subject, key=key, at=at, environment_id=place.id)


def _key(target_id: str, days: int) -> str:
    return f"expiry:{target_id}:{days}"


async def _found(tx: Transaction, item: DueItem) -> tuple[Watched | None, Environment | None]:
    """What the item is about, and where; None for what is not there any more."""
    kind, _, id_ = item.subject.partition(":")
    one = await expiry.watched(tx, kind, id_)
    return one, await environments.get(tx, one.environment_id) if one else None


async def _still(tx: Transaction, said: Expiry) -> tuple[Watched | None, Environment | None]:
    """What was just said: an end never changes, and the environment may have."""
    one = _watched(said.ending.target)
    return one, await environments.get(tx, one.environment_id)


async def _target(tx: Transaction, item: DueItem) -> Target | None:
    kind, _, id_ = item.subject.partition(":")
    return await (clients.version(tx, id_) if kind == expiry.VERSION else authorities.get(tx, id_))


async def _subject(tx: Transaction, item: DueItem) -> Ending | None:
    """The whole of what the item is about; None where it is not there, or its environment is not any more."""
    target = await _target(tx, item)
    place = await environments.get(tx, target.environment_id) if target else None
    return Ending(place, target, end_of(target)) if target and place else None


def _watched(target: Target) -> Watched:
    if isinstance(target, Version):
        current = target.current and target.removed_at is None
        return Watched(expiry.VERSION, target.id, target.environment_id, target.effective_end, current)
    return Watched(expiry.AUTHORITY, target.id, target.environment_id, target.not_after, target.removed_at is None)
