"""An environment's zone or schedule was changed: what is planned moves to where it belongs now."""

from __future__ import annotations

from datetime import datetime

from bot.desk import calendar, owed, watching
from bot.desk.desk import Policy
from store import Environment, Transaction, restarts


async def replan(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """Move what is owed to the environment and not said yet; what somebody put off stays where it was put."""
    await watching.replan(tx, policy, place, now)
    await replan_reminder(tx, place, now)


async def replan_reminder(tx: Transaction, place: Environment, now: datetime) -> None:
    """Where days or freezes were changed, which move no announcement of an end; what stands says so."""
    restart = await restarts.pending(tx, place.id)
    if restart is None:
        return
    await owed.owe_update(tx, await restarts.outdated(tx, restart.id), at=now)
    if restart.snoozed_until is not None:
        return
    again = calendar.next_morning(now, place.timezone, place.schedule)
    await owed.move_reminder(tx, restart, place, again if restart.occurrence else calendar.first_reminder(now, place))
