"""Change freezes: days on which nobody is asked to restart, first and last day included, where the environment is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.desk.base import parsing
from bot.desk.base.access import changing
from bot.desk.base.calendar import Span, current_freezes
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import BadFreeze, FreezeFlaw
from bot.desk.base.lookup import meant, the_one
from bot.desk.outbox.kind import Kind, Loaded, Loading
from bot.desk.restarts.reminders import replan_reminder
from store import DueItem, Environment, Transaction, environments

MOST = 20
LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=2 * 366)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Frozen:
    """An environment, and its freezes that are not over yet, by their first days; ``changed`` by what was asked."""

    environment: Environment
    spans: tuple[Span, ...]
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Freeze:
    """Tell the channel that reminders are paused from a first to a last day, or (without ``span``) no longer are."""

    environment: Environment
    by: str
    span: Span | None


async def of(desk: Desk, channel: str, path: str | None) -> Frozen:
    """Return what is planned. Raises as :func:`bot.desk.base.lookup.the_one`."""
    async with desk.store.reading() as tx:
        place = await the_one(tx, channel, path)
    return Frozen(place, current_freezes(place, desk.clock()))


async def add(desk: Desk, member: Member, channel: str, path: str | None, *, first: str, last: str) -> Frozen:
    """Plan a freeze, tell the channel, and move what is planned; freezes that touch become one.

    Raises BadDay, BadFreeze, as :func:`changing`, and as :func:`bot.desk.base.lookup.the_one`.
    """
    member.must_manage()
    span, now = (parsing.day(first), parsing.day(last)), desk.clock()
    async with changing(desk, member, meant(channel, path)) as (tx, place):
        _must_fit(span, now.astimezone(ZoneInfo(place.timezone)).date())
        spans = merged((*current_freezes(place, now), span))
        if len(spans) > MOST:
            raise BadFreeze(FreezeFlaw.MANY)
        frozen = await _changed(tx, desk, member, place, spans, told=span)
    desk.nudge.set()
    return frozen


async def end(desk: Desk, member: Member, channel: str, path: str | None, *, day: str | None = None) -> Frozen:
    """Take every freeze back, or the one that holds ``day``; the channel is told where there was one.

    Raises BadDay, BadFreeze where that day is in none, as :func:`changing`, and as ``the_one``.
    """
    member.must_manage()
    chosen = parsing.day(day) if day else None
    async with changing(desk, member, meant(channel, path)) as (tx, place):
        before = current_freezes(place, desk.clock())
        left = tuple(span for span in before if chosen is not None and not span[0] <= chosen <= span[1])
        if chosen is not None and left == before:
            raise BadFreeze(FreezeFlaw.NOT_FROZEN)
        if not before:
            return Frozen(place, ())
        frozen = await _changed(tx, desk, member, place, left, told=None)
    desk.nudge.set()
    return frozen


async def _changed(
    tx: Transaction, desk: Desk, member: Member, place: Environment, spans: tuple[Span, ...], *, told: Span | None
) -> Frozen:
    now, schedule = desk.clock(), replace(place.schedule, freezes=spans)
    changed = await environments.set_schedule(tx, place.id, schedule=schedule, by=member.id, at=now)
    payload = {"by": member.id, "span": [day.isoformat() for day in told] if told else None}
    key = f"freeze:{place.id}:{now.isoformat()}"
    await FREEZE.schedule(tx, place.id, key=key, at=now, environment_id=place.id, payload=payload)
    await replan_reminder(tx, changed, now)
    return Frozen(changed, spans, changed=True)


async def _load(due: Loading) -> Loaded[Freeze]:
    place, by, days = await environments.get(due.tx, due.item.subject), due.payload["by"], due.payload["span"]
    span = (date.fromisoformat(days[0]), date.fromisoformat(days[1])) if days else None
    return Freeze(place, by, span) if place else None


def _old(item: DueItem) -> DueItem:
    environment_id, by, *days = item.subject.split(":")
    return replace(item, subject=environment_id, payload={"by": by, "span": days or None})


FREEZE = Kind("freeze", Freeze, _load, "the note of a change freeze", before_payload=_old)


def _must_fit(span: Span, today: date) -> None:
    first, last = span
    if last < first:
        raise BadFreeze(FreezeFlaw.BACKWARDS)
    if last < today:
        raise BadFreeze(FreezeFlaw.PAST)
    if last - first >= LONGEST:
        raise BadFreeze(FreezeFlaw.LONG)
    if first - today > FARTHEST:
        raise BadFreeze(FreezeFlaw.FAR)


def merged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """By their first days; what overlaps, or follows on the next day, is one."""
    made: list[Span] = []
    for first, last in sorted(spans):
        if made and first <= made[-1][1] + _DAY:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return tuple(made)
