"""Watching what ends: one row of the due queue for the next threshold of each version and authority.

A row is never taken back. What is not current when its moment comes is passed over in silence and watched on, so that
a certificate that comes back by a rollback or a restore is warned about again, and a replaced one never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.desk import calendar, ends, owed
from bot.desk.deliveries import Delivery, Digest, Ending, Expiry, ExpirySeen, Postponed
from bot.desk.desk import Desk, Member, Policy
from store import Authority, DueItem, Environment, Transaction, Version, audit, authorities, certificates, environments
from store import due as queue

_VERSION, _AUTHORITY = "version", "authority"
Target = Version | Authority


def end_of(target: Target) -> datetime:
    """When it stops working: the earliest end of its chain, or an authority's own."""
    return target.effective_end if isinstance(target, Version) else target.not_after


async def watch(tx: Transaction, policy: Policy, targets: Iterable[Target], place: Environment, now: datetime) -> None:
    """Watch from now on. Thresholds that are past already were said to whoever deposited it."""
    near = policy.near(place)
    for target in targets:
        said = ends.reached(end_of(target), now, near, place.timezone, place.schedule.morning)
        await _schedule(tx, target, place, ends.following(near, said))


async def watch_channel(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """See to it that the channel has a digest a week; how many environments it has makes no difference."""
    begins = calendar.week_begins(now, place.timezone, place.schedule)
    key = f"digest:{place.channel}:{begins.date()}"
    await owed.schedule(tx, owed.DIGEST, place.channel, key=key, at=begins)


async def expiry_of(tx: Transaction, policy: Policy, item: DueItem, now: datetime) -> Delivery | Postponed | None:
    """The message of this moment; None for what was replaced or removed, and before the first threshold."""
    one = await _subject(tx, item)
    if one is None or not _is_current(one.target):
        return None
    days = await _due(tx, policy, item, one, now)
    if days is None:
        return None
    # A freeze holds back what asks for a restart; an end comes all the same.
    if ends_at := calendar.quiet_until(now, one.environment.timezone, one.environment.schedule):
        return Postponed(ends_at)
    return Expiry(item.id, one, days, days <= policy.mention_days)


async def digest_of(tx: Transaction, policy: Policy, item: DueItem, now: datetime) -> Delivery | Postponed | None:
    """What ends within the first threshold and is too far off for messages of its own; None where nothing does."""
    found = []
    here = await environments.bound_to(tx, item.subject)
    if here and (ends_at := calendar.quiet_until(now, here[0].timezone, here[0].schedule)):
        return Postponed(ends_at)
    for place in here:
        known: list[Target] = [*await certificates.current(tx, place.id), *await authorities.current(tx, place.id)]
        for target in known:
            thresholds, morning = policy.thresholds_of(place), place.schedule.morning
            reached = ends.reached(end_of(target), now, thresholds, place.timezone, morning)
            if reached is not None and reached > max(policy.near(place)):
                found.append(Ending(place, target, end_of(target)))
    return Digest(item.subject, tuple(sorted(found, key=lambda one: one.ends))) if found else None


async def go_on(tx: Transaction, policy: Policy, item: DueItem, said: Delivery | None, now: datetime) -> None:
    """Owe what comes next, in the transaction that marks this one done."""
    if item.kind == owed.DIGEST:
        if here := await environments.bound_to(tx, item.subject):
            await watch_channel(tx, policy, here[0], now)
        return
    one = await _subject(tx, item)
    if one is None:
        return
    target, place = one.target, one.environment
    days = said.days if isinstance(said, Expiry) else await _due(tx, policy, item, one, now)
    if isinstance(said, Expiry) and _key(target.id, said.days) != item.key:
        # Said under the name of an earlier threshold; nobody shall say it again under its own.
        await _schedule(tx, target, place, said.days)
        await queue.cancel(tx, key=_key(target.id, said.days), at=now)
    await _schedule(tx, target, place, ends.following(policy.near(place), days))


async def seen(desk: Desk, member: Member, item_id: str) -> bool:
    """Somebody has seen a warning; False where what it was about is gone. Raises NotAllowed."""
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        item = await queue.get(tx, item_id)
        one = await _subject(tx, item) if item else None
        if item is None or one is None:
            return False
        await audit.append(
            tx,
            tag=audit.Tag.EXPIRY_SEEN,
            actor=member.id,
            at=now,
            environment_id=one.environment.id,
            version_id=one.target.id if isinstance(one.target, Version) else None,
            detail={"subject": item.subject},
        )
        subject, key, whose = f"{item.id}:{member.id}", f"seen:{item.id}", one.environment.id
        await owed.schedule(tx, owed.EXPIRY_SEEN, subject, key=key, at=now, environment_id=whose)
    desk.nudge.set()
    return True


async def seen_of(tx: Transaction, item: DueItem) -> Delivery | None:
    """The message that somebody has seen; None where it stands nowhere."""
    item_id, _, by = item.subject.partition(":")
    warned = await queue.get(tx, item_id)
    if warned is None or not (warned.channel and warned.ts):
        return None
    one = await _subject(tx, warned)
    return ExpirySeen(one, (warned.channel, warned.ts), by) if one else None


async def _due(tx: Transaction, policy: Policy, item: DueItem, one: Ending, now: datetime) -> int | None:
    """The threshold to speak of: that of the row, or a nearer one where the bot was away meanwhile.

    A threshold that is none any more, because the setting was changed since, is passed over; so is one that has a row
    of its own already.
    """
    planned, place, near = item.key.rsplit(":", 1)[1], one.environment, policy.near(one.environment)
    reached = ends.reached(one.ends, now, near, place.timezone, place.schedule.morning)
    known = [days for days in near if str(days) == planned]
    days = min([*known, *([] if reached is None else [reached])], default=None)
    if days is None or str(days) == planned:
        return days
    return days if await queue.find(tx, _key(one.target.id, days)) is None else None


async def replan(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """The environment's zone or its thresholds were changed: what is planned moves to where it belongs now."""
    known: list[Target] = [*await certificates.current(tx, place.id), *await authorities.current(tx, place.id)]
    near = policy.near(place)
    planned = await queue.find_all(tx, [_key(target.id, days) for target in known for days in near])
    moved: dict[str, datetime] = {}
    for target in known:
        if (days := _unsaid(near, place, target, now, planned)) is None:
            continue
        if (key := _key(target.id, days)) in planned:
            moved[key] = ends.moment(end_of(target), days, place.timezone, place.schedule.morning)
        else:
            await _schedule(tx, target, place, days)
    await queue.move_all(tx, moved)


def _unsaid(
    near: tuple[int, ...], place: Environment, target: Target, now: datetime, planned: Mapping[str, DueItem]
) -> int | None:
    """The next threshold to come of which nothing was said yet."""
    days = ends.reached(end_of(target), now, near, place.timezone, place.schedule.morning)
    while (days := ends.following(near, days)) is not None:
        row = planned.get(_key(target.id, days))
        if row is None or row.done_at is None:
            return days
    return None


async def _schedule(tx: Transaction, target: Target, place: Environment, days: int | None) -> None:
    if days is None:
        return
    kind = _VERSION if isinstance(target, Version) else _AUTHORITY
    at = ends.moment(end_of(target), days, place.timezone, place.schedule.morning)
    subject, key = f"{kind}:{target.id}", _key(target.id, days)
    await owed.schedule(tx, owed.EXPIRY, subject, key=key, at=at, environment_id=place.id)


def _key(target_id: str, days: int) -> str:
    return f"expiry:{target_id}:{days}"


async def _subject(tx: Transaction, item: DueItem) -> Ending | None:
    """What the item is about; None where it is not there, or its environment is not any more."""
    kind, _, id_ = item.subject.partition(":")
    target: Target | None = await (certificates.version(tx, id_) if kind == _VERSION else authorities.get(tx, id_))
    place = await environments.get(tx, target.environment_id) if target else None
    return Ending(place, target, end_of(target)) if target and place else None


def _is_current(target: Target) -> bool:
    return target.removed_at is None and (isinstance(target, Authority) or target.current)
