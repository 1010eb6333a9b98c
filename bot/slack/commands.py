"""`/cert`: the commands of all features, and what happens to what somebody types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from slack_bolt.async_app import AsyncApp

from bot.desk.base.errors import NeedsEnvironment, NoEnvironment
from bot.slack.bolt.arguments import Arguments, anything
from bot.slack.bolt.call import Call, Context
from bot.slack.bolt.command import CHOOSE, NAME, RUN, Command, Group
from bot.slack.bolt.listening import acknowledged
from bot.slack.bolt.parser import Incomplete, Mistyped, Parser, Understood
from bot.slack.certificates.handlers import CERTIFICATE_COMMANDS, OVERVIEW
from bot.slack.delivery.handing_out import HAND_OUT_COMMANDS
from bot.slack.delivery.identities import IDENTITY_COMMANDS
from bot.slack.delivery.tokens import DELIVERY_COMMANDS
from bot.slack.delivery.trying import TRY_COMMANDS
from bot.slack.deposit.copying import COPY_COMMANDS
from bot.slack.deposit.handlers import DEPOSIT_COMMANDS
from bot.slack.environments.handlers import ENVIRONMENT_COMMANDS
from bot.slack.environments.settings import FREEZE_COMMANDS, SETTINGS_COMMANDS
from bot.slack.help import help_message, incomplete, mistyped
from bot.slack.kit import blocks, errors, labels
from bot.slack.kit.blocks import Element
from bot.slack.requests.handlers import REQUEST_COMMANDS
from bot.slack.restarts.connections import CONNECTION_COMMANDS
from bot.slack.restarts.handlers import RESTART_COMMANDS
from bot.slack.restarts.performing import PERFORM_COMMANDS
from bot.slack.restarts.tokens import TOKEN_COMMANDS

WHICH = "This channel has several environments. Which one?"


class Hint(NamedTuple):
    """A line of completion: what to type, what may follow, what it does."""

    text: str
    usage: str
    about: str


async def _help(call: Call, _arguments: Arguments) -> None:
    """`/cert help`, or `/cert help WORD` for the commands that begin with it."""
    typed = str(call.body.get("text") or "").lower().split()
    word = typed[1] if len(typed) > 1 else ""
    await call.respond(help_message(COMMANDS, word, pages=bool(call.desk.pages_url)))


COMMANDS: tuple[Command, ...] = (
    OVERVIEW,
    *DEPOSIT_COMMANDS,
    *CERTIFICATE_COMMANDS,
    *COPY_COMMANDS,
    *TRY_COMMANDS,
    *HAND_OUT_COMMANDS,
    *RESTART_COMMANDS,
    *PERFORM_COMMANDS,
    *FREEZE_COMMANDS,
    *ENVIRONMENT_COMMANDS,
    *SETTINGS_COMMANDS,
    *CONNECTION_COMMANDS,
    *TOKEN_COMMANDS,
    *DELIVERY_COMMANDS,
    *IDENTITY_COMMANDS,
    *REQUEST_COMMANDS,
    Command("help", "all commands, or one of them in full", Group.HELP, _help, "[COMMAND]", anything, ("?",)),
)
COMMAND_HINTS: tuple[Hint, ...] = tuple(Hint(f"{NAME} {one.typed}".rstrip(), one.usage, one.about) for one in COMMANDS)
PARSER = Parser(COMMANDS, {"environment": "env", "environments": "env", "envs": "env", "restarts": "restart"})


# Slack's limits: docs.slack.dev "Actions block" and "Select menu element".
_BUTTONS, _OPTIONS, _LONGEST = 5, 100, 150


def register_commands(app: AsyncApp, context: Context) -> None:
    """Listen for the command, and for the buttons that do what a command does."""
    app.command(NAME)(acknowledged(context, answer))
    app.action(re.compile(f"{RUN}_.+"))(acknowledged(context, run))
    app.action(re.compile(f"{CHOOSE}_.+"))(acknowledged(context, choose))


async def answer(call: Call) -> None:
    """Do what was typed, or say how to type it."""
    await _answer(call, str(call.body.get("text") or ""))


async def run(call: Call) -> None:
    """Do what the clicked button says, as if it were typed."""
    await _answer(call, call.value)


async def choose(call: Call) -> None:
    """Do what was typed before, in the environment that was chosen."""
    await _answer(call, call.value)
    await call.withdraw()


async def _answer(call: Call, typed: str) -> None:
    read = PARSER.parse(typed)
    if isinstance(read, Mistyped):
        await call.respond(mistyped(read))
    elif isinstance(read, Incomplete):
        await call.respond(incomplete(read.command))
    else:
        await _do(call, read, typed)


async def _do(call: Call, read: Understood, typed: str) -> None:
    try:
        await read.command.run(call, read.arguments)
    except NoEnvironment as error:
        if (await call.member()).is_guest:
            raise
        # The next step is always the same one, so it gets a button.
        begin = blocks.button(labels.ADD_ENVIRONMENT, "environment_add", call.channel, style="primary")
        await call.respond(blocks.say(errors.sentence(error), blocks.actions(begin)))
    except NeedsEnvironment as error:
        if not (choice := _choice(typed, error.choices)):
            raise
        await call.respond(blocks.say(WHICH, blocks.actions(*choice)))


def _choice(typed: str, paths: Sequence[str]) -> list[Element]:
    """Return a button for each environment, or one menu for more; empty if Slack would not take them."""
    typed_in = {path: f"{typed} {path}" for path in paths}
    if len(paths) > _OPTIONS or max(map(len, typed_in.values())) > _LONGEST:
        return []
    if len(paths) > _BUTTONS:
        options = [blocks.option(path, value) for path, value in typed_in.items()]
        return [{**blocks.select(options, placeholder="Environment"), "action_id": f"{CHOOSE}_one"}]
    return [blocks.button(path, f"{CHOOSE}_{at}", value) for at, (path, value) in enumerate(typed_in.items())]
