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
class Reached:
    """Something that expires, and the threshold that it has reached, in days."""

    ending: ExpiringItem
    days: int


@dataclass(frozen=True, slots=True)
class ExpiryWarning:
    """Warn of what expires in one environment and was due at one threshold; ``mention`` mentions its owners.

    ``lines`` is never empty. ``item`` is the id of the outbox item, by which an answer finds the message again.
    """

    item: str
    lines: tuple[Reached, ...]
    mention: bool

    @property
    def environment(self) -> Environment:
        """Return the environment, the same for each line."""
        return self.lines[0].ending.environment

    @property
    def channel(self) -> str:
        """Return the channel that the message is posted in."""
        return self.environment.channel


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
    """Load the warning of this moment, without what was replaced or removed, or is before its first threshold."""
    if (place := await _place(due.tx, due.item)) is None:
        return None
    items = (due.item, *due.others)
    reached = {item.id: await _reached(due, item, place) for item in items}
    warned = [item for item in items if reached[item.id] is not None]
    # A freeze holds back what asks for a restart; a certificate expires all the same.
    quiet = calendar.quiet_until(due.now, place.timezone, place.schedule) if warned else None
    if not due.is_unsure and (quiet or not warned):
        return Postponed(quiet) if quiet else None
    # Only now, for what is sent or may have been, are the whole certificates read.
    lines = [line for item in warned or items if (line := await _line(due.tx, item, place, reached[item.id]))]
    if not lines:
        return None
    mention = bool(warned) and min(line.days for line in lines) <= due.desk.policy.mention_days
    warning = ExpiryWarning(due.item.id, tuple(sorted(lines, key=_soonest_first)), mention)
    if not warned:
        return Obsolete(warning)
    return Postponed(quiet, warning) if quiet else warning


async def _reached(due: Loading, item: DueItem, place: Environment) -> int | None:
    one = await _found(due.tx, item)
    return await _due(due.tx, due.desk.policy, item, one, place, now=due.now) if one and one.current else None


async def _line(tx: ReadTransaction, item: DueItem, place: Environment, days: int | None) -> Reached | None:
    target = await _target(tx, item)
    planned = (item.payload or {})["days"] or 0
    return Reached(ExpiringItem(place, target, end_of(target)), planned if days is None else days) if target else None


def _soonest_first(line: Reached) -> tuple[datetime, str]:
    return line.ending.ends, line.ending.target.id


async def _after(sent: Sent[ExpiryWarning]) -> None:
    """Schedule the next threshold of each certificate that the warning was due for."""
    said = {line.ending.target.id: line.days for line in sent.facts.lines} if sent.facts else {}
    for item in (sent.item, *sent.others):
        await _go_on(sent, item, said.get(item.subject))


async def _go_on(sent: Sent[ExpiryWarning], item: DueItem, said: int | None) -> None:
    """Schedule the threshold after the one that was ``said``.

    If an earlier attempt posted the warning, what it said was true of that moment, and not of this one.
    """
    tx, policy = sent.tx, sent.desk.policy
    one, place = await _found(tx, item), await _place(tx, item)
    if one is None or place is None:
        return
    days = said
    if said is None or sent.earlier is not None:
        days = await _due(tx, policy, item, one, place, now=sent.since)
    if said is not None and days is not None and _key(one.id, days) != item.key:
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
    """Move what is planned after the environment's zone or thresholds were changed."""
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
    """Return the next threshold to come of which nothing was said yet."""
    days = thresholds.reached(one.ends, now, near, place.timezone, place.schedule.morning)
    while (days := thresholds.following(near, days)) is not None:
        row = planned.get(_key(one.id, days))
        if row is None or row.done_at is None:
            return days
    return None


async def _due(
    tx: ReadTransaction, policy: Policy, item: DueItem, one: Watched, place: Environment, *, now: datetime
) -> int | None:
    """Return the threshold to speak of: that of the row, or a nearer one if the bot was away meanwhile.

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


async def _found(tx: ReadTransaction, item: DueItem) -> Watched | None:
    """Return what the item is about; None if it is not there any more."""
    return await expiry.watched(tx, (item.payload or {})["kind"], item.subject)


async def _place(tx: ReadTransaction, item: DueItem) -> Environment | None:
    one = await _found(tx, item)
    return await environments.get(tx, one.environment_id) if one else None


async def target_of(tx: ReadTransaction, kind: str, id_: str) -> Target | None:
    """Return a version or an authority by its kind and id, current or not."""
    return await clients.version(tx, id_) if kind == expiry.VERSION else await authorities.get(tx, id_)


async def _target(tx: ReadTransaction, item: DueItem) -> Target | None:
    return await target_of(tx, (item.payload or {})["kind"], item.subject)


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


def _threshold(item: DueItem) -> int | None:
    """Return the threshold that an item is for; what reaches it at the same time in an environment is one message."""
    days: int | None = (item.payload or {})["days"]
    return days


EXPIRY = Kind(
    "expiry",
    ExpiryWarning,
    _load,
    "the warning that something expires",
    after=_after,
    before_payload=_old,
    together=_threshold,
)
