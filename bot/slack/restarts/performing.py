"""Restart now: asking, beginning, and starting once more what was left stopped."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import RestartGone
from bot.desk.restarts import pending, performing
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import Command
from bot.slack.bolt.listening import acknowledged
from bot.slack.kit import blocks
from bot.slack.restarts import progress, progress_words, reminder_words


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the buttons."""
    app.action("perform")(acknowledged(room, begin))
    app.action("perform_yes")(acknowledged(room, begin_asked))
    app.action("perform_no")(acknowledged(room, leave))
    app.action("perform_start")(acknowledged(room, start_again))


async def ask(call: Call, command: Command) -> None:
    """`/cert restart now`."""
    proposal = await performing.propose(call.desk, await call.member(), call.channel, command.path or None)
    await call.respond(progress.ask(proposal.environment, proposal.connection, call.desk.clock()))


async def begin(call: Call) -> None:
    """The button Restart now…, confirmed: the channel sees the rest."""
    kind, _, id_ = call.value.partition(":")
    if kind == "environment":
        await performing.restart(call.desk, await call.member(), id_, channel=call.asked_in)
        return
    try:
        await performing.restart_pending(call.desk, await call.member(), id_, channel=call.asked_in)
    except RestartGone:
        found = await pending.of(call.desk, id_)
        if found.restart is None:
            raise
        await call.respond(blocks.say(reminder_words.confirmed_before(found.restart, found.environment)))


async def begin_asked(call: Call) -> None:
    """The button under the question of `/cert restart now`."""
    environment_id = call.value.partition(":")[2]
    await performing.restart(call.desk, await call.member(), environment_id, channel=call.asked_in)
    await call.respond(blocks.say(progress_words.BEGUN), replace=True)


async def leave(call: Call) -> None:
    """The button that leaves it."""
    await call.respond(blocks.say(progress_words.NOT_NOW), replace=True)


async def start_again(call: Call) -> None:
    """The button under an alarm."""
    await performing.start_again(call.desk, await call.member(), call.value, channel=call.asked_in)
    await call.respond(blocks.say(progress_words.STARTED_AGAIN))
