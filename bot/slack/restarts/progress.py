"""The messages of a restart that Certdesk performs, as pure functions from facts."""

from __future__ import annotations

from datetime import datetime

from bot.slack.kit import blocks, labels
from bot.slack.kit.blocks import Element, Message
from bot.slack.restarts import progress_words
from bot.slack.restarts.platform_errors import why
from store import Connection, Environment, Outcome, PerformedRestart


def progress(
    run: PerformedRestart, environment: Environment, now: datetime, *, by_itself: bool, over: bool = False
) -> Message:
    """How far it has come, or how it ended: one message, which is changed; ``over`` as in the delivery."""
    if over:
        again, before = progress_words.runs_again(run, environment)
        return blocks.say(again, blocks.section(before), blocks.context(progress_words.begun_by(run, environment)))
    title = progress_words.title(run, environment)
    state = progress_words.state(run, now, by_itself=by_itself)
    buttons = []
    if run.outcome is Outcome.NOT_STOPPED:
        buttons = [blocks.actions(restart_now(f"environment:{environment.id}", environment))]
    below = blocks.context(progress_words.begun_by(run, environment))
    return Message(title, (blocks.section(title), blocks.section(state), *buttons, below))


def alarm(run: PerformedRestart, environment: Environment, *, by_itself: bool, occurrence: int = 1) -> Message:
    """The loudest message there is: the app is down, or may be."""
    again = [] if by_itself else [blocks.actions(_start_again(run))]
    call = progress_words.alarm_call(run, environment, occurrence)
    return Message(
        f"{progress_words.title(run, environment)} {call}",
        (
            blocks.header(progress_words.alarm_head(run, environment, occurrence)),
            blocks.section(call),
            blocks.section(f"*Why*\n{why(run.reason, run.kind)}"),
            blocks.section(progress_words.alarm_next(run, environment, by_itself=by_itself)),
            *again,
            blocks.context(progress_words.begun_by(run, environment)),
        ),
    )


def alarm_over(run: PerformedRestart, environment: Environment) -> Message:
    """What is left of an alarm when the app runs again."""
    begun = blocks.context(progress_words.begun_by(run, environment))
    return blocks.say(progress_words.alarm_over(run, environment), begun)


def ask(environment: Environment, connection: Connection, now: datetime) -> Message:
    """`/cert restart now` asks the one who typed it."""
    yes = blocks.button(labels.RESTART_YES, "perform_yes", f"environment:{environment.id}", style="danger")
    no = blocks.button(labels.NOT_NOW, "perform_no", environment.id)
    return blocks.say(progress_words.ask(environment, connection, now), blocks.actions(yes, no))


def restart_now(value: str, environment: Environment) -> Element:
    """The button, which asks before it counts; ``value`` says what it is about."""
    confirm = blocks.confirmation(
        f"Restart {environment.path} now?"[:100], progress_words.WHAT_HAPPENS, labels.RESTART_YES, labels.NOT_NOW
    )
    return blocks.button(labels.RESTART_NOW, "perform", value, confirm=confirm)


def _start_again(run: PerformedRestart) -> Element:
    return blocks.button(labels.START_AGAIN, "perform_start", run.id, style="primary")


def connected(text: str, *more: str) -> Message:
    """What was connected, and what came of trying it."""
    return blocks.say(text, *(blocks.section(one) for one in more))
