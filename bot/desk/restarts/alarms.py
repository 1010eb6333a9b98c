"""Alarms: a restart left an app stopped, or nobody knows how. They come back each working morning until it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.desk.base import calendar
from bot.desk.outbox import enqueue
from bot.desk.outbox.results import Alarm, Moot, Postponed
from store import DueItem, Environment, PerformedRestart, ReadTransaction, Transaction, environments, queue
from store.restarts import connections, runs


async def standing(tx: ReadTransaction, environment_id: str, now: datetime) -> PerformedRestart | None:
    """The last run that left the environment's app stopped, or nobody knows how, if that is not over."""
    failed = await runs.failed_before(tx, environment_id, now)
    return failed[-1] if failed else None


async def alarm_of(
    tx: Transaction, run: PerformedRestart, environment: Environment, item: DueItem, now: datetime
) -> Alarm | Postponed | Moot | None:
    """What is due of a run's alarm: the first at once, later ones by the calendar, or the end of one."""
    occurrence, by_itself = _occurrence(item), run.kind == connections.WEBHOOK
    if item.kind == enqueue.ALARM_OVER:
        said = await queue.find(tx, enqueue.alarm_key(run.id, occurrence))
        if said is None or not said.channel or not said.ts:
            return None
        return Alarm(run, environment, (said.channel, said.ts), by_itself=by_itself, over=True, occurrence=occurrence)
    alarm = Alarm(run, environment, None, by_itself=by_itself, occurrence=occurrence)
    if run.is_over or await _is_repeated_by_another(tx, run, occurrence, now):
        # What was green again in the meantime calls nobody; what calls already is taken back.
        return Moot(alarm) if item.unsure_since else None
    may = now if occurrence == 1 else calendar.due_from(now, _without_freezes(environment), first=False, chosen=False)
    return Postponed(may, alarm) if may > now else alarm


async def _is_repeated_by_another(tx: Transaction, run: PerformedRestart, occurrence: int, now: datetime) -> bool:
    """Of several runs of an app that failed one after another, the last one's alarm comes back."""
    failed = await runs.failed_before(tx, run.environment_id, now, like=run) if occurrence > 1 else []
    return bool(failed) and failed[-1].id != run.id


def _occurrence(item: DueItem) -> int:
    _, _, occurrence = item.subject.partition(":")
    return int(occurrence or 1)


def _without_freezes(place: Environment) -> Environment:
    """A freeze is about changes; an app that is down is none."""
    return replace(place, schedule=replace(place.schedule, freezes=()))


async def alarm_said(tx: Transaction, alarm: Alarm, now: datetime, *, since: datetime) -> None:
    """An alarm stands ``since`` then, and comes back in the morning after.

    Where the app has come to run again meanwhile, it is over, and nobody could say so before.
    """
    if alarm.over:
        return
    # Held: who ends it at this moment must find it marked, or be seen here.
    run = await runs.held(tx, alarm.run.id)
    if run is None:
        return
    if run.is_over:
        await enqueue.owe_alarm_over(tx, run, alarm.occurrence, at=now, late=True)
        return
    place = _without_freezes(await environments.get(tx, run.environment_id) or alarm.environment)
    again = calendar.next_morning(since, place.timezone, place.schedule)
    await enqueue.owe_alarm(tx, run, at=again, occurrence=alarm.occurrence + 1)
