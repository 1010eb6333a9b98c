"""What is owed to people, as rows of the due queue: written in the transaction of the deed that it follows from."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.desk.base import calendar
from store import Environment, PendingRestart, PerformedRestart, Transaction, queue
from store.restarts import runs

OFFER = "offer"
CARD = "card"
AUTHORITIES = "authorities"
REMOVED = "removed"
ROLLED_BACK, RESTORED, PINNED = "rolled_back", "restored", "pinned"
AUTHORITY_RESTORED = "authority_restored"
DEEDS = frozenset({ROLLED_BACK, RESTORED, PINNED})
AUTHORITY_REMOVED = "authority-removed"
FREEZE = "freeze"
REMINDER = "reminder"
REMINDER_UPDATE = "reminder-update"
REMINDER_RETIRED = "reminder-retired"
REMINDERS = frozenset({REMINDER, REMINDER_UPDATE, REMINDER_RETIRED})
CLEANUP = "cleanup"
EXPIRY, EXPIRY_SEEN = "expiry", "expiry-seen"
DIGEST, DIGEST_SEEN, LISTED = "digest", "digest-seen", "listed"
ENDINGS = frozenset({EXPIRY, EXPIRY_SEEN, DIGEST, DIGEST_SEEN})
PERFORM, PROGRESS, ALARM, ALARM_OVER = "perform", "progress", "alarm", "alarm-over"
PERFORMED = frozenset({PERFORM, PROGRESS, ALARM, ALARM_OVER})
_LANES = {OFFER: queue.LOOK, PERFORM: queue.DO}


async def schedule(
    tx: Transaction, kind: str, subject: str, *, key: str, at: datetime, environment_id: str | None = None
) -> None:
    """Owe something from ``at`` on, once for each ``key``; ``environment_id`` says whose affair it is."""
    await queue.schedule(
        tx,
        kind=kind,
        subject=subject,
        key=key,
        due_at=at,
        lane=_LANES.get(kind, queue.SAY),
        environment_id=environment_id,
    )


async def owe_restart(tx: Transaction, restart: PendingRestart, place: Environment, *, at: datetime) -> None:
    """A change was noted: remind of it if it is the first, else bring the reminder that stands up to date."""
    if len(restart.changes) == 1:
        await owe_reminder(tx, restart, place, occurrence=1, at=calendar.first_reminder(at, place))
    else:
        await owe_update(tx, restart, at=at)


async def owe_reminder(
    tx: Transaction, restart: PendingRestart, place: Environment, *, occurrence: int, at: datetime
) -> None:
    """Remind of it for that many times."""
    # A moment later, so that the card of a change stands above the reminder of it.
    moment, key = at + timedelta(milliseconds=1), reminder_key(restart.id, occurrence)
    await schedule(tx, REMINDER, restart.id, key=key, at=moment, environment_id=place.id)


async def move_reminder(tx: Transaction, restart: PendingRestart, place: Environment, moment: datetime) -> None:
    """The next reminder comes then."""
    occurrence = restart.occurrence + 1
    if not await queue.move(tx, key=reminder_key(restart.id, occurrence), due_at=moment):
        await owe_reminder(tx, restart, place, occurrence=occurrence, at=moment)


async def owe_update(tx: Transaction, restart: PendingRestart, *, at: datetime, because: str = "") -> None:
    """The reminder's message is out of date, by its edition or for another reason, which is named."""
    key = f"restart:{restart.id}:{because or f'edition:{restart.edition}'}"
    await schedule(tx, REMINDER_UPDATE, restart.id, key=key, at=at, environment_id=restart.environment_id)


def reminder_key(restart_id: str, occurrence: int) -> str:
    """The key that makes each occurrence of a reminder once."""
    return f"restart:{restart_id}:{occurrence}"


async def owe_step(tx: Transaction, run: PerformedRestart, *, at: datetime) -> None:
    """The next step of a restart that is being performed."""
    subject = f"{run.id}:{run.edition}"
    await schedule(tx, PERFORM, subject, key=f"{PERFORM}:{subject}", at=at, environment_id=run.environment_id)


async def owe_progress(
    tx: Transaction, run: PerformedRestart, *, at: datetime, passed: int = 0, after: int = 0, over: bool = False
) -> None:
    """The message of a run is out of date, or not there yet.

    ``passed`` counts how often time alone has passed; ``after`` is the edition that was shown too late; ``over``
    where the app, which the run had left behind, runs again.
    """
    reasons = {"passed": passed, "after": after, "over": int(over)}
    key = "".join([progress_key(run.id, run.edition), *(f":{name}:{n}" for name, n in reasons.items() if n)])
    await schedule(tx, PROGRESS, run.id, key=key, at=at, environment_id=run.environment_id)


async def owe_alarm(tx: Transaction, run: PerformedRestart, *, at: datetime, occurrence: int = 1) -> None:
    """A run left the app stopped, or nobody knows how: a message of its own, for a change calls nobody."""
    # A moment later, so that the message of the run above it says the same.
    moment = at + timedelta(milliseconds=1)
    subject, key = f"{run.id}:{occurrence}", alarm_key(run.id, occurrence)
    await schedule(tx, ALARM, subject, key=key, at=moment, environment_id=run.environment_id)


async def owe_alarms_over(
    tx: Transaction, environment_id: str, *, before: datetime, at: datetime, like: PerformedRestart | None = None
) -> bool:
    """The app runs again: the messages and the alarms of failed runs before that moment say so; were there any?

    ``like`` is a run of the app that runs again, where that is known.
    """
    moment = at + timedelta(milliseconds=2)
    failed = await runs.over(tx, environment_id, before=before, at=at, like=like)
    for run in failed:
        occurrence = 1
        while await queue.find(tx, alarm_key(run.id, occurrence)) is not None:
            await owe_alarm_over(tx, run, occurrence, at=moment)
            occurrence += 1
        await owe_progress(tx, run, at=moment, over=True)
    return bool(failed)


async def owe_alarm_over(
    tx: Transaction, run: PerformedRestart, occurrence: int, *, at: datetime, late: bool = False
) -> None:
    """The alarm is over; ``late`` where it was posted after that."""
    subject = f"{run.id}:{occurrence}"
    key = f"{ALARM_OVER}:{subject}" + ":late" * late
    await schedule(tx, ALARM_OVER, subject, key=key, at=at, environment_id=run.environment_id)


def progress_key(run_id: str, edition: int) -> str:
    """The key that makes each change of a run's message once."""
    return f"{PROGRESS}:{run_id}:{edition}"


def alarm_key(run_id: str, occurrence: int) -> str:
    """The key that makes each occurrence of an alarm once, and by which its message is found."""
    return f"{ALARM}:{run_id}:{occurrence}"
