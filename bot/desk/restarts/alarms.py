"""Alarms: a restart left an app stopped, or its state unknown. They come back each working morning until it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.desk.base import calendar
from bot.desk.base.platforms import PlatformKind
from bot.desk.outbox.kind import Kind, Loaded, Loading, Sent
from bot.desk.outbox.results import Obsolete, Postponed
from bot.desk.restarts.progress import schedule_progress
from store import DueItem, Environment, PerformedRestart, ReadTransaction, Transaction, environments, queue
from store.restarts import runs


@dataclass(frozen=True, slots=True)
class Alarm:
    """Mention people: a restart left the app stopped, or its state unknown. ``occurrence`` counts the messages.

    ``over`` changes the message that stands (``standing``: channel, ts): the app runs again.
    """

    run: PerformedRestart
    environment: Environment
    platform: PlatformKind
    standing: tuple[str, str] | None
    over: bool = False
    occurrence: int = 1

    @property
    def channel(self) -> str:
        """Return the channel in which the message is found again."""
        return self.environment.channel


@dataclass(frozen=True, slots=True)
class AlarmRetired:
    """Take the buttons off an alarm (``where``: channel, ts) that a newer one has replaced."""

    run: PerformedRestart
    environment: Environment
    where: tuple[str, str]


async def standing(tx: ReadTransaction, environment_id: str, now: datetime) -> PerformedRestart | None:
    """Return the last run that left the environment's app stopped or its state unknown, if that is not over."""
    failed = await runs.failed_before(tx, environment_id, now)
    return failed[-1] if failed else None


def alarm_key(run_id: str, occurrence: int) -> str:
    """Return the key of one occurrence of an alarm, by which its message is found."""
    return f"alarm:{run_id}:{occurrence}"


async def schedule_alarm(tx: Transaction, run: PerformedRestart, *, at: datetime, occurrence: int = 1) -> None:
    """Schedule an alarm: a message of its own, since a change of a message notifies nobody."""
    # A moment later, so that the message of the run above it says the same.
    moment, key = at + timedelta(milliseconds=1), alarm_key(run.id, occurrence)
    payload = {"occurrence": occurrence}
    await ALARM.schedule(tx, run.id, key=key, at=moment, environment_id=run.environment_id, payload=payload)


async def move_to_channel(tx: Transaction, place: Environment, now: datetime) -> None:
    """Retire the alarm in the channel that the environment has left; the next one comes in its own, by the calendar."""
    if (run := await standing(tx, place.id, now)) is None:
        return
    *posted, following = await _occurrences(tx, run) or [0]
    if not posted:
        return
    await _retire(tx, run, posted[-1], now)
    await queue.move(tx, key=alarm_key(run.id, following), due_at=now)


async def end_alarms(
    tx: Transaction, environment_id: str, *, before: datetime, at: datetime, like: PerformedRestart | None = None
) -> bool:
    """Mark failed runs before that moment as over, and update their messages and alarms; return whether any was.

    ``like`` is a run of the app that runs again, where that is known.
    """
    moment = at + timedelta(milliseconds=2)
    failed = await runs.mark_recovered(tx, environment_id, before=before, at=at, like=like)
    for run in failed:
        for occurrence in await _occurrences(tx, run):
            await _schedule_end(tx, run, occurrence, at=moment)
        await schedule_progress(tx, run, at=moment, over=True)
    return bool(failed)


async def _schedule_end(
    tx: Transaction, run: PerformedRestart, occurrence: int, *, at: datetime, late: bool = False
) -> None:
    """Schedule the end of one alarm; ``late`` if it was posted when it was over already."""
    key = f"alarm-over:{run.id}:{occurrence}" + ":late" * late
    payload = {"occurrence": occurrence}
    await ALARM_OVER.schedule(tx, run.id, key=key, at=at, environment_id=run.environment_id, payload=payload)


async def _load(due: Loading) -> Loaded[Alarm]:
    """Load an alarm: the first is due at once, later ones by the calendar."""
    found, occurrence = await _found(due), int(due.payload["occurrence"])
    if found is None:
        return None
    run, environment = found
    alarm = Alarm(run, environment, due.desk.platforms.kind(run.kind), None, occurrence=occurrence)
    if run.has_recovered or await _is_repeated_by_another(due.tx, run, occurrence, due.now):
        # An alarm that was not posted yet is dropped; one that may have been posted is updated.
        return Obsolete(alarm) if due.is_unsure else None
    unfrozen = _without_freezes(environment)
    may = due.now if occurrence == 1 else calendar.due_from(due.now, unfrozen, first=False, chosen=False)
    return Postponed(may, alarm) if may > due.now else alarm


async def _load_over(due: Loading) -> Loaded[Alarm]:
    found, occurrence = await _found(due), int(due.payload["occurrence"])
    if found is None:
        return None
    run, environment = found
    posted = await queue.find(due.tx, alarm_key(run.id, occurrence))
    if posted is None or not posted.channel or not posted.ts:
        return None
    platform, where = due.desk.platforms.kind(run.kind), (posted.channel, posted.ts)
    return Alarm(run, environment, platform, where, over=True, occurrence=occurrence)


async def _load_retired(due: Loading) -> Loaded[AlarmRetired]:
    found = await _found(due)
    posted = await queue.find(due.tx, alarm_key(due.item.subject, int(due.payload["occurrence"])))
    if found is None or posted is None or not posted.channel or not posted.ts:
        return None
    run, environment = found
    # The end of an alarm is said of each of its messages.
    return None if run.has_recovered else AlarmRetired(run, environment, (posted.channel, posted.ts))


async def _found(due: Loading) -> tuple[PerformedRestart, Environment] | None:
    run = await runs.get(due.tx, due.item.subject)
    environment = await environments.get(due.tx, run.environment_id) if run else None
    return (run, environment) if run and environment else None


async def _is_repeated_by_another(tx: ReadTransaction, run: PerformedRestart, occurrence: int, now: datetime) -> bool:
    """Return whether a later run of the app failed as well: only the last one's alarm comes back."""
    failed = await runs.failed_before(tx, run.environment_id, now, like=run) if occurrence > 1 else []
    return bool(failed) and failed[-1].id != run.id


def _without_freezes(place: Environment) -> Environment:
    """Ignore freezes: they are about changes, and an app that is down is none."""
    return replace(place, schedule=replace(place.schedule, freezes=()))


async def _after(sent: Sent[Alarm]) -> None:
    """Schedule the next alarm for the morning after; or the end of this one, if the app runs again by now."""
    if sent.facts is None:
        return
    tx, alarm = sent.tx, sent.facts
    # Held: a transaction that ends the alarm at this moment either finds it marked, or is seen here.
    run = await runs.held(tx, alarm.run.id)
    if run is None:
        return
    if run.has_recovered:
        await _schedule_end(tx, run, alarm.occurrence, at=sent.now, late=True)
        return
    await _retire_earlier(tx, run, alarm.occurrence, sent.now)
    place = _without_freezes(await environments.get(tx, run.environment_id) or alarm.environment)
    again = calendar.next_morning(sent.since, place.timezone, place.schedule)
    await schedule_alarm(tx, run, at=again, occurrence=alarm.occurrence + 1)


async def _retire_earlier(tx: Transaction, run: PerformedRestart, occurrence: int, now: datetime) -> None:
    """Take the buttons off the alarms before this one: the run's own, and those of earlier runs of the same app."""
    earlier = [(run, occurrence - 1)] if occurrence > 1 else []
    if occurrence == 1:
        for one in await runs.failed_before(tx, run.environment_id, run.began_at, like=run):
            earlier += [(one, number) for number in await _occurrences(tx, one)]
    for one, number in earlier:
        await _retire(tx, one, number, now)


async def _retire(tx: Transaction, run: PerformedRestart, occurrence: int, now: datetime) -> None:
    key, payload = f"alarm-retired:{run.id}:{occurrence}", {"occurrence": occurrence}
    await ALARM_RETIRED.schedule(tx, run.id, key=key, at=now, environment_id=run.environment_id, payload=payload)


async def _occurrences(tx: ReadTransaction, run: PerformedRestart) -> list[int]:
    """Return the alarms of a run that were scheduled, from the first to the last."""
    found: list[int] = []
    while await queue.find(tx, alarm_key(run.id, len(found) + 1)) is not None:
        found.append(len(found) + 1)
    return found


def _old(item: DueItem) -> DueItem:
    run_id, _, occurrence = item.subject.partition(":")
    return replace(item, subject=run_id, payload={"occurrence": int(occurrence or 1)})


ALARM = Kind("alarm", Alarm, _load, "the alarm that a restart failed", after=_after, before_payload=_old)
ALARM_OVER = Kind("alarm-over", Alarm, _load_over, "the end of an alarm", before_payload=_old)
ALARM_RETIRED = Kind("alarm-retired", AlarmRetired, _load_retired, "taking the buttons off an older alarm")
