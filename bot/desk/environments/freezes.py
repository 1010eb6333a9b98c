"""Change freezes: days on which nobody is asked to restart, first and last day included, where the environment is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.desk.base import parsing
from bot.desk.base.desk import Desk, Member
from bot.desk.base.errors import BadFreeze, FreezeFlaw
from bot.desk.environments import replanning
from bot.desk.environments.environments import the_one
from bot.desk.outbox import enqueue
from bot.desk.outbox.results import Freeze
from store import Environment, Transaction, environments

MOST = 20
LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=2 * 366)
_DAY = timedelta(days=1)

Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Frozen:
    """An environment, and its freezes that are not over yet, by their first days; ``changed`` by what was asked."""

    environment: Environment
    spans: tuple[Span, ...]
    changed: bool = False


def current(place: Environment, now: datetime) -> tuple[Span, ...]:
    """The freezes that are not over yet."""
    today = now.astimezone(ZoneInfo(place.timezone)).date()
    return tuple(span for span in place.schedule.freezes if span[1] >= today)


async def of(desk: Desk, channel: str, path: str | None) -> Frozen:
    """What is planned; raises as :func:`bot.desk.environments.environments.the_one`."""
    async with desk.store.reading() as tx:
        place = await the_one(tx, channel, path)
    return Frozen(place, current(place, desk.clock()))


async def add(desk: Desk, member: Member, channel: str, path: str | None, *, first: str, last: str) -> Frozen:
    """Plan a freeze, tell the channel, and move what is planned; freezes that touch become one.

    Raises NotAllowed, BadDay, BadFreeze, and as :func:`bot.desk.environments.environments.the_one`.
    """
    member.must_manage()
    span = parsing.day(first), parsing.day(last)
    async with desk.store.transaction() as tx:
        place, now = await _held(tx, channel, path), desk.clock()
        _must_fit(span, now.astimezone(ZoneInfo(place.timezone)).date())
        spans = merged((*current(place, now), span))
        if len(spans) > MOST:
            raise BadFreeze(FreezeFlaw.MANY)
        frozen = await _changed(tx, desk, member, place, spans, told=span)
    desk.nudge.set()
    return frozen


async def end(desk: Desk, member: Member, channel: str, path: str | None, *, day: str | None = None) -> Frozen:
    """Take every freeze back, or the one that holds ``day``; the channel is told where there was one.

    Raises NotAllowed, BadDay, BadFreeze where that day is in none, and as ``the_one``.
    """
    member.must_manage()
    chosen = parsing.day(day) if day else None
    async with desk.store.transaction() as tx:
        place = await _held(tx, channel, path)
        before = current(place, desk.clock())
        left = tuple(span for span in before if chosen is not None and not span[0] <= chosen <= span[1])
        if chosen is not None and left == before:
            raise BadFreeze(FreezeFlaw.NOT_FROZEN)
        if not before:
            return Frozen(place, ())
        frozen = await _changed(tx, desk, member, place, left, told=None)
    desk.nudge.set()
    return frozen


async def _held(tx: Transaction, channel: str, path: str | None) -> Environment:
    return await environments.require(tx, (await the_one(tx, channel, path)).id)


async def _changed(
    tx: Transaction, desk: Desk, member: Member, place: Environment, spans: tuple[Span, ...], *, told: Span | None
) -> Frozen:
    now, schedule = desk.clock(), replace(place.schedule, freezes=spans)
    changed = await environments.set_schedule(tx, place.id, schedule=schedule, by=member.id, at=now)
    subject = ":".join([place.id, member.id, *(day.isoformat() for day in told or ())])
    key = f"{enqueue.FREEZE}:{place.id}:{now.isoformat()}"
    await enqueue.schedule(tx, enqueue.FREEZE, subject, key=key, at=now, environment_id=place.id)
    await replanning.replan_reminder(tx, changed, now)
    return Frozen(changed, spans, changed=True)


async def freeze_of(tx: Transaction, subject: str) -> Freeze | None:
    """What the channel is told: who froze it or ended that, and which days."""
    environment_id, by, *days = subject.split(":")
    place = await environments.get(tx, environment_id)
    span = (date.fromisoformat(days[0]), date.fromisoformat(days[1])) if days else None
    return Freeze(place, by, span) if place else None


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
