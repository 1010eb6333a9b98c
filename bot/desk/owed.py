"""What is owed to people, as rows of the due queue: written in the transaction of the deed that it follows from."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.desk import calendar
from store import Environment, PendingRestart, Transaction
from store import due as queue

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
EXPIRY, DIGEST, EXPIRY_SEEN = "expiry", "digest", "expiry-seen"
WATCHED = frozenset({EXPIRY, DIGEST})
_LANES = {OFFER: queue.LOOK}


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


async def owe_update(tx: Transaction, restart: PendingRestart, *, at: datetime) -> None:
    """The reminder's message is out of date."""
    key = f"restart:{restart.id}:edition:{restart.edition}"
    await schedule(tx, REMINDER_UPDATE, restart.id, key=key, at=at, environment_id=restart.environment_id)


def reminder_key(restart_id: str, occurrence: int) -> str:
    """The key that makes each occurrence of a reminder once."""
    return f"restart:{restart_id}:{occurrence}"
