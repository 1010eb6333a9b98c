"""Restarts: what is pending, confirming it, and putting the reminder off."""

from __future__ import annotations

from datetime import UTC, datetime

from slack_bolt.async_app import AsyncApp

from bot.desk.base import calendar
from bot.desk.base.errors import BadMoment, RestartGone, RestartRuns
from bot.desk.restarts import pending
from bot.desk.restarts.pending import Confirmed, PendingOf, Snooze
from bot.slack import home
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.deposit import modals
from bot.slack.kit import blocks, errors
from bot.slack.restarts import progress_words, reminder_words, reminders


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the two buttons of a reminder, and the modal of the second."""
    app.action("restart_done")(acknowledged(room, confirm))
    app.action("restart_later")(acknowledged(room, ask_when))
    app.view("remind")(submission(room, snooze))


async def show(call: Call, command: Command) -> None:
    """`/cert restart`."""
    found = await pending.find(call.desk, call.channel, command.path or None)
    if found.alarm is not None:
        await call.respond(blocks.say(progress_words.alarm_stands(found.alarm, found.environment)))
    if found.restart is None:
        if found.alarm is None:
            await call.respond(blocks.say(reminder_words.nothing_pending(found.environment)))
        return
    now, connected = call.desk.clock(), found.connected
    shown = reminders.pending(found.restart, found.environment, found.restart.occurrence, now, connected=connected)
    may = not (await call.member()).is_guest
    await call.respond(shown if may else reminders.looked_at(found.restart, found.environment))


async def confirm_by_command(call: Call, command: Command) -> None:
    """`/cert restart done`."""
    found = await pending.find(call.desk, call.channel, command.path or None)
    if found.restart is None:
        over = await pending.all_clear(call.desk, await call.member(), found.environment.id)
        say = reminder_words.all_clear if over else reminder_words.nothing_pending
        await call.respond(blocks.say(say(found.environment)))
        return
    # What was there when it was asked; what comes in the same moment was not loaded.
    seen = len(found.restart.changes)
    confirmed = await pending.confirm(call.desk, found.restart.id, await call.member(), seen=seen)
    await call.respond(blocks.say(_said(confirmed)))


async def confirm(call: Call) -> None:
    """The button Restarted: the reminder itself is brought up to date by the due queue."""
    restart_id, _, shown = call.value.partition(":")
    seen = int(shown) if shown.isdigit() else None
    if call.is_home:
        await _confirm_at_home(call, restart_id, seen)
        return
    confirmed = await pending.confirm(call.desk, restart_id, await call.member(), seen=seen, channel=call.asked_in)
    if call.is_private or not confirmed.first:
        await call.respond(blocks.say(_said(confirmed)), replace=call.is_private)


async def _confirm_at_home(call: Call, restart_id: str, seen: int | None) -> None:
    """The same button in the App Home, which is shown anew with what came of it."""
    try:
        said = _said(await pending.confirm(call.desk, restart_id, await call.member(), seen=seen))
    except (RestartGone, RestartRuns) as error:
        said = errors.sentence(error)
    await home.publish(call.room, call.member_id, notice=said)


def _said(confirmed: Confirmed) -> str:
    if confirmed.first:
        return reminder_words.restarted(confirmed.restart, confirmed.environment)
    return reminder_words.confirmed_before(confirmed.restart, confirmed.environment)


async def ask_when(call: Call) -> None:
    """The button Remind me…"""
    (await call.member()).must_manage()
    found = await pending.of(call.desk, call.value, channel=call.asked_in)
    if found.restart is None or found.restart.confirmed_at is not None:
        await call.respond(blocks.say(_over(found)))
        return
    place = found.environment
    morning = calendar.next_morning(call.desk.clock(), place.timezone, place.schedule)
    await call.open(modals.remind(found.restart.id, found.environment, morning=morning))


def _over(found: PendingOf) -> str:
    if found.restart is None:
        return reminder_words.nothing_pending(found.environment)
    return reminder_words.confirmed_before(found.restart, found.environment)


async def snooze(call: Call) -> None:
    """The modal was submitted."""
    until = _until(call)
    if until is None:
        await call.ack(response_action="errors", errors={"at": reminder_words.CHOOSE_MOMENT})
        return
    try:
        found = await pending.snooze(call.desk, call.metadata, await call.member(), until)
    except BadMoment:
        await call.ack(response_action="errors", errors={"at": reminder_words.PAST_MOMENT})
        return
    if found.restart is not None and found.restart.confirmed_at is not None:
        text = reminder_words.confirmed_before(found.restart, found.environment)
        await call.ack(response_action="update", view=modals.notice(text))
        return
    await call.ack(response_action="clear")
    if found.restart is not None and (found.moved or not found.restart.message_ts):
        # Nothing stands that would show it, or it is another moment than was asked for.
        text = reminder_words.put_off_to(found.restart, found.environment, moved=found.moved)
        await call.whisper_in(found.environment.channel, blocks.say(text))


def _typed(call: Call) -> bool:
    """Whether somebody changed the time that counts for the last choice alone."""
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
