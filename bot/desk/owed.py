"""What is owed to people, as rows of the due queue: written in the transaction of the deed that it follows from."""

from __future__ import annotations

from datetime import datetime, timedelta

from store import PendingRestart, Transaction
from store import due as queue

OFFER = "offer"
CARD = "card"
AUTHORITIES = "authorities"
REMOVED = "removed"
ROLLED_BACK, RESTORED, PINNED = "rolled_back", "restored", "pinned"
AUTHORITY_RESTORED = "authority_restored"
DEEDS = frozenset({ROLLED_BACK, RESTORED, PINNED})
AUTHORITY_REMOVED = "authority-removed"
REMINDER = "reminder"
REMINDER_UPDATE = "reminder-update"
CLEANUP = "cleanup"
EXPIRY, DIGEST, EXPIRY_SEEN = "expiry", "digest", "expiry-seen"
WATCHED = frozenset({EXPIRY, DIGEST})


async def schedule(tx: Transaction, kind: str, subject: str, *, key: str, at: datetime) -> None:
    """Owe something from ``at`` on, once for each ``key``."""
    await queue.schedule(tx, kind=kind, subject=subject, key=key, due_at=at)


async def owe_restart(tx: Transaction, restart: PendingRestart, *, at: datetime) -> None:
    """A change was noted: remind at once if it is the first, else bring the reminder that stands up to date."""
    if len(restart.changes) == 1:
        # A moment later, so that the card of the change stands above the reminder.
        await schedule(tx, REMINDER, restart.id, key=reminder_key(restart.id, 1), at=at + timedelta(milliseconds=1))
    else:
        await owe_update(tx, restart, at=at)


async def owe_update(tx: Transaction, restart: PendingRestart, *, at: datetime) -> None:
    """The reminder's message is out of date."""
    await schedule(tx, REMINDER_UPDATE, restart.id, key=f"restart:{restart.id}:edition:{restart.edition}", at=at)


def reminder_key(restart_id: str, occurrence: int) -> str:
    """The key that makes each occurrence of a reminder once."""
    return f"restart:{restart_id}:{occurrence}"
