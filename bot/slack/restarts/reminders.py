"""The restart reminder in its states, as pure functions from facts."""

from __future__ import annotations

from datetime import datetime

from bot.desk.base import calendar
from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Block, Message
from bot.slack.restarts import progress, progress_words, reminder_words
from store import Environment, PendingRestart


def pending(
    restart: PendingRestart, environment: Environment, occurrence: int, now: datetime, *, connected: bool = False
) -> Message:
    """Asks the channel to restart the app, or to let us do it where it is ``connected``; collects every change."""
    title, let_me = reminder_words.waits(environment), f" {progress_words.OR_LET_ME}" if connected else ""
    return Message(
        title,
        (
            blocks.section(title),
            blocks.section(reminder_words.changes(restart.changes)),
            blocks.section(f"{reminder_words.what_to_do(restart, environment, occurrence)}{let_me}"),
            _buttons(restart, environment, connected=connected),
            blocks.context(_when(restart, environment, occurrence, now)),
        ),
    )


def looked_at(restart: PendingRestart, environment: Environment) -> Message:
    """What is pending, for who may look and not change anything."""
    title = reminder_words.waits(environment)
    return blocks.say(title, blocks.section(reminder_words.changes(restart.changes)))


def current(restart: PendingRestart, environment: Environment, now: datetime, *, connected: bool = False) -> Message:
    """The reminder as it is now: pending, put off, or confirmed."""
    if restart.confirmed_at is None:
        return pending(restart, environment, restart.occurrence, now, connected=connected)
    title = reminder_words.restarted(restart, environment)
    return blocks.say(title, blocks.context(reminder_words.changes(restart.changes)))


def superseded(environment: Environment) -> Message:
    """What is left of an old reminder when a newer one stands."""
    text = reminder_words.superseded(environment)
    return Message(text, (blocks.context(text),))


def _buttons(restart: PendingRestart, environment: Environment, *, connected: bool) -> Block:
    now = [progress.restart_now(f"restart:{restart.id}", environment)] if connected else []
    return blocks.actions(
        # With how many changes were shown: what comes between reading and clicking is not confirmed with them.
        blocks.button(labels.RESTARTED, "restart_done", f"{restart.id}:{len(restart.changes)}", style="primary"),
        *now,
        blocks.button(labels.REMIND, "restart_later", restart.id),
    )


def _when(restart: PendingRestart, environment: Environment, occurrence: int, now: datetime) -> str:
    if restart.snoozed_until is not None:
        # A freeze or quiet hours that were set since hold it back longer.
        until = calendar.free_from(restart.snoozed_until, environment.timezone, environment.schedule)
        return reminder_words.put_off(restart, environment, until)
    return reminder_words.schedule(restart, environment, occurrence, now)
