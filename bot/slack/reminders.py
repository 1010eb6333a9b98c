"""The restart reminder in its states, as pure functions from facts."""

from __future__ import annotations

from datetime import datetime

from bot.desk import calendar
from bot.slack import blocks, labels, words
from bot.slack.blocks import Block, Message
from store import Environment, PendingRestart


def pending(restart: PendingRestart, environment: Environment, occurrence: int, now: datetime) -> Message:
    """Asks the channel to restart the app; collects every change not loaded yet."""
    title = words.waits(environment)
    return Message(
        title,
        (
            blocks.section(title),
            blocks.section(words.changes(restart.changes)),
            blocks.section(words.what_to_do(restart, environment, occurrence)),
            _buttons(restart),
            blocks.context(_when(restart, environment, occurrence, now)),
        ),
    )


def current(restart: PendingRestart, environment: Environment, now: datetime) -> Message:
    """The reminder as it is now: pending, put off, or confirmed."""
    if restart.confirmed_at is None:
        return pending(restart, environment, restart.occurrence, now)
    title = words.restarted(restart, environment)
    return blocks.say(title, blocks.context(words.changes(restart.changes)))


def superseded(environment: Environment) -> Message:
    """What is left of an old reminder when a newer one stands."""
    text = words.superseded(environment)
    return Message(text, (blocks.context(text),))


def _buttons(restart: PendingRestart) -> Block:
    return blocks.actions(
        # With how many changes were shown: what comes between reading and clicking is not confirmed with them.
        blocks.button(labels.RESTARTED, "restart_done", f"{restart.id}:{len(restart.changes)}", style="primary"),
        blocks.button(labels.REMIND, "restart_later", restart.id),
    )


def _when(restart: PendingRestart, environment: Environment, occurrence: int, now: datetime) -> str:
    if restart.snoozed_until is not None:
        # A freeze or quiet hours that were set since hold it back longer.
        until = calendar.free_from(restart.snoozed_until, environment.timezone, environment.schedule)
        return words.put_off(restart, environment, until)
    return words.schedule(restart, environment, occurrence, now)
