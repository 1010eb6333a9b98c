"""`/cert restart now`, and the buttons that restart an app or start it again."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import RestartGone
from bot.desk.restarts import pending, performing
from bot.slack.bolt.arguments import Arguments, maybe_environment
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.kit import blocks
from bot.slack.restarts import progress, reminders

BEGUN = "The restart has begun. The channel shows its progress."
STARTED_AGAIN = "I am trying to start it. The channel shows the progress."
NOT_NOW = "Nothing was restarted."


def register_performing(app: AsyncApp, context: Context) -> None:
    """Listen for the buttons."""
    app.action("perform")(acknowledged(context, begin))
    app.action("perform_yes")(acknowledged(context, begin_asked))
    app.action("perform_no")(acknowledged(context, leave))
    app.action("perform_start")(acknowledged(context, start_again))
    app.action("alarm_done")(acknowledged(context, end_alarm))


async def ask(call: Call, arguments: Arguments) -> None:
    """`/cert restart now`."""
    proposal = await performing.propose(call.desk, await call.member(), call.channel, arguments.path or None)
    await call.respond(progress.ask(proposal, call.desk.clock()))


async def begin(call: Call) -> None:
    """Start a restart (*Restart now…*, confirmed); its progress is shown in the channel."""
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
        await call.respond(blocks.say(reminders.confirmed_before(found.restart, found.environment)))


async def begin_asked(call: Call) -> None:
    """Start the restart that `/cert restart now` asked about."""
    environment_id = call.value.partition(":")[2]
    await performing.restart(call.desk, await call.member(), environment_id, channel=call.asked_in)
    await call.respond(blocks.say(BEGUN), replace=True)


async def leave(call: Call) -> None:
    """Decline the question of `/cert restart now`."""
    await call.respond(blocks.say(NOT_NOW), replace=True)


async def start_again(call: Call) -> None:
    """Start the app again (the button under an alarm)."""
    await performing.start_again(call.desk, await call.member(), call.value, channel=call.asked_in)
    await call.respond(blocks.say(STARTED_AGAIN), replace=call.is_private)


async def end_alarm(call: Call) -> None:
    """End the alarm (*It runs*); the message itself is updated by the outbox."""
    done = await pending.app_runs(call.desk, call.value, await call.member(), channel=call.asked_in)
    await call.respond(blocks.say(progress.recovered(done)), replace=call.is_private)


PERFORM_COMMANDS = (
    Command(
        "restart now",
        "stop and start the app, where it is connected; asks first",
        Group.RESTARTS,
        ask,
        usage="[app/environment]",
        read=maybe_environment,
    ),
)
