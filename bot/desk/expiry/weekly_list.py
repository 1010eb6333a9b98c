"""The weekly list of a channel: what ended lately, and what ends in a while and nobody has seen yet.

It is one row of the due queue for each channel and week. That somebody has seen a list is a done row for each of its
lines, with the threshold that was reached then: until it reaches the next one, it is left out in that channel. What was
in a list is known by the list itself: the button below it carries a mark of each line that it shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.desk.base import calendar
from bot.desk.base.desk import Desk, Member, Policy
from bot.desk.expiry import thresholds
from bot.desk.expiry.warnings import end_of
from bot.desk.outbox import enqueue
from bot.desk.outbox.results import Delivery, Digest, DigestSeen, Ending, Listed, Moot, Postponed, mark_of
from store import Authority, DueItem, Environment, Transaction, Version, audit, environments, expiry, queue
from store.certificates import authorities, clients
from store.expiry import Watched

# As mark_of makes it; what a button of ours never carries is taken for nothing.
_MARK = re.compile(rf"({expiry.VERSION}|{expiry.AUTHORITY}):([0-9a-f]{{32}}):(?:[0-9]{{1,4}})?")
_NOT_SHOWN = re.compile(r"\+([0-9]{1,6})")
_DAY = timedelta(days=1)
# Days around today, in any zone, on which the channel's next digest may be owed, or its last was.
_NEAR = range(-6, 13)
# Two digests are farther apart than that, also where the first day of the working week is another one by now.
_APART = timedelta(days=4)


async def watch_channel(tx: Transaction, place: Environment, now: datetime) -> None:
    """See to it that the channel has a digest a week; how many environments it has makes no difference."""
    await _owe(tx, place, now)


async def go_on(tx: Transaction, item: DueItem, now: datetime, *, stands_since: datetime | None) -> None:
    """Owe the next one, in the transaction that marks this one done; it stands since then, if it was posted."""
    if here := await environments.bound_to(tx, item.subject):
        await _owe(tx, here[0], stands_since or now, done=item.key, said=stands_since)


async def _owe(
    tx: Transaction, place: Environment, now: datetime, *, done: str = "", said: datetime | None = None
) -> None:
    """Owe the next one, unless one is owed already. ``done`` is the key of the one that is being marked.

    A digest is named by its day where the environment is. After a change of zone, time or working days that day may
    come once more, or the next begin a week: they have had their digest then. So they have where it was ``said`` late.
    """
    days = {_key(place.channel, day): day for day in (now.date() + number * _DAY for number in _NEAR)}
    known = await queue.find_all(tx, list(days))
    if any(one.done_at is None and key != done for key, one in known.items()):
        return
    had = [days[key] for key, one in known.items() if one.done_at is not None or key == done]
    had += [_day_of(said, place)] if said is not None else []
    begins = calendar.week_begins(now, place.timezone, place.schedule)
    while any(_day_of(begins, place) - day < _APART for day in had):
        begins = calendar.week_begins(begins, place.timezone, place.schedule)
    key = _key(place.channel, _day_of(begins, place))
    await enqueue.schedule(tx, enqueue.DIGEST, place.channel, key=key, at=begins)


def _day_of(moment: datetime, place: Environment) -> date:
    return moment.astimezone(ZoneInfo(place.timezone)).date()


def _key(channel: str, day: date) -> str:
    return f"digest:{channel}:{day}"


async def digest_of(
    tx: Transaction, policy: Policy, item: DueItem, now: datetime
) -> Delivery | Postponed | Moot | None:
    """What ended lately and is still there, and what ends within the first threshold, is too far off for messages of
    its own and was not seen; None where nothing does."""
    here = await environments.bound_to(tx, item.subject)
    if not here:
        return None
    quiet = calendar.quiet_until(now, here[0].timezone, here[0].schedule)
    if quiet and item.unsure_since is None:
        return Postponed(quiet)
    lines = await _unseen(tx, item, await _lines(tx, policy, here, now))
    # Whatever is left of it, one that may stand is looked for.
    digest = Digest(item.id, item.subject, lines) if lines or item.unsure_since is not None else None
    if quiet:
        return Postponed(quiet, digest)
    return Moot(digest) if digest is not None and not lines else digest


async def seen(desk: Desk, member: Member, item_id: str, marks: Sequence[str], *, channel: str | None) -> bool:
    """Somebody has seen the lines with these marks in a list: what ends later is left out of the channel's next ones
    until it reaches its next threshold. ``+3`` among the marks says that so many lines were not shown.

    False where nothing of it is left, or it stood elsewhere. Raises NotAllowed.
    """
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        item = await queue.get(tx, item_id)
        if item is None or item.kind != enqueue.DIGEST or channel != item.subject:
            return False
        left = await _left(tx, channel, marks)
        if not left:
            return False
        for mark, one in left.items():
            # A line that has come nearer since is shown as it is now, and so it is what they have seen.
            for each in {mark, _mark_of_now(desk.policy, one, now)} if _is_far(mark) else ():
                await _remember(tx, channel, each, now)
        await _note(tx, item, [one for one, _ in left.values()], member, now)
        not_shown = [mark for mark in marks if _NOT_SHOWN.fullmatch(mark)][:1]
        subject = f"{item.id}:{member.id}:{' '.join([*left, *not_shown])}"
        await enqueue.schedule(tx, enqueue.DIGEST_SEEN, subject, key=f"seen:{item.id}", at=now)
    desk.nudge.set()
    return True


async def seen_of(tx: Transaction, said: DueItem, marks: str, where: tuple[str, str], by: str) -> Delivery | None:
    """The list that ``by`` has seen, with what is left of it; None where nothing is."""
    every = marks.split(" ")
    found = []
    for one, place in (await _left(tx, said.subject, every)).values():
        get = clients.version if one.kind == expiry.VERSION else authorities.get
        target: Version | Authority | None = await get(tx, one.id)
        if target is not None:
            found.append(Ending(place, target, one.ends))
    more = sum(int(read[1]) for mark in every if (read := _NOT_SHOWN.fullmatch(mark)))
    return DigestSeen(tuple(found), where, by, more) if found else None


async def _left(tx: Transaction, channel: str, marks: Sequence[str]) -> dict[str, tuple[Watched, Environment]]:
    """What these marks are of, as far as an environment of the channel uses it still."""
    places = {one.id: one for one in await environments.bound_to(tx, channel)}
    left = {}
    for mark in marks:
        read = _MARK.fullmatch(mark)
        one = await expiry.watched(tx, *read.groups()) if read else None
        if one is not None and one.current and one.environment_id in places:
            left[mark] = one, places[one.environment_id]
    return left


def _is_far(mark: str) -> bool:
    """What has ended has no threshold, and is listed whoever has seen it."""
    return not mark.endswith(":")


def _mark_of_now(policy: Policy, known: tuple[Watched, Environment], now: datetime) -> str:
    one, place = known
    days = thresholds.reached(one.ends, now, policy.thresholds_of(place), place.timezone, place.schedule.morning)
    return mark_of(one.kind, one.id, days)


async def _remember(tx: Transaction, channel: str, mark: str, now: datetime) -> None:
    """Nothing is owed: that the row is there says that it was seen."""
    key = _seen_key(channel, mark)
    await enqueue.schedule(tx, enqueue.LISTED, mark, key=key, at=now)
    await queue.cancel(tx, key=key, at=now)


async def _note(tx: Transaction, item: DueItem, left: Sequence[Watched], member: Member, now: datetime) -> None:
    """The trail of each environment knows who has seen the list, and how much of it was its own."""
    for place in dict.fromkeys(one.environment_id for one in left):
        detail: dict[str, str | int] = {
            "subject": item.key,
            "listed": sum(one.environment_id == place for one in left),
        }
        tag = audit.Tag.EXPIRY_SEEN
        tx.record(tag, member.id, now, detail, environment=place)


async def _unseen(tx: Transaction, item: DueItem, lines: Sequence[Listed]) -> tuple[Listed, ...]:
    """Less what was seen before this list; by when it may stand already, it was seen in this one."""
    known = await queue.find_all(tx, [_seen_key(item.subject, one.mark) for one in lines if one.days is not None])
    since = item.unsure_since
    seen_before = {
        key for key, row in known.items() if since is None or (row.done_at is not None and row.done_at < since)
    }
    return tuple(one for one in lines if _seen_key(item.subject, one.mark) not in seen_before)


def _seen_key(channel: str, mark: str) -> str:
    return f"{enqueue.LISTED}:{channel}:{mark}"


async def _lines(tx: Transaction, policy: Policy, here: Sequence[Environment], now: datetime) -> list[Listed]:
    """Everything that is worth a line, soonest first."""
    places = {one.id: one for one in here}
    found = [
        Ending(places[target.environment_id], target, end_of(target))
        for after, until in ((now - thresholds.LATELY - 2 * _DAY, now), _far_off(policy, here, now))
        for target in await expiry.ending_in(tx, list(places), after=after, until=until)
    ]
    ended = [Listed(one, None) for one in found if _ended_lately(one, now)]
    far = [Listed(one, days) for one in found if (days := _far_threshold(policy, one, now)) is not None]
    return sorted([*ended, *far], key=_as_listed)


def _far_off(policy: Policy, here: Sequence[Environment], now: datetime) -> tuple[datetime, datetime]:
    """A window that holds every end that may stand in a digest of these environments, and not much else.

    A threshold is days of the calendar before an end, reached in the morning: two days more on either side are enough.
    """
    nearest = min(max(policy.near(one)) for one in here)
    farthest = max(max(policy.thresholds_of(one)) for one in here)
    return max(now, now + (nearest - 2) * _DAY), now + (farthest + 2) * _DAY


def _ended_lately(one: Ending, now: datetime) -> bool:
    return thresholds.ended_lately(one.ends, now, one.environment.timezone, one.environment.schedule.morning)


def _far_threshold(policy: Policy, one: Ending, now: datetime) -> int | None:
    """The threshold that it has reached, where it is too far off for a message of its own."""
    place = one.environment
    reached = thresholds.reached(one.ends, now, policy.thresholds_of(place), place.timezone, place.schedule.morning)
    return reached if reached is not None and reached > max(policy.near(place)) else None


def _as_listed(one: Listed) -> tuple[datetime, str, str]:
    return one.ending.ends, one.ending.environment.path, one.ending.target.id
