"""Adding, moving, listing and removing environments, and their time zone."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import NoEnvironment, SharedChannel
from bot.desk.environments import environments, removal
from bot.slack.bolt.arguments import Arguments, environment, environment_and_zone, maybe_environment_and_zone
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import Command, Group
from bot.slack.bolt.listening import acknowledged, submission
from bot.slack.environments import messages
from bot.slack.environments.form import ENVIRONMENT, add_typed, open_form
from bot.slack.kit import blocks


def register_environments(app: AsyncApp, context: Context) -> None:
    """Listen for the button that adds an environment, and its form."""
    app.action("environment_add")(acknowledged(context, ask))
    app.view(ENVIRONMENT)(submission(context, add_from_modal))
    app.action("environment_shared")(acknowledged(context, add_shared))
    app.action("environment_move_shared")(acknowledged(context, bind_shared))
    app.action("environment_remove")(acknowledged(context, remove_asked))
    app.action("environment_keep")(acknowledged(context, keep))
    app.action("environment_not_shared")(acknowledged(context, leave_shared))


async def ask(call: Call) -> None:
    """Open the form; the button's value is the channel."""
    await open_form(call, call.value, call.value)


async def add_from_modal(call: Call) -> None:
    """Add the environment of the submitted form, which is about a channel."""
    added = await add_typed(call, call.metadata)
    if added is None:
        return
    await call.answer("clear")
    await call.whisper_in(added.channel, blocks.say(messages.environment_added(added)))


async def add(call: Call, arguments: Arguments) -> None:
    """`/cert env add`; without a name it opens the form."""
    if not arguments.path:
        await open_form(call, call.channel, call.channel)
        return
    path, zone = arguments.path, arguments.timezone
    try:
        added = await environments.add(call.desk, await call.member(), call.channel, path, zone or None)
    except SharedChannel as shared:
        await call.respond(messages.ask_shared(shared, "environment_shared", f"{path} {zone}".strip()))
        return
    await call.whisper_in(call.channel, blocks.say(messages.environment_added(added)))


async def add_shared(call: Call) -> None:
    """Add it although the channel is shared: whoever clicked has read with whom."""
    path, _, zone = call.value.partition(" ")
    added = await environments.add(call.desk, await call.member(), call.channel, path, zone or None, shared=True)
    await call.respond(blocks.say(messages.environment_added(added)), replace=True)


async def bind(call: Call, arguments: Arguments) -> None:
    """`/cert env bind`."""
    try:
        moved = await environments.bind(call.desk, await call.member(), call.channel, arguments.path)
    except SharedChannel as shared:
        await call.respond(messages.ask_shared(shared, "environment_move_shared", arguments.path))
        return
    await call.whisper_in(call.channel, blocks.say(messages.environment_bound(moved)))


async def bind_shared(call: Call) -> None:
    """Move it although the channel is shared."""
    moved = await environments.bind(call.desk, await call.member(), call.channel, call.value, shared=True)
    await call.respond(blocks.say(messages.environment_bound(moved)), replace=True)


async def leave_shared(call: Call) -> None:
    """Keep it out of the shared channel."""
    await call.respond(blocks.say(messages.NOT_SHARED), replace=True)


async def change_timezone(call: Call, arguments: Arguments) -> None:
    """`/cert env timezone`."""
    changed = await environments.set_timezone(
        call.desk, await call.member(), call.channel, arguments.path, arguments.timezone
    )
    await call.respond(blocks.say(messages.environment_zone(changed)))


async def remove(call: Call, arguments: Arguments) -> None:
    """`/cert env remove`: asks first, unless it is empty."""
    member = await call.member()
    found = await removal.propose(call.desk, member, call.channel, arguments.path)
    if not found.is_empty:
        await call.respond(messages.ask_removal(found, call.desk.policy.keep_removed_days))
        return
    gone = await removal.remove(call.desk, member, found.environment.id)
    await call.respond(blocks.say(messages.environment_removed(gone)))


async def remove_asked(call: Call) -> None:
    """Remove it with everything in it (*Remove*)."""
    gone = await removal.remove(call.desk, await call.member(), call.value, channel=call.asked_in)
    await call.respond(blocks.say(messages.environment_removed(gone)), replace=True)


async def keep(call: Call) -> None:
    """Remove nothing (*Keep*)."""
    await call.respond(blocks.say(messages.NOT_REMOVED), replace=True)


async def restore(call: Call, arguments: Arguments) -> None:
    """`/cert env restore`."""
    back = await removal.restore(call.desk, await call.member(), call.channel, arguments.path)
    await call.respond(blocks.say(messages.environment_restored(back)))


async def listing(call: Call, _arguments: Arguments) -> None:
    """`/cert env list`."""
    here = await environments.listing(call.desk, call.channel)
    gone = await removal.listing(call.desk, call.channel)
    if not (here or gone):
        raise NoEnvironment
    await call.respond(messages.environments(here, call.desk.clock(), gone))


ENVIRONMENT_COMMANDS = (
    Command(
        "env add",
        "add an environment to this channel",
        Group.ENVIRONMENTS,
        add,
        usage="[app/environment [Area/City]]",
        read=maybe_environment_and_zone,
    ),
    Command(
        "env bind",
        "move an environment to this channel",
        Group.ENVIRONMENTS,
        bind,
        usage="app/environment",
        read=environment,
        synonyms=("env move",),
    ),
    Command(
        "env timezone",
        "change the time zone its mornings begin in",
        Group.ENVIRONMENTS,
        change_timezone,
        usage="app/environment Area/City",
        read=environment_and_zone,
        synonyms=("env tz", "env zone", "env time-zone"),
    ),
    Command(
        "env list",
        "the environments of this channel and when their reminders come",
        Group.ENVIRONMENTS,
        listing,
        synonyms=("env", "env ls"),
    ),
    Command(
        "env remove",
        "remove an environment with everything in it; asks first",
        Group.ENVIRONMENTS,
        remove,
        usage="app/environment",
        read=environment,
        synonyms=("env rm", "env delete"),
    ),
    Command(
        "env restore",
        "bring back a removed environment with everything in it",
        Group.ENVIRONMENTS,
        restore,
        usage="app/environment",
        read=environment,
        synonyms=("env undelete",),
    ),
)
