"""The weekly list of a channel: what ended lately, and what ends in a while and nobody has seen yet.

It is one row of the due queue for each channel and week. That somebody has seen a list is a done row for each thing in
it and the threshold that it had reached then: until it reaches the next one it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.desk import calendar, ends, owed
from bot.desk.deliveries import Delivery, Digest, DigestSeen, Ending, Postponed
from bot.desk.desk import Desk, Member, Policy
from bot.desk.watching import end_of
from store import Authority, DueItem, Environment, Transaction, Version, audit, environments, expiry
from store import due as queue

_DAY = timedelta(days=1)
# Days around today, in any zone, on which the channel's next digest may be owed, or its last was.
_NEAR = range(-6, 10)
# Two digests are farther apart than that, also where the first day of the working week is another one by now.
_APART = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of the list; ``days`` is the threshold that it has reached, None for what has ended."""

    ending: Ending
    days: int | None

    @property
    def key(self) -> str:
        """Of the row which says that it was seen at this threshold."""
        return f"{owed.LISTED}:{self.ending.target.id}:{self.days}"


async def watch_channel(tx: Transaction, place: Environment, now: datetime) -> None:
    """See to it that the channel has a digest a week; how many environments it has makes no difference."""
    await _owe(tx, place, now)


async def go_on(tx: Transaction, item: DueItem, now: datetime) -> None:
    """Owe the next one, in the transaction that marks this one done."""
    if here := await environments.bound_to(tx, item.subject):
        await _owe(tx, here[0], now, done=item.key)


async def _owe(tx: Transaction, place: Environment, now: datetime, *, done: str = "") -> None:
    """Owe the next one, unless one is owed already. ``done`` is the key of the one that is being marked.

    A digest is named by its day where the environment is. After a change of zone, time or working days that day may
    come once more, or the next begin a week: they have had their digest then.
    """
    days = {_key(place.channel, day): day for day in (now.date() + number * _DAY for number in _NEAR)}
    known = await queue.find_all(tx, list(days))
    if any(one.done_at is None and key != done for key, one in known.items()):
        return
    had = [days[key] for key, one in known.items() if one.done_at is not None or key == done]
    begins = calendar.week_begins(now, place.timezone, place.schedule)
    while any(_day_of(begins, place) - day < _APART for day in had):
        begins = calendar.week_begins(begins, place.timezone, place.schedule)
    key = _key(place.channel, _day_of(begins, place))
    await owed.schedule(tx, owed.DIGEST, place.channel, key=key, at=begins)


def _day_of(moment: datetime, place: Environment) -> date:
    return moment.astimezone(ZoneInfo(place.timezone)).date()


def _key(channel: str, day: date) -> str:
    return f"digest:{channel}:{day}"


async def digest_of(tx: Transaction, policy: Policy, item: DueItem, now: datetime) -> Delivery | Postponed | None:
    """What ended lately and is still there, and what ends within the first threshold, is too far off for messages of
    its own and was not seen; None where nothing does."""
    here = await environments.bound_to(tx, item.subject)
    if not here:
        return None
    quiet = calendar.quiet_until(now, here[0].timezone, here[0].schedule)
    if quiet and item.unsure_since is None:
        return Postponed(quiet)
    listed = await _listed(tx, policy, here, item.unsure_since or now)
    digest = Digest(item.id, item.subject, _endings(listed)) if listed else None
    return Postponed(quiet, digest) if quiet else digest


async def seen(desk: Desk, member: Member, item_id: str, *, channel: str | None = None) -> bool:
    """Somebody has seen a list: what ends later is left out of the next ones until it reaches its next threshold.

    False where nothing of it is left, or it was another channel's. Raises NotAllowed.
    """
    member.must_manage()
    now = desk.clock()
    async with desk.store.transaction() as tx:
        item = await queue.get(tx, item_id)
        listed = await _shown(tx, desk.policy, item) if item and channel in {None, item.subject} else []
        if item is None or not listed:
            return False
        for one in listed:
            if one.days is not None:
                # Nothing is owed: that the row is there says that it was seen.
                await owed.schedule(tx, owed.LISTED, one.ending.target.id, key=one.key, at=now)
                await queue.cancel(tx, key=one.key, at=now)
        for place in dict.fromkeys(one.ending.environment.id for one in listed):
            await audit.append(
                tx,
                tag=audit.Tag.EXPIRY_SEEN,
                actor=member.id,
                at=now,
                environment_id=place,
                detail={"subject": item.key, "listed": sum(one.ending.environment.id == place for one in listed)},
            )
        await owed.schedule(tx, owed.DIGEST_SEEN, f"{item.id}:{member.id}", key=f"seen:{item.id}", at=now)
    desk.nudge.set()
    return True


async def seen_of(tx: Transaction, policy: Policy, said: DueItem, where: tuple[str, str], by: str) -> Delivery | None:
    """The list that ``by`` has seen, with what is left of it; None where nothing is."""
    listed = await _shown(tx, policy, said)
    return DigestSeen(_endings(listed), where, by) if listed else None


async def _shown(tx: Transaction, policy: Policy, item: DueItem) -> list[_Listed]:
    """What stands in that list and is still there."""
    # When the attempt began that posted it, of which the answer may have been found much later.
    at = item.unsure_since or item.done_at
    if item.kind != owed.DIGEST or at is None:
        return []
    return await _listed(tx, policy, await environments.bound_to(tx, item.subject), at)


async def _listed(tx: Transaction, policy: Policy, here: Sequence[Environment], at: datetime) -> list[_Listed]:
    """What a list of that moment holds, soonest first, less what is not there any more."""
    places = {one.id: one for one in here}
    found = [
        _Listed(Ending(places[target.environment_id], target, end_of(target)), days=None)
        for after, until in ((at - ends.LATELY - 2 * _DAY, at), _far_off(policy, here, at))
        for target in await expiry.ending_in(tx, list(places), after=after, until=until)
        if _since(target) <= at
    ]
    far = [_Listed(one.ending, days) for one in found if (days := _far_threshold(policy, one.ending, at)) is not None]
    known = await queue.find_all(tx, [one.key for one in far])
    seen_before = {key for key, row in known.items() if row.done_at is not None and row.done_at < at}
    ended = [one for one in found if _ended_lately(one.ending, at)]
    return sorted([*ended, *(one for one in far if one.key not in seen_before)], key=_as_listed)


def _endings(listed: Sequence[_Listed]) -> tuple[Ending, ...]:
    return tuple(one.ending for one in listed)


def _since(target: Version | Authority) -> datetime:
    return target.deposited_at if isinstance(target, Version) else target.added_at


def _far_off(policy: Policy, here: Sequence[Environment], at: datetime) -> tuple[datetime, datetime]:
    """A window that holds every end that may stand in a digest of these environments, and not much else.

    A threshold is days of the calendar before an end, reached in the morning: two days more on either side are enough.
    """
    nearest = min((max(policy.near(one)) for one in here), default=0)
    farthest = max((max(policy.thresholds_of(one)) for one in here), default=0)
    return max(at, at + (nearest - 2) * _DAY), at + (farthest + 2) * _DAY


def _ended_lately(one: Ending, at: datetime) -> bool:
    return ends.ended_lately(one.ends, at, one.environment.timezone, one.environment.schedule.morning)


def _far_threshold(policy: Policy, one: Ending, at: datetime) -> int | None:
    """The threshold that it has reached, where it is too far off for a message of its own."""
    place = one.environment
    reached = ends.reached(one.ends, at, policy.thresholds_of(place), place.timezone, place.schedule.morning)
    return reached if reached is not None and reached > max(policy.near(place)) else None


def _as_listed(one: _Listed) -> tuple[datetime, str, str]:
    return one.ending.ends, one.ending.environment.path, one.ending.target.id
