"""How commands are written: the help, and what is answered to a slip."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.bolt.command import NAME, Command, Group
from bot.slack.bolt.parser import Mistyped
from bot.slack.kit import blocks
from bot.slack.kit.blocks import Message
from bot.slack.kit.escape import code

HELP_TIP = (
    "`/cert add` is the safest way in: its file is never posted in a channel. "
    "A `.pfx` or `.pem` dropped into this channel works as well."
)


ENVIRONMENT_TIP = (
    "If the channel has several environments, write one behind the command: `/cert list orders/production`. "
    "`/cert help show` explains one command."
)


NO_PAGES = (
    "`/cert hand-out` and private uploads need a page, which is not set up here: the person who runs Certdesk sets "
    "CERTDESK_PUBLIC_URL to its https address."
)


def help_message(commands: Sequence[Command], word: str = "", *, pages: bool = True) -> Message:
    """Return the help: a short line for each command, by group; or the commands of ``word`` in full.

    ``pages`` says whether the desk has private pages.
    """
    if wanted := [one for one in commands if word and one.typed.split()[:1] == [word]]:
        return blocks.say("\n".join(f"{code(str(one))}  {one.about}" for one in wanted))
    first, *rest = help_sections(commands)
    return blocks.say(
        first,
        *(blocks.section(one) for one in rest),
        blocks.context(ENVIRONMENT_TIP, HELP_TIP, *([] if pages else [NO_PAGES])),
    )


def help_sections(commands: Sequence[Command]) -> list[str]:
    """Return a heading and a line for each command, for each group that has any."""
    by_group = {group: [one for one in commands if one.group is group] for group in Group}
    return ["\n".join([f"*{group}*", *map(_line, several)]) for group, several in by_group.items() if several]


def _line(one: Command) -> str:
    usage = one.usage.removesuffix("[app/environment]").strip()
    return f"{code(' '.join(part for part in (NAME, one.typed, usage) if part))}  {one.about}"


def mistyped(one: Mistyped) -> Message:
    """Return the answer to a command that does not exist: the one that was probably meant."""
    if one.nearest is None:
        return blocks.say(f"There is no `/cert` command {code(one.typed, 40)}. `/cert help` shows all of them.")
    return blocks.say(f"There is no `/cert` command {code(one.typed, 40)}. Did you mean {code(str(one.nearest))}?")


def incomplete(command: Command) -> Message:
    """Return the answer to a command that misses something, or has too much."""
    return blocks.say(f"Write it like this: {code(str(command))} ({command.about}).")
