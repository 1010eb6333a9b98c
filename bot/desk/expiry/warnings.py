"""Warnings that something expires: one item of the outbox for the next threshold of each version and authority.

An item is never taken back. If its certificate is not current when its moment comes, nothing is sent and the next
threshold is scheduled: a certificate that comes back by a rollback or a restore is warned about again, and a replaced
one never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk.base import calendar
from bot.desk.base.desk import Policy
from bot.desk.expiry import thresholds
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.outbox.results import Obsolete, Postponed
from store import Authority, DueItem, Environment, ReadTransaction, Transaction, Version, environments, expiry, queue
from store.certificates import authorities, clients
from store.expiry import Watched

Target = Version | Authority


@dataclass(frozen=True, slots=True)
class ExpiringItem:
    """Something that expires, at its chain's earliest end."""

    environment: Environment
    target: Target
    ends: datetime


@dataclass(frozen=True, slots=True)
class ExpiryWarning:
    """Warn that something expires; ``days`` is the threshold that was reached, ``mention`` mentions its owners.

    ``item`` is the id of the outbox item, by which an answer finds the message again.
    """

    item: str
    ending: ExpiringItem
    days: int
    mention: bool

    @property
    def channel(self) -> str:
        """Where the message is found again."""
        return self.ending.environment.channel


def end_of(target: Target) -> datetime:
    """Return when it stops working: the earliest end of its chain, or an authority's own."""
    return target.effective_end if isinstance(target, Version) else target.not_after


async def watch(tx: Transaction, policy: Policy, targets: Iterable[Target], place: Environment, now: datetime) -> None:
    """Watch from now on. Thresholds that are past already were said to whoever deposited it."""
    near = policy.near(place)
    for target in targets:
        said = thresholds.reached(end_of(target), now, near, place.timezone, place.schedule.morning)
        await _schedule(tx, _watched(target), place, thresholds.following(near, said))


async def _load(due: Loading) -> Loaded[ExpiryWarning]:
    """Load the warning of this moment; None for what was replaced or removed, and before the first threshold."""
    tx, policy, item, now = due.tx, due.desk.policy, due.item, due.now
    one, place = await _found(tx, item)
    if one is None or place is None:
        return None
    days = await _due(tx, policy, item, one, place, now=now) if one.current else None
    # A freeze holds back what asks for a restart; a certificate expires all the same.
    quiet = calendar.quiet_until(now, place.timezone, place.schedule) if days is not None else None
    if not due.is_unsure and (quiet or days is None):
        return Postponed(quiet) if quiet else None
    # Only now, for what is sent or may have been, is the whole certificate read.
    target = await _target(tx, item)
    if target is None:
        return None
    planned = due.payload["days"] or 0
    mention = days is not None and days <= policy.mention_days
    warning = ExpiryWarning(item.id, ExpiringItem(place, target, one.ends), planned if days is None else days, mention)
    if days is None:
        return Obsolete(warning)
    return Postponed(quiet, warning) if quiet else warning


async def _after(sent: Sent[ExpiryWarning]) -> None:
    """Schedule the next threshold.

    If an earlier attempt posted the warning, what it said was true of that moment, and not of this one.
    """
    tx, policy, item, facts = sent.tx, sent.desk.policy, sent.item, sent.facts
    one, place = await _found(tx, item) if facts is None else await _still(tx, facts)
    if one is None or place is None:
        return
    if facts is not None and sent.earlier is None:
        days: int | None = facts.days
    else:
        days = await _due(tx, policy, item, one, place, now=sent.since)
    if facts is not None and days is not None and _key(one.id, days) != item.key:
        # Sent under the key of an earlier threshold; it must not be sent again under its own.
        await _schedule(tx, one, place, days)
        await queue.cancel(tx, key=_key(one.id, days), at=sent.now)
    await _schedule(tx, one, place, thresholds.following(policy.near(place), days))


async def subject_of(tx: ReadTransaction, item: DueItem) -> ExpiringItem | None:
    """Return what a warning's item is about; None where that or its environment is gone."""
    target = await _target(tx, EXPIRY.read(item))
    place = await environments.get(tx, target.environment_id) if target else None
    return ExpiringItem(place, target, end_of(target)) if target and place else None


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
    tx: ReadTransaction, policy: Policy, item: DueItem, one: Watched, place: Environment, *, now: datetime
) -> int | None:
    """The threshold to speak of: that of the row, or a nearer one where the bot was away meanwhile.

    A threshold that is none any more, because the setting was changed since, is passed over; so is one that has a row
    of its own already.
    """
    planned, near = (item.payload or {})["days"], policy.near(place)
    reached = thresholds.reached(one.ends, now, near, place.timezone, place.schedule.morning)
    known = [days for days in near if days == planned]
    days = min([*known, *([] if reached is None else [reached])], default=None)
    if days is None or days == planned:
        return days
    return days if await queue.find(tx, _key(one.id, days)) is None else None


async def _schedule(tx: Transaction, one: Watched, place: Environment, days: int | None) -> None:
    if days is None:
        return
    at = thresholds.moment(one.ends, days, place.timezone, place.schedule.morning)
    key, payload = _key(one.id, days), {"kind": one.kind, "days": days}
    await EXPIRY.schedule(tx, one.id, key=key, at=at, environment_id=place.id, payload=payload)


def _key(target_id: str, days: int) -> str:
    return f"expiry:{target_id}:{days}"


async def _found(tx: ReadTransaction, item: DueItem) -> tuple[Watched | None, Environment | None]:
    """What the item is about, and where; None for what is not there any more."""
    one = await expiry.watched(tx, (item.payload or {})["kind"], item.subject)
    return one, await environments.get(tx, one.environment_id) if one else None


async def _still(tx: ReadTransaction, sent: ExpiryWarning) -> tuple[Watched | None, Environment | None]:
    """Return what was just announced, with its environment re-read: the schedule may have changed meanwhile."""
    one = _watched(sent.ending.target)
    return one, await environments.get(tx, one.environment_id)


async def _target(tx: ReadTransaction, item: DueItem) -> Target | None:
    if (item.payload or {})["kind"] == expiry.VERSION:
        return await clients.version(tx, item.subject)
    return await authorities.get(tx, item.subject)


def _watched(target: Target) -> Watched:
    if isinstance(target, Version):
        current = target.current and target.removed_at is None
        return Watched(expiry.VERSION, target.id, target.environment_id, target.effective_end, current)
    return Watched(expiry.AUTHORITY, target.id, target.environment_id, target.not_after, target.removed_at is None)


def _old(item: DueItem) -> DueItem:
    kind, _, id_ = item.subject.partition(":")
    days = item.key.rsplit(":", 1)[1]
    # A migration scheduled the first look at what was there, for no threshold.
    return replace(item, subject=id_, payload={"kind": kind, "days": int(days) if days.isdecimal() else None})


EXPIRY = Kind("expiry", ExpiryWarning, _load, "the warning that something expires", after=_after, before_payload=_old)
