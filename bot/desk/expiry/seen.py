"""Acknowledging a warning or a weekly list: recorded, and shown in the message itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.desk.base import access
from bot.desk.base.access import Find, changing
from bot.desk.base.desk import Desk, Member, Policy
from bot.desk.base.errors import EnvironmentGone
from bot.desk.expiry import thresholds
from bot.desk.expiry.warnings import EXPIRY, ExpiringItem, subject_of, target_of
from bot.desk.expiry.weekly_list import LISTED, WEEKLY_LIST, NotShown, mark_of, seen_key
from bot.desk.outbox.kind import Kind, Loaded, Loading
from bot.desk.outbox.results import Postponed
from store import (
    DueItem,
    Environment,
    ReadTransaction,
    Transaction,
    Version,
    audit,
    environments,
    expiry,
    queue,
)
from store.expiry import Watched

# As mark_of makes it; what a button of ours never carries is taken for nothing.
_MARK = re.compile(rf"({expiry.VERSION}|{expiry.AUTHORITY}):([0-9a-f]{{32}}):(?:[0-9]{{1,4}})?")
_NOT_SHOWN = re.compile(r"\+([0-9]{1,6})(?:\+([0-9]{1,6}))?")
_POSTED_SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ExpiryWarningSeen:
    """Bring a warning's message (``where``: channel, ts) up to date: ``by`` has seen it; ``endings`` is never empty."""

    endings: tuple[ExpiringItem, ...]
    where: tuple[str, str]
    by: str


@dataclass(frozen=True, slots=True)
class WeeklyListSeen:
    """Bring a list's message (``where``: channel, ts) up to date: ``by`` saw its lines; ``rest`` it did not show."""

    endings: tuple[ExpiringItem, ...]
    where: tuple[str, str]
    by: str
    rest: NotShown


async def see_warning(
    desk: Desk, member: Member, item_id: str, marks: Sequence[str] = (), *, channel: str | None = None
) -> bool:
    """Record that the member has seen a warning, and update its message. Raises NotAllowed.

    ``marks`` name the certificates that it shows; without them it is the one of the item. Returns False if what it was
    about is gone, or moved to another channel.
    """
    try:
        async with changing(desk, member, _place_of(item_id, channel)) as (tx, _):
            seen = await _see_warning(tx, desk, member, item_id, marks)
    except EnvironmentGone:
        return False
    desk.nudge.set()
    return seen


def _place_of(item_id: str, channel: str | None) -> Find:
    async def find(tx: ReadTransaction) -> Environment:
        _, one = await _warned(tx, item_id)
        if channel not in {None, one.environment.channel}:
            raise EnvironmentGone
        return one.environment

    return find


async def _warned(tx: ReadTransaction, item_id: str) -> tuple[DueItem, ExpiringItem]:
    item = await queue.get(tx, item_id)
    one = await subject_of(tx, item) if item is not None and item.kind == EXPIRY.name else None
    if item is None or one is None:
        raise EnvironmentGone
    return item, one


async def _see_warning(tx: Transaction, desk: Desk, member: Member, item_id: str, marks: Sequence[str]) -> bool:
    now, (item, one) = desk.clock(), await _warned(tx, item_id)
    place, shown = one.environment, await _targets(tx, one, marks)
    if shown:
        for each in shown:
            version_id = each.target.id if isinstance(each.target, Version) else None
            subject = f"{expiry.VERSION if version_id else expiry.AUTHORITY}:{each.target.id}"
            tag = audit.Tag.EXPIRY_SEEN
            tx.record(tag, member.id, now, environment=place.id, version=version_id, subject=subject)
        payload = {"by": member.id, **({"marks": list(marks)} if marks else {})}
        await EXPIRY_SEEN.schedule(tx, item.id, key=f"seen:{item.id}", at=now, environment_id=place.id, payload=payload)
    return bool(shown)


async def _targets(tx: ReadTransaction, one: ExpiringItem, marks: Sequence[str]) -> tuple[ExpiringItem, ...]:
    """Return what the marks stand for in the environment of ``one``; that alone if there are none."""
    if not marks:
        return (one,)
    found = []
    for known, _ in (await _left(tx, one.environment.channel, marks)).values():
        target = await target_of(tx, known.kind, known.id) if known.environment_id == one.environment.id else None
        found += [ExpiringItem(one.environment, target, known.ends)] if target else []
    return tuple(found)


async def see_list(desk: Desk, member: Member, item_id: str, marks: Sequence[str], *, channel: str | None) -> bool:
    """Record that the member has seen the lines with these marks, and update the message. Raises NotAllowed.

    Lines of what expires later are left out of the channel's next lists until they reach their next threshold.
    ``+3+4`` among the marks says how many lines were not shown: of what expires later, and of what has expired.
    Returns False if nothing of the list is left, or it was posted elsewhere.
    """
    member.must_manage()
    if channel is None:
        return False
    await member.channels.ask(channel)
    async with desk.store.reading() as tx:
        places = {place.id: place for _, place in (await _left(tx, channel, marks)).values()}
    for place in places.values():
        await access.ask(member, place)
    now = desk.clock()
    async with desk.store.transaction() as tx:
        item = await queue.get(tx, item_id)
        if item is None or item.kind != WEEKLY_LIST.name or channel != item.subject:
            return False
        left = await _left(tx, channel, marks)
        if not left:
            return False
        for _, place in left.values():
            member.must_change(place)
        for mark, one in left.items():
            # A line that has come nearer since is shown as it is now, and so it is what they have seen.
            for each in {mark, _mark_of_now(desk.policy, one, now)} if _can_be_hidden(mark) else ():
                await _remember(tx, channel, each, now)
        await _note(tx, item, [one for one, _ in left.values()], member, now)
        rest = next((_rest(read) for mark in marks if (read := _NOT_SHOWN.fullmatch(mark))), NotShown())
        payload = {"by": member.id, "marks": list(left), "not_shown": rest.later}
        payload |= {"expired_not_shown": rest.expired} if rest.expired else {}
        await WEEKLY_LIST_SEEN.schedule(tx, item.id, key=f"seen:{item.id}", at=now, payload=payload)
    desk.nudge.set()
    return True


async def _left(tx: ReadTransaction, channel: str, marks: Sequence[str]) -> dict[str, tuple[Watched, Environment]]:
    """Return what the marks stand for, as far as an environment of the channel still uses it."""
    places = {one.id: one for one in await environments.bound_to(tx, channel)}
    left = {}
    for mark in marks:
        read = _MARK.fullmatch(mark)
        one = await expiry.watched(tx, *read.groups()) if read else None
        if one is not None and one.current and one.environment_id in places:
            left[mark] = one, places[one.environment_id]
    return left


def _can_be_hidden(mark: str) -> bool:
    """Return whether *Seen* hides the line; expired certificates always stay listed."""
    return not mark.endswith(":")


def _mark_of_now(policy: Policy, known: tuple[Watched, Environment], now: datetime) -> str:
    one, place = known
    days = thresholds.reached(one.ends, now, policy.thresholds_of(place), place.timezone, place.schedule.morning)
    return mark_of(one.kind, one.id, days)


async def _remember(tx: Transaction, channel: str, mark: str, now: datetime) -> None:
    """Write the row that says that the line was seen; nothing is sent for it."""
    key = seen_key(channel, mark)
    await queue.schedule(tx, kind=LISTED, subject=mark, key=key, due_at=now)
    await queue.cancel(tx, key=key, at=now)


async def _note(tx: Transaction, item: DueItem, left: Sequence[Watched], member: Member, now: datetime) -> None:
    """Record in the audit trail of each environment who has seen the list, and how much of it was its own."""
    for place in dict.fromkeys(one.environment_id for one in left):
        detail: dict[str, str | int] = {
            "subject": item.key,
            "listed": sum(one.environment_id == place for one in left),
        }
        tag = audit.Tag.EXPIRY_SEEN
        tx.record(tag, member.id, now, detail, environment=place)


async def _load_warning(due: Loading) -> Loaded[ExpiryWarningSeen]:
    """Load the warning that was seen; None where what it was about is gone, or it was never posted."""
    posted = await _posted(due)
    if not isinstance(posted, tuple):
        return posted
    item, where = posted
    one = await subject_of(due.tx, item)
    shown = await _targets(due.tx, one, due.payload.get("marks", ())) if one else ()
    return ExpiryWarningSeen(shown, where, due.payload["by"]) if shown else None


async def _load_list(due: Loading) -> Loaded[WeeklyListSeen]:
    """Load what is left of the list that was seen; None where nothing is, or it was never posted."""
    posted = await _posted(due)
    if not isinstance(posted, tuple):
        return posted
    item, where = posted
    found = []
    for one, place in (await _left(due.tx, item.subject, due.payload["marks"])).values():
        if (target := await target_of(due.tx, one.kind, one.id)) is not None:
            found.append(ExpiringItem(place, target, one.ends))
    rest = NotShown(due.payload["not_shown"], due.payload.get("expired_not_shown", 0))
    return WeeklyListSeen(tuple(found), where, due.payload["by"], rest) if found else None


def _rest(read: re.Match[str]) -> NotShown:
    return NotShown(int(read[1]), int(read[2] or 0))


async def _posted(due: Loading) -> tuple[DueItem, tuple[str, str]] | Postponed[Any] | None:
    """Return the item whose message was seen, and where that stands; None where it stands nowhere.

    The button was clicked, so a message stands; its place is known when the answer to sending it is found.
    """
    item = await queue.get(due.tx, due.item.subject)
    if item is not None and item.done_at is None:
        return Postponed(due.now + _POSTED_SOON)
    return (item, (item.channel, item.ts)) if item is not None and item.channel and item.ts else None


def _old_warning(item: DueItem) -> DueItem:
    item_id, _, by = item.subject.partition(":")
    return replace(item, subject=item_id, payload={"by": by})


def _old_list(item: DueItem) -> DueItem:
    item_id, by, marks = item.subject.split(":", 2)
    not_shown = [int(read[1]) for mark in marks.split(" ") if (read := _NOT_SHOWN.fullmatch(mark))]
    shown = [mark for mark in marks.split(" ") if not mark.startswith("+")]
    return replace(item, subject=item_id, payload={"by": by, "marks": shown, "not_shown": sum(not_shown)})


EXPIRY_SEEN = Kind(
    "expiry-seen", ExpiryWarningSeen, _load_warning, "the note who has seen a warning", before_payload=_old_warning
)
WEEKLY_LIST_SEEN = Kind(
    "digest-seen", WeeklyListSeen, _load_list, "the note who has seen a weekly list", before_payload=_old_list
)
