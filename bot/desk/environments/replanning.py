"""An environment's zone or schedule was changed: what is planned moves to where it belongs now."""

from __future__ import annotations

from datetime import datetime

from bot.desk.base import calendar
from bot.desk.base.desk import Policy
from bot.desk.expiry import warnings
from bot.desk.outbox import enqueue
from store import Environment, PendingRestart, Transaction
from store.restarts import pending


async def replan(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """Move what is owed to the environment and not said yet; what somebody put off stays where it was put."""
    await warnings.replan(tx, policy, place, now)
    await replan_reminder(tx, place, now)


async def replan_reminder(tx: Transaction, place: Environment, now: datetime) -> None:
    """Where days or freezes were changed, which move no announcement of an end; what stands says so."""
    restart = await pending.of(tx, place.id)
    if restart is None:
        return
    await enqueue.owe_update(tx, await pending.outdated(tx, restart.id), at=now)
    if restart.snoozed_until is not None and restart.snoozed_until > now:
        return
    await enqueue.move_reminder(tx, restart, place, _next(restart, place, now))


def _next(restart: PendingRestart, place: Environment, now: datetime) -> datetime:
    if restart.snoozed_until is not None:
        # It would have come before, but for a freeze or quiet hours.
        return calendar.due_from(now, place, first=False, chosen=True)
    if restart.occurrence:
        return calendar.next_morning(now, place.timezone, place.schedule)
    return calendar.first_reminder(now, place)
