"""The weekly list of a channel: what has expired, and what expires later on and nobody has seen yet.

It is one item of the outbox for each channel and week. That a list was seen is a done row for each of its lines, with
the threshold that was reached then: the line is left out in that channel until it reaches the next one. What was in a
list is known by the list itself: the button below it carries a mark of each line that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.desk.base import calendar
from bot.desk.base.desk import Policy
from bot.desk.expiry import thresholds
from bot.desk.expiry.warnings import ExpiringItem, end_of
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.outbox.results import Obsolete, Postponed
from store import (
    Authority,
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

_DAY = timedelta(days=1)
# Days around today, in any zone, on which the channel's next list may be scheduled, or its last was.
_NEAR = range(-6, 13)
# Two lists are farther apart than that, also where the first day of the working week is another one by now.
_APART = timedelta(days=4)
# So that what has expired never hides what expires next; some more are read, for those that expired only today.
EXPIRED_LISTED, _EXPIRED_READ = 10, 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the weekly list; ``days`` is the threshold that it has reached, None for what has expired."""

    ending: ExpiringItem
    days: int | None

    @property
    def mark(self) -> str:
        """Return what it is and the threshold that it has reached, in few characters (:func:`mark_of`)."""
        return mark_of_target(self.ending.target, self.days)


class NotShown(NamedTuple):
    """How many lines a list does not show: of what expires later, and of what has expired."""

    later: int = 0
    expired: int = 0

    @property
    def mark(self) -> str:
        """Return ``+LATER+EXPIRED``, for the value of a button."""
        return f"+{self.later}+{self.expired}"


def mark_of_target(target: Version | Authority, days: int | None = None) -> str:
    """Return the mark of a version or an authority (:func:`mark_of`)."""
    kind = expiry.VERSION if isinstance(target, Version) else expiry.AUTHORITY
    return mark_of(kind, target.id, days)


def mark_of(kind: str, id_: str, days: int | None) -> str:
    """Return ``version:ID:DAYS`` or, of what has expired, ``authority:ID:``."""
    return f"{kind}:{id_}:{'' if days is None else days}"


@dataclass(frozen=True, slots=True)
class WeeklyList:
    """Tell the channel what has expired and what expires later on, soonest first.

    ``item`` is the id of the outbox item, by which an answer finds the message again. Of what has expired the lines
    have the latest :data:`EXPIRED_LISTED`; ``expired_more`` are not among them. ``head`` is that of the audit log.
    """

    item: str
    channel: str
    lines: tuple[Listed, ...]
    expired_more: int = 0
    head: str = ""


async def watch_channel(tx: Transaction, place: Environment, now: datetime) -> None:
    """Schedule the channel's weekly list; how many environments it has makes no difference."""
    await _plan(tx, place, now)


async def _after(sent: Sent[WeeklyList]) -> None:
    """Schedule the next list."""
    if here := await environments.bound_to(sent.tx, sent.item.subject):
        stands_since = sent.since if sent.receipt is not None else None
        await _plan(sent.tx, here[0], stands_since or sent.now, done=sent.item.key, posted=stands_since)


async def _plan(
    tx: Transaction, place: Environment, now: datetime, *, done: str = "", posted: datetime | None = None
) -> None:
    """Schedule the next list, unless one is scheduled already. ``done`` is the key of the one that is being marked.

    A list is named by its day where the environment is. After a change of zone, time or working days that day may come
    once more, or the next begin a week: the channel has had its list then. So it has where it was ``posted`` late.
    """
    days = {_key(place.channel, day): day for day in (now.date() + number * _DAY for number in _NEAR)}
    known = await queue.find_all(tx, list(days))
    if any(one.done_at is None and key != done for key, one in known.items()):
        return
    had = [days[key] for key, one in known.items() if one.done_at is not None or key == done]
    had += [_day_of(posted, place)] if posted is not None else []
    begins = calendar.week_begins(now, place.timezone, place.schedule)
    while any(_day_of(begins, place) - day < _APART for day in had):
        begins = calendar.week_begins(begins, place.timezone, place.schedule)
    key = _key(place.channel, _day_of(begins, place))
    await WEEKLY_LIST.schedule(tx, place.channel, key=key, at=begins)


def _day_of(moment: datetime, place: Environment) -> date:
    return moment.astimezone(ZoneInfo(place.timezone)).date()


def _key(channel: str, day: date) -> str:
    return f"digest:{channel}:{day}"


async def _load(due: Loading) -> Loaded[WeeklyList]:
    """Load what has expired and is still current, and what expires within the first threshold, is too far off for
    warnings of its own and was not seen; None where nothing does."""
    tx, item, now = due.tx, due.item, due.now
    here = await environments.bound_to(tx, item.subject)
    if not here:
        return None
    quiet = calendar.quiet_until(now, here[0].timezone, here[0].schedule)
    if quiet and not due.is_unsure:
        return Postponed(quiet)
    expired, more = await expired_in(tx, here, now, limit=EXPIRED_LISTED)
    later = await _unseen(tx, item, await _later(tx, due.desk.policy, here, now))
    lines = (*(Listed(one, None) for one in reversed(expired)), *later)
    # Whatever is left of it, one that may have been posted is looked for.
    found = (
        WeeklyList(item.id, item.subject, lines, more, str(await audit.head(tx) or ""))
        if lines or due.is_unsure
        else None
    )
    if quiet:
        return Postponed(quiet, found)
    return Obsolete(found) if found is not None and not lines else found


async def _unseen(tx: ReadTransaction, item: DueItem, lines: Sequence[Listed]) -> tuple[Listed, ...]:
    """Leave out what was seen before this list; if it may have been posted already, it may have been seen in it."""
    known = await queue.find_all(tx, [seen_key(item.subject, one.mark) for one in lines if one.days is not None])
    since = item.unsure_since
    seen_before = {
        key for key, row in known.items() if since is None or (row.done_at is not None and row.done_at < since)
    }
    return tuple(one for one in lines if seen_key(item.subject, one.mark) not in seen_before)


def seen_key(channel: str, mark: str) -> str:
    """Return the key of the row that says that a line was seen in a channel."""
    return f"{LISTED}:{channel}:{mark}"


async def expired_in(
    tx: ReadTransaction, here: Sequence[Environment], now: datetime, *, limit: int
) -> tuple[list[ExpiringItem], int]:
    """Return what is current in these environments and expired before today, the latest first; and how many more.

    A day begins with its morning in the environment: until then, what expired has a warning of its own.
    """
    places = {one.id: one for one in here}
    targets, total = await expiry.expired(tx, list(places), until=now, limit=limit + _EXPIRED_READ)
    found = [ExpiringItem(places[one.environment_id], one, end_of(one)) for one in targets]
    before = [one for one in found if _expired_before_today(one, now)]
    return before[:limit], total - (len(found) - len(before)) - len(before[:limit])


async def _later(tx: ReadTransaction, policy: Policy, here: Sequence[Environment], now: datetime) -> list[Listed]:
    """Return what expires later on and is worth a line, soonest first."""
    places, (after, until) = {one.id: one for one in here}, _far_off(policy, here, now)
    targets = await expiry.expiring_in(tx, list(places), after=after, until=until)
    found = [ExpiringItem(places[target.environment_id], target, end_of(target)) for target in targets]
    far = [Listed(one, days) for one in found if (days := _far_threshold(policy, one, now)) is not None]
    return sorted(far, key=_as_listed)


def _far_off(policy: Policy, here: Sequence[Environment], now: datetime) -> tuple[datetime, datetime]:
    """Return a window that holds every end that may stand in a list of these environments, and not much else.

    A threshold is days of the calendar before an end, reached in the morning: two days more on either side are enough.
    """
    nearest = min(max(policy.near(one)) for one in here)
    farthest = max(max(policy.thresholds_of(one)) for one in here)
    return max(now, now + (nearest - 2) * _DAY), now + (farthest + 2) * _DAY


def _expired_before_today(one: ExpiringItem, now: datetime) -> bool:
    return thresholds.expired_before_today(one.ends, now, one.environment.timezone, one.environment.schedule.morning)


def _far_threshold(policy: Policy, one: ExpiringItem, now: datetime) -> int | None:
    """Return the threshold that it has reached, if that is too far off for a message of its own."""
    place = one.environment
    reached = thresholds.reached(one.ends, now, policy.thresholds_of(place), place.timezone, place.schedule.morning)
    return reached if reached is not None and reached > max(policy.near(place)) else None


def _as_listed(one: Listed) -> tuple[datetime, str, str]:
    return one.ending.ends, one.ending.environment.path, one.ending.target.id


WEEKLY_LIST = Kind("digest", WeeklyList, _load, "the weekly list", after=_after)
LISTED = "listed"
"""The kind of the rows that say that a line was seen. They are done from the start, and nothing is sent for them."""
