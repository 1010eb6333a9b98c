"""How commands are written: the help, and what is answered to a slip."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.bolt.command import Command
from bot.slack.bolt.parser import Mistyped
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code

HELP_TIP = (
    "`/cert add` is the safest way in: its file never lies in a channel. "
    "A `.pfx` or `.pem` dropped into this channel works as well."
)


def help_message(commands: Sequence[Command]) -> Message:
    """Return the help: every command, a line each."""
    return blocks.say(help_section(commands), blocks.context(HELP_TIP))


def help_section(commands: Sequence[Command]) -> str:
    """Return the heading and a line for each command."""
    return "\n".join(["*What you can type*", *(f"{code(str(one))}  {one.about}" for one in commands)])


def mistyped(one: Mistyped) -> Message:
    """Return the answer to a command that does not exist: the one that was probably meant."""
    if one.nearest is None:
        return blocks.say(f"There is no `/cert` command {code(one.typed, 40)}. `/cert help` shows all of them.")
    return blocks.say(f"There is no `/cert` command {code(one.typed, 40)}. Did you mean {code(str(one.nearest))}?")


def incomplete(command: Command) -> Message:
    """Return the answer to a command that misses something, or has too much."""
    return blocks.say(f"Write it like this: {code(str(command))} ({command.about}).")
