"""Watching what ends: one row of the due queue for the next threshold of each version and authority.

A row is never taken back. What is not current when its moment comes is passed over in silence and watched on, so that
a certificate that comes back by a rollback or a restore is warned about again, and a replaced one never is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.desk import ends, owed
from bot.desk.deliveries import Delivery, Digest, Ending, Expiry, ExpirySeen
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
    for target in targets:
        said = ends.reached(end_of(target), now, policy.near, place.timezone, policy.morning)
        await _schedule(tx, policy, target, place, ends.following(policy.near, said))


async def watch_channel(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """See to it that the channel has a digest a week; how many environments it has makes no difference."""
    monday = ends.next_week(now, place.timezone, policy.morning)
    key = f"digest:{place.channel}:{monday.date()}"
    await owed.schedule(tx, owed.DIGEST, place.channel, key=key, at=monday)


async def expiry_of(tx: Transaction, policy: Policy, item: DueItem, now: datetime) -> Delivery | None:
    """The message of this moment; None for what was replaced or removed, and before the first threshold."""
    target, place = await _subject(tx, item)
    if target is None or place is None or not _is_current(target):
        return None
    days = _due(policy, item, target, place, now)
    if days is None:
        return None
    return Expiry(item.id, Ending(place, target, end_of(target)), days, days <= policy.mention_days)


async def digest_of(tx: Transaction, policy: Policy, item: DueItem, now: datetime) -> Delivery | None:
    """What ends within the first threshold and is too far off for messages of its own; None where nothing does."""
    found = []
    for place in await environments.bound_to(tx, item.subject):
        known: list[Target] = [*await certificates.current(tx, place.id), *await authorities.current(tx, place.id)]
        for target in known:
            reached = ends.reached(end_of(target), now, policy.thresholds, place.timezone, policy.morning)
            if reached is not None and reached > max(policy.near):
                found.append(Ending(place, target, end_of(target)))
    return Digest(item.subject, tuple(sorted(found, key=lambda one: one.ends))) if found else None


async def go_on(tx: Transaction, policy: Policy, item: DueItem, said: Delivery | None, now: datetime) -> None:
    """Owe what comes next, in the transaction that marks this one done."""
    if item.kind == owed.DIGEST:
        if here := await environments.bound_to(tx, item.subject):
            await watch_channel(tx, policy, here[0], now)
        return
    target, place = await _subject(tx, item)
    if target is None or place is None:
        return
    days = said.days if isinstance(said, Expiry) else _due(policy, item, target, place, now)
    await _schedule(tx, policy, target, place, ends.following(policy.near, days))


async def seen(desk: Desk, member: Member, item_id: str) -> bool:
    """Somebody has seen a warning; False where what it was about is gone. Raises NotAllowed."""
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        item = await queue.get(tx, item_id)
        target, place = await _subject(tx, item) if item else (None, None)
        if item is None or target is None or place is None:
            return False
        await audit.append(
            tx,
            tag=audit.Tag.EXPIRY_SEEN,
            actor=member.id,
            at=now,
            environment_id=place.id,
            version_id=target.id if isinstance(target, Version) else None,
            detail={"subject": item.subject},
        )
        await owed.schedule(tx, owed.EXPIRY_SEEN, f"{item.id}:{member.id}", key=f"seen:{item.id}", at=now)
    desk.nudge.set()
    return True


async def seen_of(tx: Transaction, item: DueItem) -> Delivery | None:
    """The message that somebody has seen; None where it stands nowhere."""
    item_id, _, by = item.subject.partition(":")
    warned = await queue.get(tx, item_id)
    if warned is None or not (warned.channel and warned.ts):
        return None
    target, place = await _subject(tx, warned)
    if target is None or place is None:
        return None
    return ExpirySeen(Ending(place, target, end_of(target)), (warned.channel, warned.ts), by)


def _due(policy: Policy, item: DueItem, target: Target, place: Environment, now: datetime) -> int | None:
    """The threshold to speak of: that of the row, or a nearer one where the bot was away meanwhile.

    A threshold that is none any more, because the setting was changed since, is passed over.
    """
    planned = item.key.rsplit(":", 1)[1]
    reached = ends.reached(end_of(target), now, policy.near, place.timezone, policy.morning)
    known = [days for days in policy.near if str(days) == planned]
    return min([*known, *([] if reached is None else [reached])], default=None)


async def _schedule(tx: Transaction, policy: Policy, target: Target, place: Environment, days: int | None) -> None:
    if days is None:
        return
    kind = _VERSION if isinstance(target, Version) else _AUTHORITY
    at = ends.moment(end_of(target), days, place.timezone, policy.morning)
    await owed.schedule(tx, owed.EXPIRY, f"{kind}:{target.id}", key=_key(target.id, days), at=at)


def _key(target_id: str, days: int) -> str:
    return f"expiry:{target_id}:{days}"


async def _subject(tx: Transaction, item: DueItem) -> tuple[Target | None, Environment | None]:
    kind, _, id_ = item.subject.partition(":")
    target: Target | None = await (certificates.version(tx, id_) if kind == _VERSION else authorities.get(tx, id_))
    return target, await environments.get(tx, target.environment_id) if target else None


def _is_current(target: Target) -> bool:
    return target.removed_at is None and (isinstance(target, Authority) or target.current)
