"""An environment's zone or schedule was changed: what is planned moves to where it belongs now."""

from __future__ import annotations

from datetime import datetime

from bot.desk.base.desk import Policy
from bot.desk.expiry import warnings
from bot.desk.restarts.reminders import replan_reminder
from store import Environment, Transaction


async def replan(tx: Transaction, policy: Policy, place: Environment, now: datetime) -> None:
    """Move the reminders and warnings of the environment that were not sent yet; a snooze stays where it is."""
    await warnings.replan(tx, policy, place, now)
    await replan_reminder(tx, place, now)
