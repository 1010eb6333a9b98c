"""`/cert`: reads the command and hands it to the conversation that it belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import NoEnvironment
from bot.slack.bolt import command
from bot.slack.bolt.call import Call, Room
from bot.slack.bolt.command import USAGES, Command, Incomplete, Mistyped, Verb
from bot.slack.bolt.listening import acknowledged
from bot.slack.certificates import handlers as inventory
from bot.slack.certificates import messages, versions, words
from bot.slack.deposit import handlers as upload
from bot.slack.environments import handlers as environments
from bot.slack.environments import settings
from bot.slack.kit import blocks, errors, labels
from bot.slack.restarts import connections, performing, tokens
from bot.slack.restarts import handlers as restarts

NAME = "/cert"


class Hint(NamedTuple):
    """A line of completion: what to type, what may follow, what it does."""

    text: str
    usage: str
    about: str


COMMAND_HINTS: tuple[Hint, ...] = tuple(
    Hint(f"{NAME} {verb.value}".rstrip(), line.arguments, line.about) for verb, line in USAGES.items()
)


def register(app: AsyncApp, room: Room) -> None:
    """Listen for the command."""
    app.command(NAME)(acknowledged(room, answer))


async def answer(call: Call) -> None:
    """Do what was typed, or say how to type it."""
    read = command.parse(str(call.body.get("text") or ""))
    if isinstance(read, Mistyped):
        await call.respond(blocks.say(words.mistyped(read.typed, read.nearest)))
    elif isinstance(read, Incomplete):
        await call.respond(blocks.say(words.incomplete(read.verb)))
    else:
        await _do(call, read)


async def _do(call: Call, read: Command) -> None:
    try:
        await _CONVERSATIONS[read.verb](call, read)
    except NoEnvironment as error:
        # The next step is always the same one, so it gets a button.
        begin = blocks.button(labels.ADD_ENVIRONMENT, "environment_add", call.channel, style="primary")
        await call.respond(blocks.say(errors.sentence(error), blocks.actions(begin)))


async def _help(call: Call, _command: Command) -> None:
    await call.respond(messages.help_())


async def _add(call: Call, read: Command) -> None:
    await upload.ask_for_files(call, read.path)


_CONVERSATIONS: Mapping[Verb, Callable[[Call, Command], Awaitable[None]]] = {
    Verb.OVERVIEW: inventory.overview,
    Verb.ADD: _add,
    Verb.LIST: inventory.listed,
    Verb.SHOW: inventory.show,
    Verb.REMOVE: inventory.ask_removal,
    Verb.RESTORE: versions.restore,
    Verb.ROLLBACK: versions.ask_rollback,
    Verb.PIN: versions.pin,
    Verb.COPY: versions.copy,
    Verb.RESTART: restarts.show,
    Verb.RESTART_DONE: restarts.confirm_by_command,
    Verb.FREEZE: settings.freeze,
    Verb.RESTART_NOW: performing.ask,
    Verb.ENV_ADD: environments.add,
    Verb.ENV_BIND: environments.bind,
    Verb.ENV_TIMEZONE: environments.change_timezone,
    Verb.ENV_SETTINGS: settings.settings,
    Verb.ENV_LIST: environments.listing,
    Verb.ENV_REMOVE: environments.remove,
    Verb.HOOK_MAKE: tokens.make,
    Verb.HOOK_LIST: tokens.listing,
    Verb.HOOK_REVOKE: tokens.revoke,
    Verb.ENV_CONNECT: connections.ask,
    Verb.ENV_DISCONNECT: connections.disconnect,
    Verb.HELP: _help,
}
