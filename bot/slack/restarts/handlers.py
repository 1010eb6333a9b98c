"""Pending restarts: showing and confirming them, and snoozing their reminders."""

from __future__ import annotations

from datetime import UTC, datetime

from slack_bolt.async_app import AsyncApp

from bot.desk.base import calendar
from bot.desk.base.errors import BadMoment
from bot.desk.restarts import pending
from bot.desk.restarts.pending import PendingOf, Snooze
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.kit import blocks, modals
from bot.slack.kit.blocks import Message
from bot.slack.restarts import progress, reminders


def register_restarts(app: AsyncApp, context: Context) -> None:
    """Listen for the two buttons of a reminder, and the modal of the second."""
    app.action("restart_done")(acknowledged(context, confirm))
    app.action("restart_undo")(acknowledged(context, undo))
    app.action("restart_later")(acknowledged(context, ask_when))
    app.view("remind")(submission(context, snooze))


async def show(call: Call, arguments: Arguments) -> None:
    """`/cert restart`."""
    found = await pending.find(call.desk, call.channel, arguments.path or None)
    may = not (await call.member()).is_guest
    if found.alarm is not None:
        stands = progress.alarm_reminder([(found.environment, found.alarm)], call.desk.platforms, guest=not may)
        await call.respond(Message(progress.alarm_stands(found.alarm, found.environment), tuple(stands)))
    if found.restart is None:
        if found.alarm is None:
            await call.respond(blocks.say(reminders.nothing_pending(found.environment)))
        return
    now, connected = call.desk.clock(), found.connected
    shown = reminders.pending(found.restart, found.environment, found.restart.occurrence, now, connected=connected)
    await call.respond(shown if may else reminders.looked_at(found.restart, found.environment))


async def confirm_by_command(call: Call, arguments: Arguments) -> None:
    """`/cert restart done`."""
    found = await pending.find(call.desk, call.channel, arguments.path or None)
    if found.restart is None:
        over = await pending.all_clear(call.desk, await call.member(), found.environment.id)
        say = progress.all_clear if over else reminders.nothing_pending
        await call.respond(blocks.say(say(found.environment)))
        return
    # What was there when it was asked; what comes in the same moment was not loaded.
    seen = len(found.restart.changes)
    confirmed = await pending.confirm(call.desk, found.restart.id, await call.member(), seen=seen)
    await call.respond(blocks.say(reminders.answered(confirmed)))


async def confirm(call: Call) -> None:
    """Confirm the restart (*Mark as restarted*); the reminder itself is updated by the outbox."""
    restart_id, _, shown = call.value.partition(":")
    seen = int(shown) if shown.isdigit() else None
    confirmed = await pending.confirm(call.desk, restart_id, await call.member(), seen=seen, channel=call.asked_in)
    if call.is_private or not confirmed.first:
        await call.respond(blocks.say(reminders.answered(confirmed)), replace=call.is_private)


async def undo(call: Call) -> None:
    """Undo the confirmation (*Undo*); the reminder itself is updated by the outbox."""
    found = await pending.undo(call.desk, call.value, await call.member(), channel=call.asked_in)
    if found.restart is not None and not found.restart.message_ts:
        await call.respond(blocks.say(reminders.waits(found.environment)))


async def ask_when(call: Call) -> None:
    """Ask until when to snooze (*Remind me…*)."""
    found = await pending.to_put_off(call.desk, call.value, await call.member(), channel=call.asked_in)
    if found.restart is None or found.restart.confirmed_at is not None:
        await call.respond(blocks.say(_over(found)))
        return
    environment = found.environment
    morning = calendar.next_morning(call.desk.clock(), environment.timezone, environment.schedule)
    await call.open(reminders.remind(found.restart.id, found.environment, morning=morning))


def _over(found: PendingOf) -> str:
    if found.restart is None:
        return reminders.nothing_pending(found.environment)
    return reminders.confirmed_before(found.restart, found.environment)


async def snooze(call: Call) -> None:
    """Snooze the reminder: the form was submitted."""
    until = _until(call)
    if until is None:
        await call.answer_errors({"at": reminders.CHOOSE_MOMENT})
        return
    try:
        found = await pending.snooze(call.desk, call.metadata, await call.member(), until)
    except BadMoment:
        await call.answer_errors({"at": reminders.PAST_MOMENT})
        return
    if found.restart is not None and found.restart.confirmed_at is not None:
        text = reminders.confirmed_before(found.restart, found.environment)
        await call.answer("update", modals.notice(text))
        return
    await call.answer("clear")
    if found.restart is not None and (found.moved or not found.restart.message_ts):
        # Nothing stands that would show it, or it is another moment than was asked for.
        text = reminders.put_off_to(found.restart, found.environment, moved=found.moved)
        await call.whisper_in(found.environment.channel, blocks.say(text))


def _typed(call: Call) -> bool:
    """Return whether somebody changed the time, which counts for the last choice alone."""
    shown = next(
        (one["element"].get("initial_date_time") for one in call.view["blocks"] if one["block_id"] == "at"), None
    )
    return (call.inputs.get("at") or {}).get("selected_date_time") not in {None, shown}


def _until(call: Call) -> Snooze | datetime | None:
    choice = call.typed("when")
    # The first choice stands there from the beginning: who typed a time and left it so meant the time.
    if choice in set(Snooze) and not (choice == Snooze.HOUR and _typed(call)):
        return Snooze(choice)
    chosen = (call.inputs.get("at") or {}).get("selected_date_time")
    return datetime.fromtimestamp(int(chosen), UTC) if chosen else None


RESTART_COMMANDS = (
    Command(
        "restart",
        "what the app has not loaded yet",
        Group.RESTARTS,
        show,
        usage="[app/environment]",
        read=maybe_environment,
    ),
    Command(
        "restart done",
        "confirm that the app was restarted",
        Group.RESTARTS,
        confirm_by_command,
        usage="[app/environment]",
        read=maybe_environment,
        synonyms=("restarted", "restart confirm", "restart confirmed"),
    ),
)
